//! Documents: from what a client sends to what can be executed, within the limits. Those that were sent lately are kept
//! parsed, by their SHA-256, so that a client need not send them again (automatic persisted queries); or a closed
//! deployment takes those of its list and no other.

mod fields;
mod list;
mod merging;
mod response;
mod root;
mod size;
mod tokens;
mod unfold;
mod values;

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{
    ServerError,
    parser::{parse_query, types::ExecutableDocument},
};
use lru::LruCache;
use sha2::{Digest, Sha256};

pub use self::list::{DocumentList, ListError};
pub(super) use self::{fields::FieldTypes, response::ResponseShape, unfold::unfold, values::check as check_values};
use super::error::{bad_input, coded};

/// A SHA-256.
type Hash = [u8; 32];

/// How many bytes of text the kept documents may have been together.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// The documents that can be executed.
#[derive(Debug)]
pub(crate) enum Documents {
    /// Any, and those that were sent lately.
    Any(Mutex<Kept>),
    /// Those of a list.
    Listed(DocumentList),
}

/// Documents that were sent lately.
#[derive(Debug)]
pub(crate) struct Kept {
    documents: LruCache<Hash, (Arc<ExecutableDocument>, usize)>,
    /// How many bytes of text they were.
    bytes: usize,
    /// How many that may be.
    room: usize,
}

impl Documents {
    /// With a list only what it holds can be executed, and what our own pages send.
    pub(crate) fn new(list: Option<DocumentList>, own: &[String], types: &FieldTypes) -> Self {
        match list {
            Some(list) => Self::Listed(list.with_own(own, types)),
            None => Self::Any(Mutex::new(Kept::new(KEPT_BYTES))),
        }
    }

    /// The document with this text; `hash` is the SHA-256 that the client says it has.
    pub(crate) fn by_text(
        &self,
        text: &str,
        hash: Option<&str>,
        types: &FieldTypes,
    ) -> Result<Arc<ExecutableDocument>, ServerError> {
        let own: Hash = Sha256::digest(text).into();
        if hash.is_some_and(|hash| read_hash(hash) != Some(own)) {
            return Err(bad_input("The sha256Hash is not that of the query."));
        }
        match self {
            Self::Any(kept) => {
                if let Some(document) = lock(kept).find(&own) {
                    return Ok(document);
                }
                let document = Arc::new(parse(text, types)?);
                lock(kept).keep(own, &document, text.len());
                Ok(document)
            }
            Self::Listed(list) => {
                tokens::check(text)?;
                let unknown =
                    || bad_input("This server executes only the operations of its own list (USHER_OPERATIONS).");
                list.by_text(text).ok_or_else(unknown)
            }
        }
    }

    /// The document with this SHA-256; PERSISTED_QUERY_NOT_FOUND makes the client send its text.
    pub(crate) fn by_hash(&self, hash: &str) -> Result<Arc<ExecutableDocument>, ServerError> {
        let found = read_hash(hash).and_then(|hash| match self {
            Self::Any(kept) => lock(kept).find(&hash),
            Self::Listed(list) => list.by_hash(&hash),
        });
        // Clients look for exactly this message.
        found.ok_or_else(|| coded("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"))
    }
}

impl Kept {
    fn new(room: usize) -> Self {
        Self { documents: LruCache::unbounded(), bytes: 0, room }
    }

    fn find(&mut self, hash: &Hash) -> Option<Arc<ExecutableDocument>> {
        self.documents.get(hash).map(|(document, _)| Arc::clone(document))
    }

    fn keep(&mut self, hash: Hash, document: &Arc<ExecutableDocument>, length: usize) {
        self.bytes += length;
        if let Some((_, (_, before))) = self.documents.push(hash, (Arc::clone(document), length)) {
            self.bytes -= before;
        }
        while self.bytes > self.room {
            let Some((_, (_, length))) = self.documents.pop_lru() else { return };
            self.bytes -= length;
        }
    }
}

fn lock(kept: &Mutex<Kept>) -> std::sync::MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Parses a text that is within the limits, and checks what the library's validation leaves out.
fn parse(text: &str, types: &FieldTypes) -> Result<ExecutableDocument, ServerError> {
    tokens::check(text)?;
    let document = parse_query(text).map_err(|error| {
        let error = ServerError::from(error);
        ServerError { locations: error.locations, ..coded("GRAPHQL_PARSE_FAILED", error.message) }
    })?;
    size::check(&document)?;
    root::check(&document)?;
    merging::check(&document, types)?;
    Ok(document)
}

fn read_hash(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    let digits = text.as_bytes();
    // A sign would be taken for a digit.
    if digits.len() != 2 * hash.len() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{FieldTypes, Kept, parse, read_hash};

    #[test]
    fn a_hash_has_64_hexadecimal_digits() {
        assert_eq!(read_hash(&"0F".repeat(32)), Some([15; 32]));
        for text in ["+f".repeat(32), "0f".repeat(31), "0f".repeat(33), "0g".repeat(32), "é".repeat(32)] {
            assert_eq!(read_hash(&text), None, "{text}");
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_newest() {
        let document = Arc::new(parse("{ a }", &FieldTypes::of(&[])).expect("a document"));
        let mut kept = Kept::new(100);
        for number in 0..20 {
            kept.keep([number; 32], &document, 15);
            kept.find(&[0; 32]).expect("the one that is used all the time");
        }
        assert_eq!((kept.documents.len(), kept.bytes), (6, 90));
        assert!(kept.find(&[19; 32]).is_some() && kept.find(&[14; 32]).is_none());
        kept.keep([19; 32], &document, 15);
        assert_eq!((kept.documents.len(), kept.bytes), (6, 90));
        kept.keep([20; 32], &document, 101);
        assert_eq!((kept.documents.len(), kept.bytes), (0, 0));
    }
}
