//! Text that people type: names of people, workspaces and locations, addresses of places, messages.
//!
//! Kept as typed after normalisation (Unicode NFC, trimmed, without control and direction-override characters, which
//! only serve to break a header or to disguise a text), and escaped where it is shown.

use unicode_normalization::UnicodeNormalization;

use crate::{Code, Error, UserError};

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
        1..=NAME_MAX if name.chars().any(|c| !is_invisible(c)) => Ok(name),
        0..=NAME_MAX => Err(UserError::new(Code::InvalidName, field, "Enter a name.")),
        _ => Err(UserError::new(
            Code::InvalidName,
            field,
            format!("A name has at most {NAME_MAX} characters; this one is longer."),
        )),
    }
}

/// The comparable form of a name or of what somebody searches for: upper and lower case are the same in every alphabet,
/// which databases do not agree on.
pub fn key(name: &str) -> String {
    caseless::default_case_fold_str(name).nfc().collect()
}

/// The longest text to search for, in characters.
pub const SEARCH_MAX: usize = 200;

/// A text to search for, in its comparable form; BadInput when it is too long.
pub fn search(input: &str) -> Result<String, Error> {
    let text = one_line(input);
    if text.chars().count() > SEARCH_MAX {
        return Err(Error::BadInput(format!("Search for at most {SEARCH_MAX} characters.")));
    }
    Ok(key(&text))
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

/// Characters that show nothing: a name of these alone is none.
const fn is_invisible(c: char) -> bool {
    matches!(c, ' ' | '\u{A0}' | '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{2000}'..='\u{200F}' | '\u{2028}' | '\u{2029}' | '\u{202F}'
        | '\u{205F}'..='\u{206F}' | '\u{2800}' | '\u{3000}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

const fn overrides_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}
