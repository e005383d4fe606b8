//! E-mail addresses: the form a person typed, to which mail goes, and the form in which two are compared.

use email_address::Options;
use unicode_normalization::UnicodeNormalization;

use crate::{Code, UserError};

/// An address of correct syntax. Two are the same person's when their keys are equal.
#[derive(Clone, Debug)]
pub struct EmailAddress {
    typed: String,
    key: String,
}

impl EmailAddress {
    /// Reads an address as a person typed it; INVALID_EMAIL at `field` when it is none.
    pub fn parse(input: &str, field: &[&str]) -> Result<Self, UserError> {
        let invalid = || UserError::new(Code::InvalidEmail, field, "Enter an e-mail address, such as bob@example.com.");
        let typed = input.trim();
        let options = Options::default().without_display_text().without_domain_literal();
        // 254 octets is the longest path SMTP carries (RFC 5321, 4.5.3.1.3, less the angle brackets).
        if typed.len() > 254 || typed.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(invalid());
        }
        let parsed = email_address::EmailAddress::parse_with_options(typed, options).map_err(|_| invalid())?;
        let domain = idna::domain_to_ascii_strict(parsed.domain()).map_err(|_| invalid())?;
        let local: String = parsed.local_part().nfc().collect();
        let key = format!("{}@{domain}", caseless::default_case_fold_str(&local));
        Ok(Self { typed: typed.to_owned(), key })
    }

    /// As typed, trimmed.
    pub fn as_typed(&self) -> &str {
        &self.typed
    }

    /// The comparable form: local part case-folded, domain in lower-case IDNA form.
    pub fn key(&self) -> &str {
        &self.key
    }
}
