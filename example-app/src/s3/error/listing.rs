//! Listings that cannot be read.

use thiserror::Error;

use super::element::ElementError;
use crate::system::excerpt::excerpt;

/// A key that is not UTF-8, as all keys of AWS's S3 are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndecodableKey {
    /// The key, with `\x` and two digits for each byte that is not ASCII.
    pub escaped: String,
    /// The size of the object in bytes; 0 for the beginning of keys.
    pub size: u64,
}

impl UndecodableKey {
    /// The reason why it is skipped.
    pub const REASON: &str = "its key is not UTF-8, as keys must be: rolefs cannot ask for it";
}

/// A listing that cannot be read.
#[derive(Debug, Error)]
pub enum ListingError {
    /// Not XML, or a field is missing.
    #[error("the listing cannot be read: {}: check --endpoint", excerpt(&.0.to_string()))]
    Xml(#[from] ElementError),
    /// A size that is not a number.
    #[error("the listing cannot be read: the size `{0}' is not a number: check --endpoint")]
    Size(String),
    /// Not XML, since its end is missing.
    #[error("the listing breaks off: {}", excerpt(&.0.to_string()))]
    Unfinished(ElementError),
    /// A server other than S3 answered.
    #[error(
        "the server is not S3 (no listing in its response): check --endpoint, and that no proxy \
         or portal answers"
    )]
    NotAListing,
    /// There is another page, and no marker for it.
    #[error(
        "the listing is cut off without a marker for the next page: the store does not list as S3 \
         does"
    )]
    CutOff,
    /// It does not end.
    #[error("the listing does not end: the store leads back to where it was before")]
    Endless,
    /// This many pages in a row were empty, and there is another.
    #[error(
        "the listing does not end: {0} pages in a row are empty, and the store promises more: \
         name a directory below, or ask who runs the store"
    )]
    EmptyPages(u32),
    /// A key without the prefix. Continuing could delete objects that nobody named.
    #[error("the store lists `{0}', which was not asked for: it ignores the prefix")]
    NotAskedFor(String),
    /// A key that cannot be distinguished from others.
    #[error("`{0}': {reason}", reason = UndecodableKey::REASON)]
    UndecodableKey(String),
}

impl ListingError {
    /// Distinguishes a document that ends before its last tag from one that is malformed.
    pub(in crate::s3) fn new(error: ElementError, body: &str) -> Self {
        let last = body.trim_end().strip_suffix('>').and_then(|body| body.rsplit_once("</"));
        let is_whole = last.is_some_and(|(_, tag)| tag.ends_with("Result"));
        if is_whole { Self::Xml(error) } else { Self::Unfinished(error) }
    }
}
