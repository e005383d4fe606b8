### Pages.

# Every page.
page-log-out = Log out
page-go-home = GO TO USHER
page-login = LOGIN
page-register = REGISTER
page-email = E-mail address
page-password = Password
page-new-password = New password
page-invited-email = The address that was invited.
page-password-hint = At least { $min } characters.
page-to-join = to join { $workspace }
page-logged-in-as = You are logged in as { $email }.

# The welcome of somebody signed out.
welcome-title = Welcome
welcome-lead = Invitations to your workspaces: send them, see whether they arrived, and let people join with one click.
welcome-invited = Were you invited? Open the link in the mail you got.

# The own workspaces.
home-title = Your workspaces
home-lead = You are logged in as { $person }, { $email }.
home-more = There are more; only the first are shown.
home-none = You belong to no workspace yet. Create one, or open the link of an invitation.
home-new = A new workspace
home-name = Name of the workspace
home-create = CREATE WORKSPACE

# Log in.
login-title = Log in
login-verified = Your address is verified and your account is ready. Log in.
login-reset = Your new password is set. Log in with it.
login-forgot = Forgot your password?
login-no-account = No account yet?
login-register = Register

# A form sent after the session had ended.
signed-out-title = You are logged out
signed-out-text = Your session has ended, so nothing was done yet; what you typed is kept here. Log in, which opens a new tab, then come back and send it again.
signed-out-file = A file has to be chosen again.
signed-out-again = SEND AGAIN

# Register.
register-title = Register
register-name = Your name
register-email-hint = We send a link to it, to see that it is yours.
register-has-account = Do you have an account?
register-log-in = Log in

# After registering.
mail-sent-title = Look into your mailbox
mail-sent-text = We have sent a mail to { $email }.
mail-sent-open = Open the link in it to finish. If it does not come within a few minutes, look among the unwanted mail, or register again.
mail-sent-again = REGISTER AGAIN

# Verify an address.
verify-title = Verify your address
verify-lead = Enter the password you chose when you registered.
verify-button = VERIFY
verify-forgot = Do you not know it any more?
verify-again = Register again with another
verify-dead-text = Perhaps it was used already, it is older than a day, or a part of it got lost on the way.
verify-dead-next = If your address is verified, log in. Otherwise register again, and we send you a fresh link.

# A forgotten password.
forgot-title = Forgot your password?
forgot-lead = We send you a link to set a new one.
forgot-email-hint = The address of your account.
forgot-button = SEND LINK
forgot-remember = Do you remember it?
reset-sent-text = If { $email } has an account, a mail is on its way to it.
reset-sent-open = Open the link in it within an hour. If it does not come within a few minutes, look among the unwanted mail, or ask again.
reset-sent-again = ASK AGAIN
reset-title = Set a new password
reset-lead = Every session of your account ends with it.
reset-button = SET PASSWORD
reset-dead-text = Perhaps it was used already, it is older than an hour, or a part of it got lost on the way.
reset-dead-again = ASK FOR A NEW LINK

# An invitation.
join-title = Invitation
join-heading = { $inviter } invites you to { $workspace }
join-heading-anonymous = You are invited to { $workspace }
join-for = For
join-workspace = Workspace
join-role = Role
join-locations = Locations
join-ends = Ends
join-button = JOIN
join-decline = NOT FOR ME
accepted-title = Invitation accepted
accepted-heading = This invitation has been accepted
accepted-for = It was for { $email }, to join { $workspace }.
accepted-open = OPEN WORKSPACE
accepted-log-in = If it was you, log in to open the workspace.
declined-title = Invitation declined
declined-heading = You declined the invitation
declined-text = { $email } will not join { $workspace }, and this link no longer works.
switch-title = Another account
switch-heading = You are logged in as somebody else
switch-for = The invitation is for
switch-viewer = You are logged in as
switch-text = Nothing was changed. To answer the invitation to { $workspace }, log out first; you will come back to it.
switch-button = LOG OUT AND COME BACK
switch-stay = STAY LOGGED IN
switch-own = Is { $email } your address too? Then ask { $inviter } to invite it.
switch-own-anonymous = Is { $email } your address too? Then ask an administrator of the workspace to invite it.

