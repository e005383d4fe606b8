//! From nothing to a connection that takes mail: connect, greeting, EHLO, TLS, AUTH.

use std::net::IpAddr;

use base64::prelude::{BASE64_STANDARD, Engine};
use secrecy::ExposeSecret;
use tokio::net::TcpStream;

use super::{
    answer::{Answer, Offers},
    budget::Budget,
    connection::Connection,
    failure::{Cause, Failure, Stage},
    server::{Credentials, Security, Server},
    wire::Wire,
};
use crate::reason;

/// Opens a connection to `server`.
pub(super) async fn open(server: &Server, budget: &Budget) -> Result<Connection, Failure> {
    let connect = async {
        let stream = TcpStream::connect((server.host.as_str(), server.port)).await?;
        // Else every small write waits for the acknowledgement of the one before (40 ms).
        stream.set_nodelay(true)?;
        let (ours, theirs) = (stream.local_addr()?.ip(), stream.peer_addr()?.ip());
        Ok((stream, ours, theirs))
    };
    let (stream, ours, theirs) = budget.run(Stage::Connect, connect).await?;
    let mut wire = Wire::new(stream);
    if let Security::Implicit(tls) = &server.security {
        wire = wire.secured(Stage::Tls, tls, budget).await?;
    }
    wire.read(Stage::Greeting, budget).await?.agrees(Stage::Greeting)?;
    let mut offers = hello(&mut wire, ours, budget).await?;
    if let Security::StartTls(tls) = &server.security {
        if !offers.start_tls {
            return Err(Failure::new(Stage::StartTls, Cause::Lacking(reason::NO_STARTTLS)));
        }
        wire.ask(Stage::StartTls, b"STARTTLS\r\n", budget).await?.agrees(Stage::StartTls)?;
        wire = wire.secured(Stage::StartTls, tls, budget).await?;
        // What was offered in the clear may have been anybody's.
        offers = hello(&mut wire, ours, budget).await?;
    }
    if let Some(credentials) = &server.credentials {
        if !may_be_said(&server.security, theirs) {
            return Err(Failure::new(Stage::Auth, Cause::Lacking(reason::NO_SECRECY)));
        }
        authenticate(&mut wire, offers, credentials, budget).await?;
    }
    Ok(Connection::new(wire, offers))
}

/// Whether a password may be said to the server at `theirs`: under TLS, or where nobody listens in.
pub(super) fn may_be_said(security: &Security, theirs: IpAddr) -> bool {
    !matches!(security, Security::Plain) || theirs.to_canonical().is_loopback()
}

async fn hello(wire: &mut Wire, ours: IpAddr, budget: &Budget) -> Result<Offers, Failure> {
    let hello = format!("EHLO {}\r\n", name(ours));
    let answer = wire.ask(Stage::Ehlo, hello.as_bytes(), budget).await?.agrees(Stage::Ehlo)?;
    Ok(Offers::from(&answer))
}

/// Who we are: our address, since a worker need not have a name.
pub(super) fn name(ours: IpAddr) -> String {
    match ours.to_canonical() {
        IpAddr::V4(address) => format!("[{address}]"),
        IpAddr::V6(address) => format!("[IPv6:{address}]"),
    }
}

async fn authenticate(
    wire: &mut Wire,
    offers: Offers,
    credentials: &Credentials,
    budget: &Budget,
) -> Result<(), Failure> {
    let (user, password) = (&credentials.user, credentials.password.expose_secret());
    let lines = if offers.auth_plain {
        vec![("AUTH PLAIN ", BASE64_STANDARD.encode(format!("\0{user}\0{password}")))]
    } else if offers.auth_login {
        vec![("AUTH LOGIN", String::new()), ("", BASE64_STANDARD.encode(user)), ("", BASE64_STANDARD.encode(password))]
    } else {
        return Err(Failure::new(Stage::Auth, Cause::Lacking(reason::NO_WAY_IN)));
    };
    let secrets: Vec<&str> = lines.iter().map(|(_, secret)| secret.as_str()).chain([password]).collect();
    for (index, (command, secret)) in lines.iter().enumerate() {
        let answer = wire.ask(Stage::Auth, format!("{command}{secret}\r\n").as_bytes(), budget).await?;
        accepted(answer.without(&secrets), index + 1 == lines.len())?;
    }
    Ok(())
}

/// 334 asks for the next line; only after the last one is there a yes.
fn accepted(answer: Answer, is_last: bool) -> Result<(), Failure> {
    let is_accepted = if is_last { answer.is_positive() } else { answer.code == 334 };
    if is_accepted { Ok(()) } else { Err(Failure::new(Stage::Auth, Cause::Refused(answer))) }
}
