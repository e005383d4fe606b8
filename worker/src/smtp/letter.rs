//! A mail as SMTP sees it: an envelope and a content.

/// A mail, ready for the wire.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    /// The sender's address, without angle brackets.
    pub(crate) from: String,
    /// The recipient's address, without angle brackets.
    pub(crate) to: String,
    /// Headers and body.
    pub(crate) content: Vec<u8>,
}

impl Letter {
    /// What follows DATA, with the final dot, in one piece: written in two, the second would wait for the first one's
    /// acknowledgement (40 ms). Every line ends with CRLF whatever it ended with, so that nothing in the content can pass
    /// for its end, and a dot that begins a line is doubled.
    pub(super) fn to_wire(&self) -> Vec<u8> {
        let mut wire = Vec::with_capacity(self.content.len() + self.content.len() / 32 + 8);
        for line in self.content.split_inclusive(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.starts_with(b".") {
                wire.push(b'.');
            }
            wire.extend_from_slice(line);
            wire.extend_from_slice(b"\r\n");
        }
        wire.extend_from_slice(b".\r\n");
        wire
    }
}
