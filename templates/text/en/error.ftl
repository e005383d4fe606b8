### What pages say when something was not done: one message a code of the API.

error-invalid-email = Enter an e-mail address, such as bob@example.com.
error-invalid-name = Enter a name of at most { $max } characters.
error-invalid-password = A password has at least { $min } characters and at most { $max } bytes.
error-invalid-input = This cannot be taken as it is.
error-message-too-long = A message has at most { $max } characters; this one is longer.
error-address-too-long = An address has at most { $max } characters; this one is longer.
error-invalid-credentials = The address or the password is wrong.
error-email-not-verified = This address is not verified yet. Open the link in the mail we sent to it.
error-token-invalid = This link is not valid, or no longer.
error-invitation-expired = This invitation has expired.
error-invitation-revoked = This invitation was taken back.
error-invitation-declined = This invitation was declined.
error-invitation-already-accepted = This invitation was used already.
error-invitation-suspended = This invitation is suspended: whoever sent it may no longer invite to this role.
error-wrong-account = This invitation is for another address.
error-already-member = This person is a member already.
error-already-invited = This person has an open invitation already; send it again instead.
error-recipient-opted-out = This person asked this workspace not to write any more.
error-locations-not-allowed = An administrator sees every location; give locations only with the role User.
error-location-not-found = This workspace has no such location.
error-role-not-allowed = Your role does not allow this.
error-last-owner = The owner cannot leave or be removed; hand the workspace over first.
error-seat-limit-reached = No seat is left in this workspace.
error-too-many-rows = These are too many rows for one send.
