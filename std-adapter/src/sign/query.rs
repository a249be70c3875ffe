//! The query of a URL, as signatures see it.

use std::borrow::Cow;

/// A name and a value of a query, decoded. They need not be UTF-8.
///
/// ```
/// use rolesig_std::sign::{QueryPair, decode_query};
///
/// let pairs: Vec<QueryPair<'_>> = decode_query("prefix=logs%2F");
/// let (name, value) = &pairs[0];
/// assert_eq!((&**name, &**value), (&b"prefix"[..], &b"logs/"[..]));
/// ```
pub type QueryPair<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// The pairs that signing by query adds.
const OF_A_SIGNATURE: [&[u8]; 8] = [
    b"X-Amz-Algorithm",
    b"X-Amz-Credential",
    b"X-Amz-Date",
    b"X-Amz-Expires",
    b"X-Amz-S3session-Token",
    b"X-Amz-Security-Token",
    SIGNATURE,
    b"X-Amz-SignedHeaders",
];
const SIGNATURE: &[u8] = b"X-Amz-Signature";

/// Splits a query into its pairs and decodes each once, as a signer by
/// [`ByteQuery`](rolesig::ByteQuery) and [`ReceivedRequest`](rolesig::ReceivedRequest) take them.
/// A `+` is a plus: this is a URL, not a form. A request that was received is decoded by
/// [`ReceivedQuery`](crate::verify::ReceivedQuery), as its service reads it.
///
/// ```
/// let pairs = rolesig_std::sign::decode_query("q=caf%E9&acl");
/// assert_eq!((&*pairs[0].0, &*pairs[0].1), (&b"q"[..], &b"caf\xe9"[..]));
/// assert_eq!((&*pairs[1].0, &*pairs[1].1), (&b"acl"[..], &b""[..]));
/// assert!(rolesig_std::sign::decode_query("").is_empty());
/// ```
pub fn decode_query(query: &str) -> Vec<QueryPair<'_>> {
    pairs(query).map(|(name, value)| (decode(name), decode(value))).collect()
}

/// Decodes a query as a form is decoded, in which a `+` is a space.
pub(crate) fn decode_form(query: &str) -> Vec<QueryPair<'_>> {
    pairs(query).map(|(name, value)| (decode_of_form(name), decode_of_form(value))).collect()
}

fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.split('&').filter(|_| !query.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn decode_of_form(text: &str) -> Cow<'_, [u8]> {
    if !text.contains('+') {
        return decode(text);
    }
    Cow::Owned(decode(&text.replace('+', " ")).into_owned())
}

fn decode(text: &str) -> Cow<'_, [u8]> {
    Cow::from(percent_encoding::percent_decode_str(text))
}

/// Decodes a query without the pairs of an earlier signature.
pub(super) fn without_signature(query: &str) -> Vec<QueryPair<'_>> {
    let mut pairs = decode_query(query);
    if pairs.iter().any(|(name, _)| **name == *SIGNATURE) {
        pairs.retain(|(name, _)| !OF_A_SIGNATURE.contains(&name.as_ref()));
    }
    pairs
}
