//! What pages say about an expected outcome: its code in the reader's language. The API's own messages are in English.

use domain::{Code, UserError, invitation, password, text};
use serde_json::{Value, json};
use worker::catalogue::{Catalogue, Key};

/// The text for `error`.
pub(super) fn text(catalogue: &Catalogue, error: &UserError) -> String {
    let field = error.field.last().map(String::as_str);
    let (key, limits) = wording(error.code, field);
    let limits = limits.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value));
    catalogue.text(key.0, limits).unwrap_or_else(|failed| {
        tracing::error!(error = &failed as &dyn std::error::Error, "an outcome has no text");
        error.message.clone()
    })
}

/// The message of a code, with the limits it names.
fn wording(code: Code, field: Option<&str>) -> (Key, Value) {
    let key = match (code, field) {
        (Code::InvalidName, _) => return (Key("error-invalid-name"), json!({ "max": text::NAME_MAX })),
        (Code::InvalidPassword, _) => {
            return (Key("error-invalid-password"), json!({ "min": password::MIN, "max": password::MAX }));
        }
        (Code::InvalidInput, Some("message")) => {
            return (Key("error-message-too-long"), json!({ "max": text::MESSAGE_MAX }));
        }
        (Code::InvalidInput, Some("address")) => {
            return (Key("error-address-too-long"), json!({ "max": text::ADDRESS_MAX }));
        }
        (Code::InvalidInput, Some("csv")) => Key("error-unreadable-file"),
        (Code::InvalidInput, Some("email")) => Key("error-invited-too-often"),
        (Code::InvalidInput, _) => Key("error-invalid-input"),
        (Code::InvalidEmail, _) => Key("error-invalid-email"),
        (Code::InvalidCredentials, _) => Key("error-wrong-password"),
        (Code::EmailNotVerified, _) => Key("error-email-not-verified"),
        (Code::TokenInvalid, _) => Key("error-token-invalid"),
        (Code::InvitationExpired, _) => Key("error-invitation-expired"),
        (Code::InvitationRevoked, _) => Key("error-invitation-revoked"),
        (Code::InvitationDeclined, _) => Key("error-invitation-declined"),
        (Code::InvitationAlreadyAccepted, _) => Key("error-invitation-already-accepted"),
        (Code::InvitationSuspended, _) => Key("error-invitation-suspended"),
        (Code::WrongAccount, _) => Key("error-wrong-account"),
        (Code::AlreadyMember, _) => Key("error-already-member"),
        (Code::AlreadyInvited, _) => Key("error-already-invited"),
        (Code::RecipientOptedOut, _) => Key("error-recipient-opted-out"),
        (Code::LocationsNotAllowed, _) => Key("error-locations-not-allowed"),
        (Code::LocationNotFound, _) => Key("error-location-not-found"),
        (Code::RoleNotAllowed, _) => Key("error-role-not-allowed"),
        (Code::LastOwner, _) => Key("error-last-owner"),
        (Code::SeatLimitReached, _) => Key("error-seat-limit-reached"),
        (Code::TooManyRows, _) => return (Key("error-too-many-rows"), json!({ "max": invitation::MAX_ROWS })),
    };
    (key, Value::Null)
}
