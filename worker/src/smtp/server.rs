//! The mail server that USHER_SMTP_URL names: where it is, how it is spoken to, and who we are there.

use std::{fmt, sync::Arc};

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName},
};
use url::{Host, Url};

/// Where mail is handed in when the URL has no port.
const SMTP_PORT: u16 = 25;

/// The same for TLS from the first byte.
const SMTPS_PORT: u16 = 465;

/// A mail server.
pub(crate) struct Server {
    /// A name or an address.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) credentials: Option<Credentials>,
}

/// How the connection is protected.
pub(super) enum Security {
    Plain,
    /// By STARTTLS, and not at all if the server does not offer it.
    StartTls(Tls),
    /// From the first byte.
    Implicit(Tls),
}

/// TLS to one server.
pub(super) struct Tls {
    pub(super) connector: TlsConnector,
    /// Whom the certificate must name.
    pub(super) name: ServerName<'static>,
}

/// Who we are there.
pub(super) struct Credentials {
    pub(super) user: String,
    pub(super) password: SecretString,
}

impl Server {
    /// From `smtp://[user:password@]host[:port][?tls=required]` or `smtps://…`; certificates are checked against
    /// `roots`. The error says what is wrong, without the URL, which has the password in it.
    pub(crate) fn from_url(url: &str, roots: RootCertStore) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => decoded(name)?,
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => return Err("must name a host, as in smtp://mail.example.com".to_owned()),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err("must have nothing after the host and the port but ?tls=required".to_owned());
        }
        let (security, port) = match (url.scheme(), url.query()) {
            ("smtp", None) => (Security::Plain, SMTP_PORT),
            ("smtp", Some("tls=required")) => (Security::StartTls(Tls::new(&host, roots)?), SMTP_PORT),
            ("smtps", None | Some("tls=required")) => (Security::Implicit(Tls::new(&host, roots)?), SMTPS_PORT),
            ("smtp" | "smtps", Some(_)) => return Err("takes ?tls=required and nothing else".to_owned()),
            _ => return Err("must begin with smtp:// or smtps://".to_owned()),
        };
        Ok(Self { host, port: url.port().unwrap_or(port), security, credentials: Credentials::from_url(&url)? })
    }

    /// Whether it is spoken to without TLS.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.security, Security::Plain)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

impl Tls {
    fn new(host: &str, roots: RootCertStore) -> Result<Self, String> {
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name })
    }
}

impl Credentials {
    fn from_url(url: &Url) -> Result<Option<Self>, String> {
        match (url.username(), url.password()) {
            ("", None) => Ok(None),
            ("", Some(_)) | (_, None) => Err("must have a user and a password, or neither".to_owned()),
            (user, Some(password)) => Ok(Some(Self { user: decoded(user)?, password: decoded(password)?.into() })),
        }
    }
}

fn decoded(text: &str) -> Result<String, String> {
    let text =
        percent_decode_str(text).decode_utf8().map_err(|_| "has a percent sign that means nothing".to_owned())?;
    Ok(text.into_owned())
}
