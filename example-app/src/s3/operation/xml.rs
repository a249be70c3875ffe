//! The XML of listings.

use percent_encoding::percent_decode_str;

use crate::s3::error::body::root_element;
use crate::s3::error::element::{Element, ElementError};
use crate::s3::error::listing::ListingError;
use crate::system::excerpt::{escaped, shortened};

/// Reads a flag: `true` or `false`, in upper or lower case. Any other text, or none, says neither.
pub(in crate::s3) fn flag(
    list: &Element,
    name: &'static str,
) -> Result<Option<bool>, ElementError> {
    Ok(list.optional(name)?.and_then(|text| text.trim().to_ascii_lowercase().parse().ok()))
}

/// Reads the size of an item. One that a store leaves out, or leaves empty, is 0.
pub(in crate::s3) fn size_of(item: &Element) -> Result<u64, ListingError> {
    let text = item.optional("Size")?.unwrap_or_default();
    match text.trim() {
        "" => Ok(0),
        size => size.parse().map_err(|_| ListingError::Size(escaped(text))),
    }
}

/// Reads the body of a listing. Other responses with status 200 lack its element.
pub(in crate::s3) fn listing(body: &str, element: &str) -> Result<Element, ListingError> {
    if root_element(body) != Some(element) {
        return Err(ListingError::NotAListing);
    }
    Element::read(body).map_err(|error| ListingError::new(error, body))
}

/// Reads a key as a listing writes it, of this `EncodingType`.
///
/// # Errors
/// With the key, escaped, if it is not UTF-8.
pub(in crate::s3) fn decoded(text: &str, encoding_type: Option<&str>) -> Result<String, String> {
    if encoding_type != Some("url") {
        return Ok(text.to_owned());
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
