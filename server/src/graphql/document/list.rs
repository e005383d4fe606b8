//! The list of a closed deployment: a folder of `.graphql` files, each a document as clients send it.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_graphql::{ServerError, parser::types::ExecutableDocument};
use sha2::{Digest, Sha256};

use super::{FieldTypes, Hash, parse, tokens::fingerprint};
use crate::graphql::{self, UsherSchema};

/// A folder, or a file in it, that cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// It cannot be read.
    #[error("{0}: {1}")]
    Io(PathBuf, #[source] io::Error),
    /// It is no document within the limits, or none of our schema.
    #[error("{0}: {1}")]
    Document(PathBuf, String),
    /// There is nothing to execute.
    #[error("{0}: no file ends in .graphql")]
    Empty(PathBuf),
}

/// The documents that may be executed.
#[derive(Debug)]
pub struct DocumentList {
    by_tokens: HashMap<Hash, Arc<ExecutableDocument>>,
    by_hash: HashMap<Hash, Arc<ExecutableDocument>>,
}

impl DocumentList {
    /// Reads every `.graphql` file of a folder and of the folders in it.
    pub fn read(folder: &Path) -> Result<Self, ListError> {
        let mut list = Self { by_tokens: HashMap::new(), by_hash: HashMap::new() };
        list.add_folder(folder, &graphql::schema(true))?;
        if list.by_hash.is_empty() { Err(ListError::Empty(folder.to_owned())) } else { Ok(list) }
    }

    /// Adds the documents of our own pages. One that cannot be taken is no use to them without a list either.
    pub(super) fn with_own(mut self, texts: &[String], types: &FieldTypes) -> Self {
        for text in texts {
            match parse(text, types) {
                Ok(document) => self.add(text, &Arc::new(document)),
                Err(error) => tracing::warn!(error = error.message, text, "a page of ours sends what cannot be taken"),
            }
        }
        self
    }

    fn add_folder(&mut self, folder: &Path, schema: &UsherSchema) -> Result<(), ListError> {
        let unread = |error| ListError::Io(folder.to_owned(), error);
        for entry in fs::read_dir(folder).map_err(unread)? {
            let path = entry.map_err(unread)?.path();
            if path.is_dir() {
                self.add_folder(&path, schema)?;
            } else if path.extension().is_some_and(|extension| extension == "graphql") {
                let text = fs::read_to_string(&path).map_err(|error| ListError::Io(path.clone(), error))?;
                let document = parse(&text, schema.field_types()).and_then(|document| match schema.fault(&document) {
                    Some(fault) => Err(fault),
                    None => Ok(document),
                });
                let document = document.map_err(|error| ListError::Document(path, located(&error)))?;
                self.add(&text, &Arc::new(document));
            }
        }
        Ok(())
    }

    fn add(&mut self, text: &str, document: &Arc<ExecutableDocument>) {
        self.by_tokens.insert(fingerprint(text), Arc::clone(document));
        // The text without the line break that editors put at the end of a file is what clients hash.
        for text in [text, text.trim_end()] {
            self.by_hash.insert(Sha256::digest(text).into(), Arc::clone(document));
        }
    }

    pub(super) fn by_text(&self, text: &str) -> Option<Arc<ExecutableDocument>> {
        self.by_tokens.get(&fingerprint(text)).cloned()
    }

    pub(super) fn by_hash(&self, hash: &Hash) -> Option<Arc<ExecutableDocument>> {
        self.by_hash.get(hash).cloned()
    }
}

/// What is wrong, and where.
fn located(error: &ServerError) -> String {
    let at = error.locations.first().map(|at| format!("line {}, column {}: ", at.line, at.column));
    format!("{}{}", at.unwrap_or_default(), error.message)
}
