//! Tokens: links in mails, derived from a key and never stored, and random session tokens, of which the hash is stored.
//!
//! A link's token is `version ‖ key id ‖ id ‖ generation ‖ MAC`, 39 bytes as 52 characters of base64url. The MAC covers
//! the purpose too, so that a link for one thing cannot be used for another.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Error, Result};

const VERSION: u8 = 1;
const MAC_LENGTH: usize = 16;
const LENGTH: usize = 1 + 4 + 16 + 2 + MAC_LENGTH;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Joining a workspace; the id is an invitation's.
    Invitation,
    /// Verifying an address; the id is a registration's.
    VerifyEmail,
    /// Setting a new password; the id is a password reset's.
    ResetPassword,
    /// Taking a deleted workspace back; the id is the workspace's, the generation says which deletion.
    CancelDeletion,
}

impl Purpose {
    const fn name(self) -> &'static [u8] {
        match self {
            Self::Invitation => b"invitation",
            Self::VerifyEmail => b"verify-email",
            Self::ResetPassword => b"reset-password",
            Self::CancelDeletion => b"cancel-deletion",
        }
    }
}

/// What a genuine link says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The row it was made for.
    pub id: Uuid,
    /// The generation it was made with.
    pub generation: i32,
}

/// The keys of links, newest first: the newest makes, all of them verify.
#[derive(Clone, Debug)]
pub struct Keys {
    keys: Vec<Key>,
}

#[derive(Clone, Debug)]
struct Key {
    id: u32,
    secret: SecretString,
}

impl Keys {
    /// Keys from their texts, newest first. None when there is no key, or one has fewer than 32 bytes.
    pub fn new(texts: &[SecretString]) -> Option<Self> {
        let long_enough = |text: &SecretString| text.expose_secret().len() >= 32;
        if texts.is_empty() || !texts.iter().all(long_enough) {
            return None;
        }
        let keys = texts.iter().map(|secret| Key { id: key_id(secret), secret: secret.clone() }).collect();
        Some(Self { keys })
    }

    /// The id of the key that new links are made with, for the outbox row.
    pub fn newest(&self) -> i64 {
        self.keys.first().map_or(0, |key| i64::from(key.id))
    }

    /// The token of a link made with the key `key_id`; none when that key is no longer here.
    pub fn link(&self, key_id: i64, purpose: Purpose, link: Link) -> Option<SecretString> {
        let key = self.keys.iter().find(|key| i64::from(key.id) == key_id)?;
        let generation = u16::try_from(link.generation).ok()?;
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.push(VERSION);
        bytes.extend(key.id.to_be_bytes());
        bytes.extend(link.id.as_bytes());
        bytes.extend(generation.to_be_bytes());
        let tag = mac(&key.secret, purpose, &bytes)?.finalize().into_bytes();
        bytes.extend(&tag[..MAC_LENGTH]);
        Some(URL_SAFE_NO_PAD.encode(bytes).into())
    }

    /// A keyed hash of something personal: the same for the same parts, and telling nothing of them without the key.
    pub(crate) fn pseudonym(&self, parts: &[&str]) -> String {
        let secret = self.keys.first().map_or("", |key| key.secret.expose_secret());
        let mac =
            Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap_or_else(|_| unreachable!("any length is a key"));
        let mac =
            parts.iter().fold(mac.chain_update(b"pseudonym"), |mac, part| mac.chain_update([0]).chain_update(part));
        URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..MAC_LENGTH])
    }

    /// What a token says, if one of our keys made it for this purpose.
    pub fn verify(&self, purpose: Purpose, token: &str) -> Option<Link> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() == LENGTH)?;
        let (body, tag) = bytes.split_at(LENGTH - MAC_LENGTH);
        let key_id = u32::from_be_bytes(body.get(1..5)?.try_into().ok()?);
        let key = self.keys.iter().find(|key| key.id == key_id).filter(|_| body[0] == VERSION)?;
        mac(&key.secret, purpose, body)?.verify_truncated_left(tag).ok()?;
        let id = Uuid::from_slice(body.get(5..21)?).ok()?;
        let generation = i32::from(u16::from_be_bytes(body.get(21..23)?.try_into().ok()?));
        Some(Link { id, generation })
    }
}

fn mac(secret: &SecretString, purpose: Purpose, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(purpose.name());
    mac.update(&[0]);
    mac.update(body);
    Some(mac)
}

/// Names a key without telling anything of it.
fn key_id(secret: &SecretString) -> u32 {
    let digest = Sha256::new().chain_update(b"usher key id\0").chain_update(secret.expose_secret()).finalize();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// A new random token of 256 bits, as base64url.
pub fn random() -> Result<SecretString> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes).into())
}

/// The hash under which a random token is stored: SHA-256, enough for 256 random bits.
pub fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
