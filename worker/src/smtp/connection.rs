//! A connection that takes mails, one after the other.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    answer::Offers,
    budget::Budget,
    failure::{Cause, Failure, Stage},
    letter::Letter,
    wire::Wire,
};
use crate::reason;

/// How many mails a connection carries before it is closed; many servers count too.
const MAILS_MAX: u32 = 100;

/// How long a connection may lie idle and still be believed alive without asking.
const BELIEVED: Duration = Duration::from_secs(5);

/// What a connection is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// For the next mail.
    Clean,
    /// For the next mail after RSET.
    Refused,
    /// For nothing: in the middle of a dialogue, or broken there.
    Unknown,
}

/// An open connection. Dropping it closes it at once, without QUIT.
pub(super) struct Connection {
    wire: Wire,
    offers: Offers,
    state: State,
    mails: u32,
    used: Instant,
}

impl Connection {
    /// A connection that has said EHLO and been let in.
    pub(super) fn new(wire: Wire, offers: Offers) -> Self {
        Self { wire, offers, state: State::Clean, mails: 0, used: Instant::now() }
    }

    /// How long it has done nothing.
    pub(super) fn idle(&self) -> Duration {
        self.used.elapsed()
    }

    /// Whether it can carry another mail.
    pub(super) fn can_be_kept(&self) -> bool {
        self.state != State::Unknown && self.mails < MAILS_MAX
    }

    /// Whether the server has ended it. Costs nothing.
    pub(super) fn has_ended(&mut self) -> bool {
        self.wire.has_ended()
    }

    /// Whether it can be used again, which costs a round trip only after a refusal or a while.
    pub(super) async fn is_ready(&mut self, budget: &Budget) -> bool {
        let command: &[u8] = match self.state {
            State::Clean if self.idle() < BELIEVED => return true,
            State::Clean => b"NOOP\r\n",
            // Only now, so that the refused mail's record does not wait for it.
            State::Refused => b"RSET\r\n",
            State::Unknown => return false,
        };
        self.state = State::Unknown;
        let answer = self.wire.ask(Stage::Check, command, budget).await;
        let is_ready = answer.is_ok_and(|answer| answer.is_positive());
        if is_ready {
            self.state = State::Clean;
        }
        is_ready
    }

    /// Hands in one mail; Ok means that the server has taken it.
    pub(super) async fn deliver(&mut self, letter: &Letter, budget: &Budget) -> Result<(), Failure> {
        let commands = self.envelope(letter)?;
        // Until the dialogue has come to an orderly end; it may also be dropped in the middle.
        self.state = State::Unknown;
        self.mails += 1;
        let result = self.hand_in(&commands, letter, budget).await;
        match &result {
            Ok(()) => self.state = State::Clean,
            Err(failure) if failure.ends_session() => self.state = State::Unknown,
            // `hand_in` knows whether all that was asked has been answered.
            Err(_) => {}
        }
        self.used = Instant::now();
        result
    }

    /// Closes it politely, without waiting for the answer.
    pub(super) fn quit(self) {
        self.wire.quit();
    }

    async fn hand_in(&mut self, commands: &[(Stage, String)], letter: &Letter, budget: &Budget) -> Result<(), Failure> {
        self.announce(commands, budget).await?;
        let answer = self.wire.ask(Stage::Content, &letter.to_wire(), budget).await?;
        self.state = State::Refused;
        answer.agrees(Stage::Content)?;
        Ok(())
    }

    /// The commands before the content. An address that cannot be written without SMTPUTF8 needs a server that has it: without,
    /// our own is for the operator to change, and the recipient's can never be told.
    fn envelope(&self, letter: &Letter) -> Result<[(Stage, String); 3], Failure> {
        let mut mail = format!("MAIL FROM:<{}>", letter.from);
        if self.offers.size {
            mail += &format!(" SIZE={}", letter.content.len());
        }
        if self.offers.eight_bit && !letter.content.is_ascii() {
            mail += " BODY=8BITMIME";
        }
        let needs_utf8 = |address: &str| !address.is_ascii();
        if needs_utf8(&letter.from) && !self.offers.utf8 {
            return Err(Failure::new(Stage::Ehlo, Cause::Lacking(reason::NO_UTF8_SENDER)));
        }
        if needs_utf8(&letter.to) && !self.offers.utf8 {
            return Err(Failure::new(Stage::RcptTo, Cause::Lacking(reason::NO_UTF8)));
        }
        if needs_utf8(&letter.from) || needs_utf8(&letter.to) {
            mail += " SMTPUTF8";
        }
        Ok([
            (Stage::MailFrom, mail + "\r\n"),
            (Stage::RcptTo, format!("RCPT TO:<{}>\r\n", letter.to)),
            (Stage::Data, "DATA\r\n".to_owned()),
        ])
    }

    /// Says the commands, all at once where the server can take them so. The first no counts; after it the answers to the
    /// others are still read, since they are on their way.
    async fn announce(&mut self, commands: &[(Stage, String)], budget: &Budget) -> Result<(), Failure> {
        let group = self.offers.pipelining;
        if group {
            let all: String = commands.iter().map(|(_, command)| command.as_str()).collect();
            self.wire.write(Stage::MailFrom, all.as_bytes(), budget).await?;
        }
        let mut refusal = None;
        for (stage, command) in commands {
            if !group {
                self.wire.write(*stage, command.as_bytes(), budget).await?;
            }
            let answer = match self.wire.read(*stage, budget).await {
                Ok(answer) => answer,
                Err(failure) => return Err(refusal.unwrap_or(failure)),
            };
            if refusal.is_some() && answer.code == 354 {
                // Asked for a mail to nobody, one has to give it: an empty one.
                if let Err(failure) = self.wire.ask(Stage::Data, b".\r\n", budget).await {
                    return Err(refusal.unwrap_or(failure));
                }
            }
            refusal = refusal.or(answer.agrees(*stage).err());
            if refusal.is_some() && !group {
                break;
            }
        }
        let Some(refusal) = refusal else { return Ok(()) };
        self.state = State::Refused;
        Err(refusal)
    }
}
