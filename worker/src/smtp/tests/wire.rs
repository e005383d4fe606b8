//! How often we write.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex},
    sync::Semaphore,
};

use super::{PATIENT, fake, letter};
use crate::smtp::{answer::Offers, budget::Budget, connection::Connection, wire::Wire};

/// A stream that counts writes.
struct Counted {
    stream: DuplexStream,
    writes: Arc<AtomicUsize>,
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[tokio::test]
async fn a_mail_and_its_dot_are_one_write_and_a_group_of_commands_is_one() {
    for (pipelining, expected) in [(true, 2), (false, 4)] {
        let (ours, theirs) = duplex(1 << 16);
        let writes = Arc::new(AtomicUsize::new(0));
        let wire = Wire::new(Counted { stream: ours, writes: Arc::clone(&writes) });
        let mut connection = Connection::new(wire, Offers { pipelining, ..Offers::default() });
        let (letter, budget) = (letter(), Budget::new(PATIENT, &Arc::new(Semaphore::new(1))));
        tokio::select! {
            () = fake::serve(theirs) => panic!("the server went away"),
            result = connection.deliver(&letter, &budget) => result.expect("it was taken"),
        }
        assert_eq!(writes.load(Ordering::SeqCst), expected);
    }
}
