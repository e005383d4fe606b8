//! A graceful stop: SIGTERM or Ctrl-C ask for it, and within 20 seconds the process has ended.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How long requests and mails in progress may take to finish; the rest of the 20 seconds is for ending itself.
pub(crate) const LIMIT: Duration = Duration::from_secs(18);

/// A token that is cancelled by the first SIGTERM or SIGINT. Fails when signals cannot be listened to.
pub(crate) fn on_signal() -> std::io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let token = CancellationToken::new();
    let asked = token.clone();
    #[expect(clippy::disallowed_methods, reason = "listens for signals as long as the program runs")]
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: requests and mails in progress finish");
        asked.cancel();
    });
    Ok(token)
}
