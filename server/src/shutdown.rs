//! A graceful stop: SIGTERM or Ctrl-C ask for it, and what is in progress has a limited time to finish.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How long requests in progress may take to finish.
const REQUESTS: Duration = Duration::from_secs(18);
/// How long it may take to record what became of the last dialogue.
const RECORD: Duration = Duration::from_secs(2);

/// How long a process may go on after it was asked to stop; a `dialogue` of the mail that it delivers takes so long at most.
/// None is cut off: a mail that the server has taken would be sent again.
pub(crate) fn limit(dialogue: Option<Duration>) -> Duration {
    dialogue.map_or(REQUESTS, |dialogue| REQUESTS.max(dialogue + RECORD))
}

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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::limit;

    #[test]
    fn a_worker_stops_only_when_its_longest_dialogue_can_have_ended() {
        for (dialogue, seconds) in [(None, 18), (Some(5), 18), (Some(30), 32), (Some(300), 302)] {
            assert_eq!(limit(dialogue.map(Duration::from_secs)), Duration::from_secs(seconds), "{dialogue:?}");
        }
    }
}
