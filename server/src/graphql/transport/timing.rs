//! How long connections that stay open may be silent.

use std::time::Duration;

/// How long connections that stay open may be silent.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Until the head of a connection's next request has come: longer than a proxy in front keeps a connection that it may
    /// use again.
    pub head: Duration,
    /// Until a WebSocket's `connection_init`.
    pub init: Duration,
    /// Until a WebSocket from which nothing comes is asked whether it is still there.
    pub ping: Duration,
    /// Until a WebSocket from which nothing came, not even an answer to that, is given up.
    pub silence: Duration,
    /// How long a client may take to make room: on a WebSocket for a whole message, else for anything at all.
    pub stall: Duration,
    /// Between two comments of an event stream.
    pub keep_alive: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(75),
            init: Duration::from_secs(5),
            ping: Duration::from_secs(20),
            silence: Duration::from_secs(60),
            stall: Duration::from_secs(10),
            keep_alive: Duration::from_secs(12),
        }
    }
}
