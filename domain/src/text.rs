//! Text that people type: names of people, workspaces and locations, addresses of places, messages.
//!
//! Kept as typed after normalisation (Unicode NFC, trimmed, without control and direction-override characters, which
//! only serve to break a header or to disguise a text), and escaped where it is shown.

use unicode_normalization::UnicodeNormalization;

use crate::{Code, UserError};

/// The longest name, in characters.
pub const NAME_MAX: usize = 100;
/// The longest address of a location, in characters.
pub const ADDRESS_MAX: usize = 200;
/// The longest message of an invitation, in characters.
pub const MESSAGE_MAX: usize = 1_000;

/// A name: one line of 1 to 100 characters; INVALID_NAME at `field` otherwise.
pub fn name(input: &str, field: &[&str]) -> Result<String, UserError> {
    let name = one_line(input);
    match name.chars().count() {
        1..=NAME_MAX => Ok(name),
        0 => Err(UserError::new(Code::InvalidName, field, "Enter a name.")),
        _ => Err(UserError::new(
            Code::InvalidName,
            field,
            format!("A name has at most {NAME_MAX} characters; this one is longer."),
        )),
    }
}

/// The address of a location: one line, nothing when empty; INVALID_INPUT at `field` when too long.
pub fn address(input: Option<&str>, field: &[&str]) -> Result<Option<String>, UserError> {
    limited(input.map(one_line), ADDRESS_MAX, "An address", field)
}

/// A message: several lines, nothing when empty; INVALID_INPUT at `field` when too long.
pub fn message(input: Option<&str>, field: &[&str]) -> Result<Option<String>, UserError> {
    let lines = input.map(|text| text.lines().map(one_line).collect::<Vec<_>>().join("\n").trim().to_owned());
    limited(lines, MESSAGE_MAX, "A message", field)
}

fn limited(text: Option<String>, max: usize, what: &str, field: &[&str]) -> Result<Option<String>, UserError> {
    match text {
        Some(text) if text.chars().count() > max => Err(UserError::new(
            Code::InvalidInput,
            field,
            format!("{what} has at most {max} characters; this one is longer."),
        )),
        text => Ok(text.filter(|text| !text.is_empty())),
    }
}

fn one_line(input: &str) -> String {
    let clean: String =
        input.nfc().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !overrides_direction(*c)).collect();
    clean.trim().to_owned()
}

const fn overrides_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}
