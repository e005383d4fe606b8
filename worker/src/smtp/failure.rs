//! Why a mail did not leave: where in the dialogue, what happened there, and whether to try again.

use std::{fmt, io, time::Duration};

use super::answer::Answer;
use crate::{outcome::Outcome, reason};

/// Where in the dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Waiting for one of the connections.
    Wait,
    Connect,
    /// The TLS handshake of `smtps://`.
    Tls,
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    /// Whether a kept connection is still good.
    Check,
    MailFrom,
    RcptTo,
    /// The command, up to its 354.
    Data,
    /// The mail itself with the dot that ends it. From here on nobody knows, without an answer, whether it was taken.
    Content,
}

impl Stage {
    /// Whether what comes here is about one mail. MAIL FROM goes out with what follows it, and a server may answer them
    /// together.
    pub(super) fn is_about_mail(self) -> bool {
        matches!(self, Self::MailFrom | Self::RcptTo | Self::Data | Self::Content)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wait => reason::WAIT,
            Self::Connect => reason::CONNECT,
            Self::Tls => "TLS",
            Self::Greeting => "greeting",
            Self::Ehlo => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::Auth => "AUTH",
            Self::Check => "NOOP",
            Self::MailFrom => reason::MAIL_FROM,
            Self::RcptTo => reason::RCPT_TO,
            Self::Data => reason::DATA,
            Self::Content => reason::CONTENT,
        })
    }
}

/// What happened.
#[derive(Debug)]
pub(super) enum Cause {
    /// The server said no.
    Refused(Answer),
    /// The connection failed or ended, or what came over it was not SMTP.
    Broken(io::Error),
    /// Nothing came within this time.
    Silent(Duration),
    /// Nothing came within this time, and too many others were waited for already.
    Crowded(Duration),
    /// The server lacks what we need to go on; what that is.
    Lacking(&'static str),
    /// We begin no dialogue any more.
    Stopping,
    /// The mail was no longer wanted when it was its turn.
    Unwanted,
}

/// Why a mail did not leave.
#[derive(Debug)]
pub(super) struct Failure {
    stage: Stage,
    cause: Cause,
}

impl Failure {
    pub(super) fn new(stage: Stage, cause: Cause) -> Self {
        Self { stage, cause }
    }

    /// Whether the server ended the session by it, or may have.
    pub(super) fn ends_session(&self) -> bool {
        match &self.cause {
            Cause::Refused(answer) => answer.code == 421,
            Cause::Broken(_) | Cause::Silent(_) | Cause::Crowded(_) => true,
            Cause::Lacking(_) | Cause::Stopping | Cause::Unwanted => false,
        }
    }

    /// Whether a kept connection that fails so was just too old: nothing of the mail has left, and a new one may do.
    pub(super) fn shows_age(&self) -> bool {
        self.stage != Stage::Content
            && self.ends_session()
            && !matches!(self.cause, Cause::Silent(_) | Cause::Crowded(_))
    }

    /// Whether it will be the same each time. Only an answer about this mail can tell: its size, its recipient, its
    /// content. What is said before MAIL FROM is about us, and so are a sender the server does not want and the codes
    /// that ask for another order or for authentication; those can be put right while the mail waits.
    fn is_permanent(&self) -> bool {
        match (&self.cause, self.stage) {
            (Cause::Refused(answer), Stage::MailFrom) => matches!(answer.code, 552 | 555),
            (Cause::Refused(answer), Stage::RcptTo | Stage::Data | Stage::Content) => {
                let about_us = matches!(answer.code, 502..=504 | 521 | 530 | 534 | 535 | 538);
                answer.code >= 500 && !about_us
            }
            // An address that this server cannot be told of.
            (Cause::Lacking(_), Stage::RcptTo) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.stage)?;
        match &self.cause {
            Cause::Refused(answer) => return write!(f, "{answer}"),
            Cause::Broken(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                f.write_str(reason::CLOSED)?;
            }
            Cause::Broken(error) => write!(f, "{error}")?,
            Cause::Silent(waited) | Cause::Crowded(waited) => write!(f, "{}{waited:.1?}", reason::SILENT)?,
            Cause::Lacking(what) => f.write_str(what)?,
            Cause::Stopping => f.write_str("the worker stops")?,
            Cause::Unwanted => f.write_str("the mail is not wanted any more")?,
        }
        if self.stage == Stage::Content { f.write_str(reason::MAYBE_TAKEN) } else { Ok(()) }
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        match failure.cause {
            Cause::Stopping => return Self::GivenBack,
            Cause::Unwanted => return Self::Cancelled,
            _ => {}
        }
        let words = failure.to_string();
        match failure.stage {
            Stage::Wait => Self::NotBegun(words),
            _ if matches!(failure.cause, Cause::Crowded(_)) => Self::NotBegun(words),
            _ if failure.is_permanent() => Self::Permanent(words),
            _ => Self::Passing(words),
        }
    }
}
