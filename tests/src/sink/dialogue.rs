//! One connection to the sink.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{Instant, sleep};

use super::ledger::UnderWay;
use super::{Mood, State};

/// A client that is told of its mail within this time has not lost its patience.
const PROMPT: Duration = Duration::from_secs(1);

const OFFERS: &str = "250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8";

/// Talks until either side has had enough.
pub(super) async fn talk(stream: TcpStream, state: &State) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (reader, writer) = stream.into_split();
    let mut talk = Talk { reader: BufReader::new(reader), writer, state, mail: None };
    let mut line = "connect".to_owned();
    loop {
        let mood = talk.mood();
        if mood == Mood::Silent {
            talk.mail.iter().for_each(UnderWay::give_up);
            return until_closed(&mut talk.reader).await;
        }
        let goes_on = talk.answer(&line, mood).await?;
        if !goes_on {
            return Ok(());
        }
        line.clear();
        if talk.reader.read_line(&mut line).await? == 0 {
            return Ok(());
        }
    }
}

async fn until_closed(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    tokio::io::copy(reader, &mut tokio::io::sink()).await.map(drop)
}

struct Talk<'a> {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    state: &'a State,
    /// The mail that has a recipient.
    mail: Option<UnderWay<'a>>,
}

impl Talk<'_> {
    fn mood(&self) -> Mood {
        *self.state.mood.borrow()
    }

    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.writer.write_all(format!("{text}\r\n").as_bytes()).await
    }

    /// Answers one line; false when that was the last word.
    async fn answer(&mut self, line: &str, mood: Mood) -> io::Result<bool> {
        match line.split([' ', ':']).next().unwrap_or_default().trim_end() {
            "connect" => self.say("220 sink.test").await?,
            "EHLO" => self.say(OFFERS).await?,
            "MAIL" if mood == Mood::Busy => {
                self.say("421 4.3.2 too busy").await?;
                return Ok(false);
            }
            "MAIL" | "RSET" => {
                self.mail = None;
                self.say("250 fine").await?;
            }
            "RCPT" => self.recipient(line, mood).await?,
            "DATA" if self.mail.is_none() => self.say("503 5.5.1 no recipient").await?,
            "DATA" => return self.content().await,
            "QUIT" => {
                self.say("221 bye").await?;
                return Ok(false);
            }
            _ => self.say("250 fine").await?,
        }
        Ok(true)
    }

    async fn recipient(&mut self, line: &str, mood: Mood) -> io::Result<()> {
        let recipient = line.split(['<', '>']).nth(1).unwrap_or_default();
        if recipient.starts_with("nobody") {
            return self.say("550 5.1.1 no such person").await;
        }
        if recipient.starts_with("silent") {
            let _waits = self.state.ledger.begin(recipient);
            return until_closed(&mut self.reader).await;
        }
        if mood == Mood::Greylisting && !self.state.ledger.knows(recipient) {
            return self.say("451 4.7.1 come back later").await;
        }
        self.mail = Some(self.state.ledger.begin(recipient));
        self.say("250 fine").await
    }

    /// Reads a mail, takes it, and says so in its own good time.
    async fn content(&mut self) -> io::Result<bool> {
        self.say("354 go on").await?;
        let Some(content) = self.read_content().await? else { return Ok(false) };
        sleep(self.state.pace / 2).await;
        let Some(mail) = self.mail.take() else { return Ok(false) };
        let (place, taken) = (mail.take(content), Instant::now());
        sleep(self.state.pace / 2).await;
        match self.mood() {
            Mood::Cutting => return Ok(false),
            Mood::Silent => {
                until_closed(&mut self.reader).await?;
                return Ok(false);
            }
            Mood::Holding => {
                let mut mood = self.state.mood.subscribe();
                tokio::select! {
                    _ = mood.wait_for(|mood| *mood != Mood::Holding) => {}
                    _ = self.reader.read_u8() => return Ok(false),
                }
            }
            Mood::Polite | Mood::Busy | Mood::Greylisting => {}
        }
        drop(mail);
        let said = self.say("250 2.0.0 taken").await;
        if taken.elapsed() < PROMPT {
            self.state.ledger.told(place);
        }
        said.map(|()| true)
    }

    /// The content up to its dot; none when the connection ended before.
    async fn read_content(&mut self) -> io::Result<Option<String>> {
        let mut content = String::new();
        loop {
            let begin = content.len();
            if self.reader.read_line(&mut content).await? == 0 {
                return Ok(None);
            }
            match &content[begin..] {
                ".\r\n" => {
                    content.truncate(begin);
                    return Ok(Some(content));
                }
                line if line.starts_with('.') => drop(content.remove(begin)),
                _ => {}
            }
        }
    }
}
