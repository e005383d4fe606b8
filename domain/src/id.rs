//! Global identifiers: opaque to clients, and of a type. A letter for the type and the row's identifier, as base64url.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::{Error, Result};

/// What a global identifier points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An account.
    User,
    /// A session.
    Session,
    /// A workspace.
    Workspace,
    /// A location.
    Location,
    /// A membership.
    Membership,
    /// An invitation.
    Invitation,
    /// An event.
    Event,
    /// A test mail.
    TestMail,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::User,
        Self::Session,
        Self::Workspace,
        Self::Location,
        Self::Membership,
        Self::Invitation,
        Self::Event,
        Self::TestMail,
    ];

    const fn letter(self) -> u8 {
        match self {
            Self::User => b'u',
            Self::Session => b's',
            Self::Workspace => b'w',
            Self::Location => b'l',
            Self::Membership => b'm',
            Self::Invitation => b'i',
            Self::Event => b'e',
            Self::TestMail => b't',
        }
    }

    /// The global identifier of `row`.
    pub fn id(self, row: Uuid) -> String {
        let mut bytes = [self.letter(); 17];
        bytes[1..].copy_from_slice(row.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a global identifier that must be of this type: BadInput when it cannot be read, NotFound when it is of
    /// another type.
    pub fn parse(self, id: &str) -> Result<Uuid> {
        match parse(id)? {
            (kind, row) if kind == self => Ok(row),
            _ => Err(Error::NotFound),
        }
    }
}

/// Reads a global identifier of any type; BadInput when it cannot be read.
pub fn parse(id: &str) -> Result<(Kind, Uuid)> {
    let unreadable = || Error::BadInput("This is not an id.".to_owned());
    let bytes = URL_SAFE_NO_PAD.decode(id).map_err(|_| unreadable())?;
    let (letter, row) = bytes.split_first().ok_or_else(unreadable)?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.letter() == *letter).ok_or_else(unreadable)?;
    Ok((kind, Uuid::from_slice(row).map_err(|_| unreadable())?))
}
