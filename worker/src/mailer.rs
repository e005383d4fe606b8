//! The mailer: hands one mail to an SMTP server, or keeps it where no server is set, and says what came of it.

use std::sync::Arc;

use domain::config::MailConfig;
use lettre::{
    Address, Message,
    address::AddressError,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use secrecy::ExposeSecret;

use crate::{
    captured::Captured,
    message::Mail,
    outcome::Outcome,
    smtp::{Letter, Pool, Server, roots},
};

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
    smtp: Option<Arc<Pool>>,
    captured: Option<Captured>,
}

impl Mailer {
    /// From the mail settings; must be called inside the runtime. The error names the setting.
    pub fn new(config: &MailConfig) -> Result<Self, MailerError> {
        mailbox(&config.from).map_err(|problem| MailerError { setting: "USHER_MAIL_FROM", problem })?;
        let pool = |server| Arc::new(Pool::new(server, config.smtp_timeout(), config.connections));
        Ok(Self { smtp: server(config)?.map(pool), captured: config.captured.then(Captured::default) })
    }

    /// Where mail is kept, if it is.
    pub fn captured(&self) -> Option<&Captured> {
        self.captured.as_ref()
    }

    /// From now on no mail is sent to a mail server.
    pub(crate) fn stop(&self) {
        if let Some(smtp) = &self.smtp {
            smtp.stop();
        }
    }

    /// Sends one mail and says what came of it. `slow` are the words of its last attempt, when the mail server was silent about
    /// it then; `is_wanted` is asked when its turn has come.
    pub(crate) async fn send(&self, mail: &Mail, slow: Option<&str>, is_wanted: impl Future<Output = bool>) -> Outcome {
        if let Some(smtp) = &self.smtp {
            let letter = match letter(mail) {
                Ok(letter) => letter,
                Err(problem) => return Outcome::Permanent(problem),
            };
            let outcome = smtp.send(&letter, slow, is_wanted).await;
            if outcome != Outcome::Sent {
                return outcome;
            }
        }
        if let Some(captured) = &self.captured {
            captured.keep(mail);
        }
        Outcome::Sent
    }
}

fn server(config: &MailConfig) -> Result<Option<Server>, MailerError> {
    let wrong = |setting| move |problem| MailerError { setting, problem };
    let own_roots = config.smtp_ca.as_deref().map(roots::of_file).transpose().map_err(wrong("USHER_SMTP_CA"))?;
    let needs_tls = own_roots.is_some();
    let roots = own_roots.unwrap_or_else(roots::mozilla);
    let server = config.smtp_url.as_ref().map(|url| Server::from_url(url.expose_secret(), roots));
    let server = server.transpose().map_err(wrong("USHER_SMTP_URL"))?;
    if needs_tls && server.as_ref().is_none_or(Server::is_plain) {
        let problem = "is for smtps:// or ?tls=required in USHER_SMTP_URL, which has neither";
        return Err(wrong("USHER_SMTP_CA")(problem.to_owned()));
    }
    Ok(server)
}

/// An address with its domain in ASCII: then only a local part outside ASCII needs a server that knows SMTPUTF8.
fn mailbox(address: &str) -> Result<Mailbox, String> {
    let mut mailbox: Mailbox = address.parse().map_err(|error: AddressError| error.to_string())?;
    let domain = mailbox.email.domain();
    if !domain.is_ascii() {
        let domain = idna::domain_to_ascii(domain).map_err(|error| error.to_string())?;
        mailbox.email = Address::new(mailbox.email.user(), domain).map_err(|error| error.to_string())?;
    }
    Ok(mailbox)
}

fn letter(mail: &Mail) -> Result<Letter, String> {
    let from = mailbox(&mail.from)?;
    let to = Mailbox::new(None, mailbox(&mail.to)?.email);
    Ok(Letter { from: from.email.to_string(), to: to.email.to_string(), content: message(mail, from, to)?.formatted() })
}

fn message(mail: &Mail, from: Mailbox, to: Mailbox) -> Result<Message, String> {
    let mut builder = Message::builder()
        .from(from)
        .to(to)
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
