### The console of a workspace, and what a dead link leads to.

workspace-people = People
members-none = Nobody is found.
column-actions = Actions
filter-address = Search addresses
filter-person = Search names and addresses
filter-all = All
filter-all-roles = All
filter-button = FILTER
pager = Pages
pager-total = { $total } in all
pager-previous = PREVIOUS
pager-next = NEXT
live-stale = This is no longer kept up to date. Load the page again.

# Asking for a fresh link.
requests-title = Requests for a fresh link
requests-invite = Invite again
requests-invite-to = Invite again: { $email }
requests-dismiss = Dismiss
requests-dismiss-of = Dismiss the request of { $email }
link-request-button = ASK FOR A FRESH LINK
link-requested-title = Your request is on its way
link-requested-text = The administrators of { $workspace } see that { $email } asks for a fresh link. It comes by mail when one of them sends it.

# Sending.
send-new = SEND NEW INVITATION
send-title = Send new invitation
send-emails = E-mail
send-emails-hint = One or several addresses, with spaces, commas or line ends between them.
send-csv = Or a CSV file
send-csv-hint = Columns: email, role, locations (with | between them), message, language (en or lv). You see what each row will do before anything is sent.
send-locations-hint = What the person may see; administrators see all of them.
send-language = Language
send-language-of-workspace = As the settings of the workspace say
send-language-hint = Of the mail and its pages, unless the person's account has its own.
send-message = Message
send-button = SEND
send-cancel = CANCEL
send-outcome = Outcome
send-unknown-role = The role must be user or administrator.
send-unknown-language = The language must be en or lv.
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
invitation-copy-failed = It could not be copied; the link is selected, copy it yourself.
invitation-dropped = without { $names }, deleted since
invitation-suspended = suspended
invitation-suspended-text = It is suspended: whoever sent it may no longer invite to this role. Send it again, and it can be used.
timeline-title = What happened
timeline-sent = Invited.
timeline-resent = Sent again.
timeline-confirmed = JOIN was pressed; not registered yet.
timeline-accepted = Accepted.
timeline-declined = Declined.
timeline-revoked = Taken back.
timeline-kept = The workspace is there again.
timeline-expired = The term ended.
timeline-requested = Asked for a fresh link.
timeline-delivered = The mail server took the mail.
timeline-retrying = The mail could not be delivered yet:
timeline-retried = The operator has the mail sent again now.
timeline-failed = The mail could not be delivered:
timeline-cancelled = The mail was no longer wanted and not sent.
timeline-request-dismissed = The request for a fresh link was dismissed.
timeline-location-deleted = A location was deleted and is no longer part of it:
timeline-other = Changed.

# Members, locations.
form-save = SAVE
form-saved = Saved.
form-own-password = Your password
member-joined = Member since
member-all-locations = All
member-change = Change
member-remove = Remove from the workspace
member-remove-text = { $person } loses { $workspace } at once, on every device. You can invite { $person } again later.
member-remove-button = REMOVE
member-leave = Leave the workspace
member-leave-text = You lose { $workspace } at once. To come back you have to be invited again.
member-leave-button = LEAVE
member-owner-text = You own this workspace. To leave it, hand it over first.
location-title = Location
location-new = New location
location-address-hint = Where it is; may be left empty.
location-create = CREATE LOCATION
location-delete = Delete the location
location-delete-text = Members and open invitations that name it lose it.
location-delete-button = DELETE

# Settings of a workspace.
workspace-settings = Settings
settings-general = General
settings-audit = Audit log
settings-ownership = Ownership
settings-deletion = Deletion
settings-language = Language of invitations
settings-language-none = None: mails in English, pages as the browser asks
settings-language-hint = Of their mails and pages, unless whoever sends one chooses another or the person's account has its own.
settings-seats = Seats
settings-seats-of = { $used } of { $seats } are taken, by members and open invitations.
settings-seats-unlimited = { $used } are taken, by members and open invitations; there is no limit.
settings-created = Created
ownership-text = The new owner can do everything you can do now; you stay an administrator.
ownership-heir = New owner
ownership-button = HAND OVER
ownership-nobody = The ownership can only go to an administrator, and there is none yet. Make a member one first:
deletion-text = { $workspace } will be there for nobody at once: its links are dead and mail that waits is cancelled. Until { $ends } you and the administrators can keep it; then it is deleted for good, with its members, locations and invitations.
deletion-button = DELETE WORKSPACE

# The audit log.
audit-when = When
audit-what = What happened
audit-who = Who did it
event-workspace-created = The workspace { $name } was created.
event-workspace-renamed = The workspace { $before } was renamed to { $after }.
event-workspace-language-changed = The language of the workspace's invitations was changed.
event-workspace-handed-over = The ownership went from { $before } to { $after }.
event-workspace-seats-changed = The number of seats was changed.
event-workspace-deleted = The workspace { $name } was deleted.
event-workspace-kept = The deletion of { $name } was cancelled.
event-location-created = The location { $name } was created.
event-location-updated = The location { $before } was changed to { $after }.
event-location-deleted = The location { $name } was deleted.
event-member-joined = { $name } joined as { $role }.
event-member-updated = { $name } was changed from { $before } to { $after }.
event-member-removed = { $name } was removed.
event-member-left = { $name } left.
event-invitation-sent = { $email } was invited as { $role }.
event-invitation-resent = The invitation of { $email } was sent again.
event-invitation-adopted = The invitation of { $email } was sent again and adopted from { $former }.
event-invitation-confirmed = { $email } pressed JOIN and has still to register.
event-invitation-accepted = { $email } accepted the invitation.
event-invitation-declined = { $email } declined the invitation.
event-invitation-link-requested = { $email } asked for a fresh link.
event-invitation-request-dismissed = The request of { $email } for a fresh link was dismissed.
event-invitation-revoked = The invitation of { $email } was taken back.
event-invitation-location-deleted = The location { $location } was deleted; it is no longer part of the invitation of { $email }.
event-invitation-kept = The workspace is there again, and with it the invitation of { $email }.
event-invitation-expired = The invitation of { $email } expired.
event-delivery-sent = The mail server took the invitation of { $email }.
event-delivery-retrying = The invitation of { $email } could not be sent yet: { $error }
event-delivery-retried = The operator has the invitation of { $email } sent again now.
event-delivery-failed = The invitation of { $email } could not be sent: { $error }
event-delivery-cancelled = The mail to { $email } was cancelled; it was no longer wanted.

# The own account.
account-title = Your account
account-menu = Account and workspaces
account-workspaces = Workspaces
account-profile = Profile
account-language = Language
account-language-hint = Of these pages and of the mails to you.
account-language-of-browser = What the browser asks for
language-en = English
language-lv = Latviešu
account-password = Password
account-password-text = Every other session of your account ends with it, and a mail tells you.
account-password-changed = Your password is changed, and every other session has ended.
account-sessions = Sessions
account-sessions-text = Where you are logged in. End what you do not know, then change your password.
session-client = Browser or program
session-began = Since
session-seen = Last used
session-unknown = Unknown
session-current = This one
session-end = End
session-end-others = END ALL OTHERS
account-invitations = Invitations
account-invitations-none = No open invitation is addressed to you.
home-invitations = { $count ->
    [one] An invitation waits for you:
   *[other] { $count } invitations wait for you:
}
home-current = opened last
home-deleted = Deleted workspaces
home-deleted-until = deleted for good on { $ends }
join-opt-out = If it is not for me: don't write to me again from { $workspace }.
declined-ask = Was it a mistake, or do you want to hear of { $workspace } after all? Ask its administrators for a fresh link.
