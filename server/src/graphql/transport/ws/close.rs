//! Why a connection is closed, with the codes of the protocol.

use axum::extract::ws::CloseFrame;

/// Why a connection is closed.
#[derive(Debug)]
pub(super) enum Close {
    /// 4400: a message that is none of the protocol's; what is wrong with it.
    BadRequest(String),
    /// 4401: an operation before the connection was acknowledged.
    Unauthorized,
    /// 4403: a token that is not, or no longer, that of a session.
    Forbidden,
    /// 4406: the client speaks another protocol.
    Protocol,
    /// 4408: no `connection_init` in time.
    InitTimeout,
    /// 4409: an operation with the id of one in progress.
    Duplicate(String),
    /// 4429: a second `connection_init`.
    SecondInit,
    /// 4500: we failed.
    Internal,
    /// 1001: the server stops.
    GoingAway,
    /// The client is gone or takes nothing more: there is nobody to tell.
    Gone,
}

/// The longest reason, in bytes: a frame for control has no room for more.
const REASON: usize = 123;

impl Close {
    /// The frame that tells the client, if there is somebody to tell.
    pub(super) fn frame(self) -> Option<CloseFrame> {
        let (code, mut reason) = match self {
            Self::BadRequest(problem) => (4400, problem),
            Self::Unauthorized => (4401, "Unauthorized".to_owned()),
            Self::Forbidden => (4403, "Forbidden".to_owned()),
            Self::Protocol => (4406, "Subprotocol not acceptable".to_owned()),
            Self::InitTimeout => (4408, "Connection initialisation timeout".to_owned()),
            Self::Duplicate(id) => (4409, format!("Subscriber for {id} already exists")),
            Self::SecondInit => (4429, "Too many initialisation requests".to_owned()),
            Self::Internal => (4500, "Internal server error".to_owned()),
            Self::GoingAway => (1001, "The server stops".to_owned()),
            Self::Gone => return None,
        };
        reason.truncate(reason.floor_char_boundary(REASON));
        Some(CloseFrame { code, reason: reason.into() })
    }
}
