//! What one request may ask for. Whatever goes beyond is refused with its number in the message, as early as it can be
//! known: by the bytes, then the tokens, then the parsed document.

/// The largest body of a request, in bytes: a bulk send of 1,000 rows with messages of 1,000 characters fits, unless a
/// client escapes every one of them.
pub(crate) const BODY: usize = BODY_MB * 1024 * 1024;
/// The same in megabytes, as people are told.
pub(crate) const BODY_MB: usize = 4;
/// The largest message over a WebSocket, in bytes.
pub(crate) const MESSAGE: usize = 1024 * 1024;
/// How many operations may be in progress on a WebSocket.
pub(crate) const OPERATIONS: usize = 100;

/// How many values variables and extensions may hold together: 1,000 rows with some 200 locations each. As many may all
/// arguments of an operation hold, each use of a variable counted.
pub(crate) const VALUES: usize = 250_000;
/// With how many bytes a string in an argument counts as one more value.
pub(crate) const STRING: usize = 64;
/// How many elements a list in them may have. Each mutation has a lower limit of its own for what it takes.
pub(crate) const LIST: usize = 10_000;

/// How long a document may be, in bytes.
pub(crate) const DOCUMENT: usize = 256 * 1024;
/// How many tokens a document may have.
pub(crate) const TOKENS: usize = 15_000;
/// How deep the brackets of a document may nest: the parser recurses for each.
pub(crate) const NESTING: usize = 64;
/// How deep selections may nest, fragments included.
pub(crate) const SELECTIONS: usize = 32;
/// How deep fields may nest: twice what GraphiQL asks for.
pub(crate) const DEPTH: usize = 25;
/// How many fields a document may ask for, each spread of a fragment counted.
pub(crate) const FIELDS: usize = 1_000;
/// How many of them may have an alias.
pub(crate) const ALIASES: usize = 200;
/// How many directives a document may apply, each spread of a fragment counted.
pub(crate) const DIRECTIVES: usize = 200;
/// How many values of the schema itself a document may ask for, each list counted with some rows: more than GraphiQL does.
pub(crate) const INTROSPECTION: usize = 250_000;
/// How much a document may cost: each field is 1, and what a list holds counts once for each row of the page.
pub(crate) const COMPLEXITY: usize = 10_000;
/// With how many rows a list without pages counts.
pub(crate) const UNPAGED: i32 = 10;
