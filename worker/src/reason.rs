//! Reasons of our own for a mail that did not leave: in the words of the API, in which they are kept, and as messages of the
//! catalogues. What else is kept are the mail server's words, or the system's.

use crate::catalogue::Key;

/// Whoever had it in hand left no record of it.
pub(crate) const INTERRUPTED: &str = "the delivery was interrupted: its worker died, or the database was away";
/// What the mail tells of could not be read.
pub(crate) const UNREAD: &str = "the database could not be read";
/// The database, or the mails before it, kept it waiting for too long.
pub(crate) const NO_TIME: &str = "there was not enough time left for the mail server";
/// A fault of the program.
pub(crate) const NOT_HANDLED: &str = "handling this mail failed";
/// The key of the mail's link was taken out of the settings.
pub(crate) const KEY_GONE: &str = "the key this mail was promised with is not in USHER_SECRET_KEY any more";
/// USHER_SMTP_URL asks for it.
pub(crate) const NO_STARTTLS: &str = "the mail server does not offer it";
/// There are credentials, and anybody on the way could read them.
pub(crate) const NO_SECRECY: &str =
    "the password is not sent in the clear; set ?tls=required or smtps:// in USHER_SMTP_URL";
/// There are credentials, and no way to say them.
pub(crate) const NO_WAY_IN: &str = "the mail server offers neither PLAIN nor LOGIN";
/// The sender's address is not ASCII.
pub(crate) const NO_UTF8_SENDER: &str =
    "the mail server does not take the sender's address without SMTPUTF8; set another one in USHER_MAIL_FROM";
/// The recipient's address is not ASCII.
pub(crate) const NO_UTF8: &str = "the mail server does not take internationalised addresses (SMTPUTF8)";
/// All connections were taken; the stage of a dialogue that was not begun.
pub(crate) const WAIT: &str = "waiting for a connection";
/// No connection came about; a stage, too.
pub(crate) const CONNECT: &str = "connect";
/// A mail was begun; a stage.
pub(crate) const MAIL_FROM: &str = "MAIL FROM";
/// The recipient was named; a stage.
pub(crate) const RCPT_TO: &str = "RCPT TO";
/// The content was announced; a stage.
pub(crate) const DATA: &str = "DATA";
/// All of the mail was sent; a stage.
pub(crate) const CONTENT: &str = "end of DATA";
/// The session ended without an answer.
pub(crate) const CLOSED: &str = "the mail server closed the connection";
/// No answer came; how long one waited stands behind it.
pub(crate) const SILENT: &str = "nothing came within ";
/// What stands behind a reason when all of the mail had been sent.
pub(crate) const MAYBE_TAKEN: &str = "; the mail may have been taken";

/// A reason as it is kept, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// All of it but what is said of whether the mail may have been taken.
    pub text: &'a str,
    /// Whether these are the words of the mail server.
    pub is_answer: bool,
    /// The message that says so, when it is a reason of ours.
    pub key: Option<Key>,
    /// Where in the dialogue, for the message.
    pub stage: &'a str,
    /// What happened there, for the message.
    pub detail: &'a str,
    /// Whether the mail may have been taken all the same.
    pub maybe_taken: bool,
}

impl<'a> Reason<'a> {
    /// Reads a reason.
    pub fn read(kept: &'a str) -> Self {
        let (text, maybe_taken) = kept.strip_suffix(MAYBE_TAKEN).map_or((kept, false), |text| (text, true));
        let (stage, detail) = text.split_once(": ").unwrap_or(("", text));
        let key = match (text, stage, detail) {
            (INTERRUPTED, ..) => Some(Key("reason-interrupted")),
            (UNREAD, ..) => Some(Key("reason-unread")),
            (NO_TIME, ..) => Some(Key("reason-no-time")),
            (NOT_HANDLED, ..) => Some(Key("reason-not-handled")),
            (KEY_GONE, ..) => Some(Key("reason-key-gone")),
            (_, WAIT, _) => Some(Key("reason-wait")),
            (_, _, CLOSED) => Some(Key("reason-closed")),
            (_, _, NO_STARTTLS) => Some(Key("reason-no-starttls")),
            (_, _, NO_SECRECY) => Some(Key("reason-no-secrecy")),
            (_, _, NO_WAY_IN) => Some(Key("reason-no-way-in")),
            (_, _, NO_UTF8_SENDER) => Some(Key("reason-no-utf8-sender")),
            (_, _, NO_UTF8) => Some(Key("reason-no-utf8")),
            (_, _, detail) if detail.starts_with(SILENT) => Some(Key("reason-silent")),
            (_, CONNECT, _) => Some(Key("reason-connect")),
            _ => None,
        };
        let is_answer = detail.len() >= 3 && detail.bytes().take(3).all(|byte| byte.is_ascii_digit());
        Self { text, is_answer, key, stage, detail: detail.strip_prefix(SILENT).unwrap_or(detail), maybe_taken }
    }
}

