//! The mailer: hands one mail to an SMTP server, or keeps it where no server is set, and says what came of it.

use std::time::Duration;

use domain::config::MailConfig;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::PoolConfig,
};
use secrecy::ExposeSecret;

use crate::{captured::Captured, message::Mail, outcome::Outcome};

/// How many connections to the mail server one worker keeps.
const CONNECTIONS: u32 = 8;

/// A mail setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{setting}: {problem}")]
pub struct MailerError {
    /// The setting's name.
    pub setting: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

/// Sends by SMTP, keeps for /mail, or both.
#[derive(Clone, Debug)]
pub struct Mailer {
    smtp: Option<AsyncSmtpTransport<Tokio1Executor>>,
    captured: Option<Captured>,
    timeout: Duration,
}

impl Mailer {
    /// From the mail settings; must be called, and dropped, inside the runtime. The error names the setting.
    pub fn new(config: &MailConfig) -> Result<Self, MailerError> {
        mailbox(&config.from).map_err(|problem| MailerError { setting: "USHER_MAIL_FROM", problem })?;
        let smtp = match &config.smtp_url {
            None => None,
            Some(url) => {
                let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
                    .map_err(|error| MailerError { setting: "USHER_SMTP_URL", problem: error.to_string() })?;
                Some(
                    builder
                        .timeout(Some(config.smtp_timeout()))
                        .pool_config(PoolConfig::new().max_size(CONNECTIONS))
                        .build(),
                )
            }
        };
        Ok(Self { smtp, captured: config.captured.then(Captured::default), timeout: config.smtp_timeout() })
    }

    /// Where mail is kept, if it is.
    pub fn captured(&self) -> Option<&Captured> {
        self.captured.as_ref()
    }

    pub(crate) async fn send(&self, mail: &Mail) -> Outcome {
        if let Some(smtp) = &self.smtp {
            let message = match message(mail) {
                Ok(message) => message,
                Err(problem) => return Outcome::Permanent(problem),
            };
            // lettre's own time-out covers connecting only.
            match tokio::time::timeout(self.timeout, smtp.send(message)).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return failure(&error),
                Err(_) => {
                    return Outcome::Passing(format!("the mail server did not answer within {:?}", self.timeout));
                }
            }
        }
        if let Some(captured) = &self.captured {
            captured.keep(mail);
        }
        Outcome::Sent
    }
}

/// A 5xx answer is about this mail and final, but for those that refuse ourselves: we may be let in later.
fn failure(error: &lettre::transport::smtp::Error) -> Outcome {
    use std::error::Error;
    let words = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
    let about_us = error.status().is_some_and(|code| matches!(u16::from(code), 502 | 503 | 530 | 534 | 535 | 538));
    if error.is_permanent() && !about_us { Outcome::Permanent(words) } else { Outcome::Passing(words) }
}

fn mailbox(address: &str) -> Result<Mailbox, String> {
    address.parse().map_err(|error: lettre::address::AddressError| error.to_string())
}

fn message(mail: &Mail) -> Result<Message, String> {
    let mut builder = Message::builder()
        .from(mailbox(&mail.from)?)
        .to(Mailbox::new(None, mail.to.parse().map_err(|error: lettre::address::AddressError| error.to_string())?))
        .subject(mail.subject.clone())
        .message_id(Some(mail.message_id.clone()))
        .date(mail.date.into())
        .raw_header(header("Auto-Submitted", "auto-generated")?);
    if let Some(workspace) = &mail.workspace {
        builder = builder.raw_header(header("X-Usher-Workspace", workspace)?);
    }
    if let Some(invitation) = &mail.invitation {
        builder = builder.raw_header(header("X-Usher-Invitation", invitation)?);
    }
    builder
        .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
        .map_err(|error| error.to_string())
}

fn header(name: &str, value: &str) -> Result<HeaderValue, String> {
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|error| error.to_string())?;
    Ok(HeaderValue::new(name, value.to_owned()))
}
