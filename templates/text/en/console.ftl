### The console of a workspace, and what a dead link leads to.

workspace-people = People
members-none = Nobody is found.
column-actions = Actions
filter-address = Search addresses
filter-person = Search names and addresses
filter-all = All
filter-button = FILTER
pager = Pages
pager-total = { $total } in all
pager-previous = PREVIOUS
pager-next = NEXT

# Asking for a fresh link.
requests-title = They ask for a fresh link
requests-invite = Invite again
requests-dismiss = Dismiss
link-request-button = ASK FOR A FRESH LINK
link-requested-title = Your request is on its way
link-requested-text = The administrators of { $workspace } see that { $email } asks for a fresh link. It comes by mail when one of them sends it.

# Sending.
send-new = SEND NEW INVITATION
send-title = Send new invitation
send-emails = E-mail
send-emails-hint = One or several addresses, with spaces, commas or line ends between them.
send-csv = Or a CSV file
send-csv-hint = Columns: email, role, locations (with | between them), message. You see what each row will do before anything is sent.
send-locations-hint = What the person may see; administrators see all of them.
send-message = Message
send-button = SEND
send-cancel = CANCEL
send-outcome = Outcome
send-unknown-role = The role must be user or administrator.
send-preview-title = What will happen
send-preview-text = { $good } will be invited, { $bad } will not. Nothing has been sent yet.
send-preview-button = SEND { $good }
send-will = Will be invited
send-result-title = Sent
send-result-text = { $good } invited, { $bad } not.
send-did = Invited
send-result-back = TO THE INVITATIONS

# One invitation.
invitation-resend = Resend
invitation-resend-to = Resend to { $email }
invitation-revoke = Revoke
invitation-revoke-to = Revoke the invitation of { $email }
invitation-server-said = The mail server said
invitation-next-attempt = Next attempt
invitation-attempts = Attempts
invitation-inviter = Invited by
invitation-link = Link
invitation-copy = COPY LINK
invitation-copied = Copied.
timeline-title = What happened
timeline-sent = Invited.
timeline-resent = Sent again.
timeline-confirmed = JOIN was pressed; not registered yet.
timeline-accepted = Accepted.
timeline-declined = Declined.
timeline-revoked = Taken back.
timeline-expired = The term ended.
timeline-requested = Asked for a fresh link.
timeline-delivered = The mail server took the mail.
timeline-retrying = The mail could not be delivered yet:
timeline-failed = The mail could not be delivered:
timeline-cancelled = The mail was no longer wanted and not sent.
timeline-other = Changed.
