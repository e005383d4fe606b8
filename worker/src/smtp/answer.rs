//! What the server says: answers of one or many lines, and what EHLO's offers.

use std::{fmt, io};

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

use super::failure::{Cause, Failure, Stage};

/// The longest line that is read, in bytes. RFC 5321 allows 512; some servers say more.
const LINE_MAX: u64 = 4_096;

/// The most lines an answer may have, so that a server cannot keep us reading for ever.
const LINES_MAX: usize = 128;

/// An answer: its code and its lines without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) code: u16,
    lines: Vec<String>,
}

impl Answer {
    /// Reads a whole answer. What is none is an error of kind `InvalidData`, and an end too early `UnexpectedEof`.
    pub(super) async fn read(reader: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Self> {
        let mut lines = Vec::new();
        let mut line = Vec::new();
        while lines.len() < LINES_MAX {
            line.clear();
            (&mut *reader).take(LINE_MAX).read_until(b'\n', &mut line).await?;
            if line.last() != Some(&b'\n') {
                return Err(if line.len() < LINE_MAX as usize {
                    io::ErrorKind::UnexpectedEof.into()
                } else {
                    garbled()
                });
            }
            let (code, is_last, text) = parse(&String::from_utf8_lossy(&line)).ok_or_else(garbled)?;
            lines.push(text);
            if is_last {
                return Ok(Self { code, lines });
            }
        }
        Err(garbled())
    }

    /// Goes on when the server agrees: 354 to DATA, 2xx to everything else.
    pub(super) fn agrees(self, stage: Stage) -> Result<Self, Failure> {
        let agrees = if stage == Stage::Data { self.code == 354 } else { self.is_positive() };
        if agrees { Ok(self) } else { Err(Failure::new(stage, Cause::Refused(self))) }
    }

    /// Whether the code is 2xx.
    pub(super) fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// The same without `secrets`, which some servers repeat.
    pub(super) fn without(mut self, secrets: &[&str]) -> Self {
        for line in &mut self.lines {
            for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
                *line = line.replace(secret, "…");
            }
        }
        self
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        self.lines.iter().filter(|line| !line.is_empty()).try_for_each(|line| write!(f, " {line}"))
    }
}

/// Code, whether it is the last line, and text.
fn parse(line: &str) -> Option<(u16, bool, String)> {
    let line = line.trim_end();
    let code = line.get(..3)?.parse().ok().filter(|code| (200..600).contains(code))?;
    match line.get(3..4) {
        None => Some((code, true, String::new())),
        Some(" ") => Some((code, true, line[4..].to_owned())),
        Some("-") => Some((code, false, line[4..].to_owned())),
        Some(_) => None,
    }
}

fn garbled() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what the server says is not SMTP")
}

/// What a server offers in its answer to EHLO, as far as we use it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Offers {
    pub(super) pipelining: bool,
    pub(super) eight_bit: bool,
    pub(super) utf8: bool,
    pub(super) size: bool,
    pub(super) start_tls: bool,
    pub(super) auth_plain: bool,
    pub(super) auth_login: bool,
}

impl Offers {
    /// Reads them from the answer; its first line is the server's name.
    pub(super) fn from(answer: &Answer) -> Self {
        let mut offers = Self::default();
        for line in answer.lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("PIPELINING") => offers.pipelining = true,
                Some("8BITMIME") => offers.eight_bit = true,
                Some("SMTPUTF8") => offers.utf8 = true,
                Some("SIZE") => offers.size = true,
                Some("STARTTLS") => offers.start_tls = true,
                Some("AUTH") => {
                    let mechanisms: Vec<&str> = words.collect();
                    offers.auth_plain |= mechanisms.contains(&"PLAIN");
                    offers.auth_login |= mechanisms.contains(&"LOGIN");
                }
                _ => {}
            }
        }
        offers
    }
}