# A link that cannot be used.
dead-link-invalid = This link is not valid
dead-link-invalid-text = Perhaps a part of it got lost on the way. Open it from the mail once more, or copy all of it.
dead-link-expired = This invitation has expired
dead-link-expired-text = Its term ended before it was used.
dead-link-revoked = This invitation was taken back
dead-link-declined = This invitation was declined
dead-link-closed-text = It can no longer be used.
dead-link-used = This invitation was used already
dead-link-used-text = Whoever joined with it does not belong to the workspace any more, and it works only once.
dead-link-suspended = This invitation is suspended
dead-link-suspended-text = Whoever sent it may no longer invite to this role. An administrator of the workspace can send it again.
dead-link-wrong-account = This invitation is for another address
dead-link-wrong-account-text = Log in with the address it was sent to.
dead-link-other = This invitation cannot be used
dead-link-other-text = Nothing was changed.
dead-link-for = It was for { $email }, to join { $workspace }.
dead-link-ended = It ended on { $ended }.
dead-link-ask = If you want to join, ask { $inviter } for a fresh invitation.
dead-link-ask-anonymous = If you want to join, ask an administrator of the workspace for a fresh invitation.
dead-link-ask-sender = If it still does not work, ask whoever invited you for a fresh invitation.
dead-link-logged-in = You are logged in all the same.
dead-link-continue = CONTINUE

# Failures that no form can show.
failure-not-found = Page not found
failure-not-found-text = There is nothing here, or nothing that you may see.
failure-forbidden = Not allowed
failure-forbidden-text = Your role in this workspace does not include this page.
failure-forged-form = Please send the form again
failure-forged-form-text = It was open for too long, or did not come from this site. Nothing was changed. Go back, reload the page and try again; cookies must be allowed.
failure-bad-input = This did not work
failure-bad-input-text = This form could not be read. Go back and send it again.
failure-wrong-method-text = Nothing can be done at this address in this way. Go back and try again from the page before.
failure-too-large = This is too large
failure-too-large-text = A form holds at most { $max } MB, files included. Nothing was done. Go back and choose a smaller file, or send it in parts.
failure-back = BACK TO THE FORM
failure-rate-limited = Too many attempts
failure-rate-limited-text = { $minutes ->
    [1] Try again in { $seconds } s.
   *[other] Try again in { $minutes } min.
}
failure-internal = Something went wrong
failure-internal-text = The fault is ours, not yours. Try again in a moment.

# A workspace.
workspace-role = Your role: { $role }
workspace-pages = Workspace
workspace-locations = Locations
workspace-members = Members
workspace-invitations = Invitations
column-name = Name
column-person = Name
column-place = Address
column-email = Address
column-role = Role
column-status = Status
column-delivery = Mail
column-ends = Ends
locations-all = All locations
locations-own = Your locations
locations-none = There are no locations yet.
locations-none-own = No location has been given to you yet.
invitations-none = Nobody has been invited yet.
invitations-none-found = No invitation is found.
status-pending = Pending
status-confirmed = Confirmed, not registered yet
status-accepted = Accepted
status-declined = Declined
status-revoked = Revoked
status-expired = Expired
delivery-queued = Waiting to be sent
delivery-sending = Being sent
delivery-sent = Sent
delivery-retrying = Failed, will be tried again
delivery-failed = Failed
delivery-cancelled = Cancelled

# Captured mail.
captured-title = Mail
captured-lead = Mail is kept here; without a mail server it goes nowhere else. Newest first; also as JSON:
captured-none = There is none yet.
captured-from = To { $to }, from { $from }, { $date }
captured-html = The mail as HTML
captured-text = Plain text
captured-all = All mail
preview-title = Every mail and page
preview-lead = Each mail that Usher writes and each page that it shows, with sample data, in each language. The forms of these pages cannot be sent.
preview-mails = Mails
preview-pages = Pages

# A deleted workspace.
deleted-title = A deleted workspace
deleted-heading = { $workspace } was deleted
deleted-until = It is deleted for good on { $ends }. Until then you can keep it.
deleted-keep = KEEP THE WORKSPACE
deleted-kept-title = The workspace is kept
deleted-kept-heading = { $workspace } is kept
deleted-kept-text = It is there again for all its members. Mails that waited when it was deleted were cancelled: send those invitations again.
deleted-open = OPEN THE WORKSPACE
deleted-dead-text = Perhaps the workspace was kept already, it has been deleted for good, or a part of the link got lost on the way.

# GraphiQL.
playground-title = Playground
playground-loading = GraphiQL is being loaded. It needs JavaScript.
playground-open = Try the API in the playground
