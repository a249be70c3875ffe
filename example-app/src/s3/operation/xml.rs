//! The XML of listings.

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::s3::error::body::root_element;
use crate::s3::error::listing::ListingError;
use crate::system::excerpt::{escaped, shortened};

/// A flag: `true` or `false`, in upper or lower case. Any other text, or none, says neither.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(in crate::s3) struct Flag(Option<bool>);

impl From<String> for Flag {
    fn from(text: String) -> Self {
        Self(text.trim().to_ascii_lowercase().parse().ok())
    }
}

impl Flag {
    pub(in crate::s3) fn value(flag: Option<Self>) -> Option<bool> {
        flag?.0
    }
}

/// Reads a size. One that a store leaves out, or leaves empty, is 0.
pub(in crate::s3) fn size_of(text: &str) -> Result<u64, ListingError> {
    match text.trim() {
        "" => Ok(0),
        size => size.parse().map_err(|_| ListingError::Size(escaped(text))),
    }
}

/// Reads the body of a listing. Other responses with status 200 lack its element.
pub(in crate::s3) fn listing<T: DeserializeOwned>(
    body: &str,
    element: &str,
) -> Result<T, ListingError> {
    if root_element(body) != Some(element) {
        return Err(ListingError::NotAListing);
    }
    let body = body.trim_start_matches('\u{feff}');
    quick_xml::de::from_str(body).map_err(|error| ListingError::new(error, body))
}

/// Reads a key as a listing writes it, of this `EncodingType`.
///
/// # Errors
/// With the key, escaped, if it is not UTF-8.
pub(in crate::s3) fn decoded(text: String, encoding_type: Option<&str>) -> Result<String, String> {
    if encoding_type != Some("url") {
        return Ok(text);
    }
    // A space can be written as a plus here, and a plus then is %2B.
    let bytes: Vec<u8> = percent_decode_str(&text.replace('+', " ")).collect();
    String::from_utf8(bytes).map_err(|error| error.as_bytes().escape_ascii().to_string())
}

/// Reads the body of a listing.
///
/// # Errors
/// With the element that is not UTF-8: a store that does not encode keys sends such.
pub(in crate::s3) fn text_of(body: &[u8]) -> Result<&str, ListingError> {
    core::str::from_utf8(body).map_err(|error| {
        let (before, after) = body.split_at_checked(error.valid_up_to()).unwrap_or((body, &[]));
        let begin = before.rsplit(|byte| *byte == b'>').next().unwrap_or_default();
        let end = after.split(|byte| *byte == b'<').next().unwrap_or_default();
        ListingError::UndecodableKey(shortened(&[begin, end].concat().escape_ascii().to_string()))
    })
}