/// Whether the mail server was silent in the dialogue about this very mail, and not before it.
pub(crate) fn is_slow_recipient(kept: &str) -> bool {
    let reason = Reason::read(kept);
    reason.key == Some(Key("reason-silent")) && [MAIL_FROM, RCPT_TO, DATA, CONTENT].contains(&reason.stage)
}

#[cfg(test)]
mod tests {
    use super::{
        CLOSED, INTERRUPTED, KEY_GONE, Key, MAYBE_TAKEN, NO_SECRECY, NO_STARTTLS, NO_UTF8, NO_UTF8_SENDER, NO_WAY_IN,
        Reason, is_slow_recipient,
    };

    fn key(kept: &str) -> (bool, Option<&'static str>) {
        let reason = Reason::read(kept);
        (reason.is_answer, reason.key.map(|Key(key)| key))
    }

    #[test]
    fn our_own_reasons_are_told_from_those_of_the_mail_server() {
        assert_eq!(key(INTERRUPTED), (false, Some("reason-interrupted")));
        assert_eq!(key("waiting for a connection: nothing came within 4.0s"), (false, Some("reason-wait")));
        assert_eq!(key("connect: Connection refused (os error 111)"), (false, Some("reason-connect")));
        assert_eq!(key("connect: nothing came within 4.0s"), (false, Some("reason-silent")));
        assert_eq!(key(KEY_GONE), (false, Some("reason-key-gone")));
        for (lacking, message) in [
            (NO_STARTTLS, "reason-no-starttls"),
            (NO_SECRECY, "reason-no-secrecy"),
            (NO_WAY_IN, "reason-no-way-in"),
            (NO_UTF8, "reason-no-utf8"),
            (NO_UTF8_SENDER, "reason-no-utf8-sender"),
        ] {
            assert_eq!(key(&format!("somewhere: {lacking}")), (false, Some(message)));
        }
        assert_eq!(key("RCPT TO: 550 5.1.1 no such user"), (true, None));
        assert_eq!(key("mail/test: a template is broken"), (false, None));
    }

    #[test]
    fn a_slow_recipient_is_told_from_a_slow_server() {
        for (kept, slow) in [
            ("MAIL FROM: nothing came within 10.0s", true),
            ("RCPT TO: nothing came within 2.0s", true),
            ("end of DATA: nothing came within 10.0s; the mail may have been taken", true),
            ("greeting: nothing came within 10.0s", false),
            ("waiting for a connection: nothing came within 15.0s", false),
            ("RCPT TO: 451 4.7.1 come back later", false),
        ] {
            assert_eq!(is_slow_recipient(kept), slow, "{kept}");
        }
    }

    #[test]
    fn what_happened_where_is_read() {
        let text = format!("end of DATA: {CLOSED}{MAYBE_TAKEN}");
        let reason = Reason::read(&text);
        assert_eq!((reason.stage, reason.detail, reason.maybe_taken), ("end of DATA", CLOSED, true));
        let text = format!("end of DATA: Broken pipe (os error 32){MAYBE_TAKEN}");
        let reason = Reason::read(&text);
        assert_eq!((reason.text, reason.key), ("end of DATA: Broken pipe (os error 32)", None));
        assert_eq!(Reason::read("EHLO: nothing came within 30.0s").detail, "30.0s");
    }
}
