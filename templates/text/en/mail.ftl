### Mails.

mail-footer = Sent by Usher to { $recipient }.
mail-hello = Hello { $person },
mail-or-open = Or open this link:

# The mail that invites.
mail-invitation-title = { $inviter } invites you to { $workspace }
mail-invitation-title-anonymous = You are invited to { $workspace }
mail-invitation-preheader = As { $role }, until { $ends }
mail-invitation-role = Role:
mail-invitation-locations = Locations:
mail-invitation-writes = { $inviter } writes:
mail-invitation-writes-anonymous = The inviter writes:
mail-invitation-button = ACCEPT INVITATION
mail-invitation-ends = The invitation is for { $recipient } and ends on { $ends }.
mail-invitation-ignore = If you don't want to join, you need do nothing.

# To the inviter.
mail-accepted-title = { $person } joined { $workspace }
mail-accepted-preheader = Joined with the role { $role }
mail-accepted-text = { $person } accepted your invitation and is now a member of { $workspace }.
mail-accepted-role = Role:
mail-accepted-button = SEE THE MEMBERS

# To somebody who registers.
mail-verify-title = Verify your address
mail-verify-preheader = One step is left
mail-verify-text = Somebody, probably you, registered with the address { $recipient }. To finish, open the link and enter the password you chose.
mail-verify-button = VERIFY ADDRESS
mail-verify-ends = The link ends on { $ends }.
mail-verify-ignore = If it wasn't you, you need do nothing: without your click there is no account.

# To the owner of an account whose address somebody registered with.
mail-in-use-title = Somebody tried to register with your address
mail-in-use-preheader = Nothing has changed
mail-in-use-text = Somebody tried to register with your address { $recipient }, which has an account already. Nothing has changed.
mail-in-use-log-in = If it was you, log in instead:
mail-in-use-button = LOG IN
mail-in-use-ignore = If it wasn't you, you need do nothing.

# To somebody who forgot the password.
mail-reset-title = Set a new password
mail-reset-preheader = The link works once, for an hour
mail-reset-text = Somebody, probably you, asked for a new password for the account of { $recipient }. To choose one, open the link.
mail-reset-button = SET A NEW PASSWORD
mail-reset-ends = The link works once and ends on { $ends }.
mail-reset-ignore = If it wasn't you, you need do nothing: your password stays as it is.

# After a change of the password.
mail-changed-title = Your password was changed
mail-changed-preheader = Other sessions were ended
mail-changed-text = The password of your account { $recipient } was changed just now. Wherever else you were logged in, you have to log in with the new one.
mail-changed-not-you = If it wasn't you, somebody can read your mail or knew your password. Make your mailbox safe, then set a new password:
mail-changed-button = SET A NEW PASSWORD
mail-changed-ignore = If it was you, you need do nothing.

# To owner and administrators of a deleted workspace.
mail-deleted-title = { $workspace } was deleted
mail-deleted-preheader = You can keep it until { $ends }
mail-deleted-text = The workspace { $workspace } was deleted by its owner. It is there for nobody any more, and on { $ends } it is deleted for good, with its members, locations and invitations.
mail-deleted-keep = If that is not right, keep it:
mail-deleted-button = KEEP THE WORKSPACE
mail-deleted-ignore = You get this mail because you are its owner or an administrator. If it is right, you need do nothing.

# Asked for in the settings, to see that mail gets through.
mail-test-subject = Test mail of { $workspace }
mail-test-title = Mail gets through
mail-test-preheader = You asked for this test mail
mail-test-text = You asked for this test mail of { $workspace }. It went the way that invitations go, so they get through too.
mail-test-button = INVITE PEOPLE
