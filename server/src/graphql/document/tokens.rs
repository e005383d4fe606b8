//! The tokens of a document: counted before it is parsed, so that one that is too large costs next to nothing, and
//! compared, so that white space and comments make no difference.

use async_graphql::ServerError;
use sha2::{Digest, Sha256};

use super::Hash;
use crate::graphql::{error::too_complex, limits};

/// The tokens of a text, in order. What is no token of GraphQL comes as it is: the parser will say so.
pub(super) struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.skip_ignored();
        let first = self.0.chars().next()?;
        let length = match first {
            '"' => string(self.0),
            '.' if self.0.starts_with("...") => 3,
            _ if first == '_' || first.is_ascii_alphabetic() => word(self.0, is_name),
            _ if first == '-' || first.is_ascii_digit() => word(self.0, |byte| is_name(byte) || b"+-.".contains(&byte)),
            _ => first.len_utf8(),
        };
        let (token, rest) = self.0.split_at(length);
        self.0 = rest;
        Some(token)
    }
}

impl Tokens<'_> {
    fn skip_ignored(&mut self) {
        loop {
            self.0 = self.0.trim_start_matches([' ', '\t', '\n', '\r', ',', '\u{feff}']);
            if !self.0.starts_with('#') {
                return;
            }
            self.0 = self.0.find(['\n', '\r']).map_or("", |end| &self.0[end..]);
        }
    }
}

fn is_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

/// How long the word at the beginning is.
fn word(text: &str, belongs: impl Fn(u8) -> bool) -> usize {
    text.bytes().position(|byte| !belongs(byte)).unwrap_or(text.len())
}

/// How long the string or block string at the beginning is; all of the text when it does not end.
fn string(text: &str) -> usize {
    let block = text.starts_with("\"\"\"");
    let (quote, escapes): (&[u8], &[&[u8]]) =
        if block { (b"\"\"\"", &[b"\\\"\"\""]) } else { (b"\"", &[b"\\\"", b"\\\\"]) };
    let bytes = text.as_bytes();
    let mut at = quote.len();
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(quote) {
            return at + quote.len();
        }
        at += escapes.iter().find(|escape| rest.starts_with(escape)).map_or(1, |escape| escape.len());
    }
    text.len()
}

/// QUERY_TOO_COMPLEX when a text has too many tokens or nests too deep to be parsed.
pub(super) fn check(text: &str) -> Result<(), ServerError> {
    if text.len() > limits::DOCUMENT {
        return Err(too_complex(format!("The document is longer than {} bytes.", limits::DOCUMENT)));
    }
    let mut nesting = 0_usize;
    for (number, token) in Tokens(text).enumerate() {
        if number == limits::TOKENS {
            return Err(too_complex(format!("The document has more than {} tokens.", limits::TOKENS)));
        }
        match token {
            "{" | "[" | "(" => nesting += 1,
            "}" | "]" | ")" => nesting = nesting.saturating_sub(1),
            _ => {}
        }
        if nesting > limits::NESTING {
            return Err(too_complex(format!("The document's brackets nest deeper than {}.", limits::NESTING)));
        }
    }
    Ok(())
}

/// What is the same for all texts of the same tokens.
pub(super) fn fingerprint(text: &str) -> Hash {
    let mut hash = Sha256::new();
    for token in Tokens(text) {
        hash.update(token.len().to_be_bytes());
        hash.update(token);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::{Tokens, fingerprint};

    fn tokens(text: &str) -> Vec<&str> {
        Tokens(text).collect()
    }

    #[test]
    fn a_document_is_cut_at_its_tokens() {
        let text = "query($a: Int = -1.5e+3) { # what\n  a: b(c: \"x\\\"}\", d: [1, 2]) { ...F ... on T @skip(if: $a) { id } } }";
        let expected = [
            "query",
            "(",
            "$",
            "a",
            ":",
            "Int",
            "=",
            "-1.5e+3",
            ")",
            "{",
            "a",
            ":",
            "b",
            "(",
            "c",
            ":",
            "\"x\\\"}\"",
            "d",
            ":",
            "[",
            "1",
            "2",
            "]",
            ")",
            "{",
            "...",
            "F",
            "...",
            "on",
            "T",
            "@",
            "skip",
            "(",
            "if",
            ":",
            "$",
            "a",
            ")",
            "{",
            "id",
            "}",
            "}",
            "}",
        ];
        assert_eq!(tokens(text), expected);
    }

    #[test]
    fn a_block_string_is_one_token() {
        let text = r#"{ a(b: """one "two" \""" three""") }"#;
        assert_eq!(tokens(text), ["{", "a", "(", "b", ":", r#""""one "two" \""" three""""#, ")", "}"]);
    }

    #[test]
    fn what_is_no_document_comes_to_an_end() {
        for text in ["\"", "\"\\", "\"\"\"", "\"\"\"\\", "\"\\é", "é\u{0}", "#", ".. .", "\"\"\"\"", "\"\\\"\"\""] {
            assert_eq!(tokens(text).concat().len(), text.replace(['#', ' '], "").len(), "{text:?}");
        }
    }

    #[test]
    fn white_space_and_comments_make_no_difference_and_all_else_does() {
        let one = fingerprint("query A { a(b: 1) { c } }");
        assert_eq!(one, fingerprint("\u{feff}query A{ # comment\n a ( b : 1, ){c}}"));
        for other in ["query A { a(b: 2) { c } }", "query A { ab: 1 { c } }", "query A { a(b: \"1\") { c } }"] {
            assert_ne!(one, fingerprint(other), "{other}");
        }
    }
}
