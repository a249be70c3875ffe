//! The names of headers and query pairs that a signer adds, and which of them are its own.

pub(crate) const AUTHORIZATION: &str = "authorization";
pub(crate) const HOST: &str = "host";
pub(crate) const CONTENT_SHA256: &str = "x-amz-content-sha256";
pub(crate) const AMZ_DATE: &str = "x-amz-date";
pub(crate) const REGION_SET: &str = "x-amz-region-set";
pub(crate) const S3SESSION_TOKEN: &str = "x-amz-s3session-token";
pub(crate) const SECURITY_TOKEN: &str = "x-amz-security-token";

/// The names of the headers that a signer adds: in order, and last that of the signature, which is
/// never signed.
pub(crate) const HEADER_NAMES: [&str; 10] = [
    "content-encoding",
    HOST,
    CONTENT_SHA256,
    AMZ_DATE,
    "x-amz-decoded-content-length",
    REGION_SET,
    S3SESSION_TOKEN,
    SECURITY_TOKEN,
    "x-amz-trailer",
    AUTHORIZATION,
];

/// Places of names in that list.
pub(crate) const PLACE_OF_CONTENT_SHA256: usize = 2;
pub(crate) const PLACE_OF_DATE: usize = 3;
pub(crate) const PLACE_OF_S3SESSION_TOKEN: usize = 6;
pub(crate) const PLACE_OF_SECURITY_TOKEN: usize = 7;
pub(crate) const PLACE_OF_AUTHORIZATION: usize = 9;

/// The places of names that are the signer's in every form, a bit each: refused in a caller's list,
/// so that what is signed cannot disagree with what is sent.
pub(crate) const OWNED: u16 = 0b10_1110_1110;

/// The places of names that are the signer's with a body in chunks, too.
pub(crate) const OWNED_OF_CHUNKS: u16 = 0b01_0001_0001;

/// The places of names that presigning refuses: without the header that says what the body is,
/// which it compares instead.
pub(crate) const OWNED_PRESIGNING: u16 = 0b10_1110_1010;

/// The places of `host`, which clients send, and of session tokens, which are elsewhere.
pub(crate) const NOT_WRITTEN: u16 = 0b00_1100_0010;

/// Returns whether a place is among others.
pub(crate) const fn has(places: u16, place: usize) -> bool {
    places >> place & 1 == 1
}

pub(crate) const QUERY_SIGNATURE: &str = "X-Amz-Signature";
pub(crate) const QUERY_SECURITY_TOKEN: &str = "X-Amz-Security-Token";
pub(crate) const QUERY_S3SESSION_TOKEN: &str = "X-Amz-S3session-Token";
pub(crate) const QUERY_ALGORITHM: &str = "X-Amz-Algorithm";
pub(crate) const QUERY_CONTENT_SHA256: &str = "X-Amz-Content-Sha256";
pub(crate) const QUERY_CREDENTIAL: &str = "X-Amz-Credential";
pub(crate) const QUERY_DATE: &str = "X-Amz-Date";
pub(crate) const QUERY_EXPIRES: &str = "X-Amz-Expires";
pub(crate) const QUERY_REGION_SET: &str = "X-Amz-Region-Set";
pub(crate) const QUERY_SIGNED_HEADERS: &str = "X-Amz-SignedHeaders";

/// The names of the pairs that are the signer's when it presigns, in order.
pub(crate) const PAIR_NAMES: [&str; 9] = [
    QUERY_ALGORITHM,
    QUERY_CREDENTIAL,
    QUERY_DATE,
    QUERY_EXPIRES,
    QUERY_REGION_SET,
    QUERY_S3SESSION_TOKEN,
    QUERY_SECURITY_TOKEN,
    QUERY_SIGNATURE,
    QUERY_SIGNED_HEADERS,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_names_and_assigns_each_to_its_forms() {
        let [added @ .., AUTHORIZATION] = &HEADER_NAMES else { panic!("not the last") };
        assert!(added.is_sorted() && PAIR_NAMES.is_sorted());
        assert_eq!(HEADER_NAMES[PLACE_OF_CONTENT_SHA256], CONTENT_SHA256);
        assert_eq!(HEADER_NAMES[PLACE_OF_DATE], AMZ_DATE);
        assert_eq!(HEADER_NAMES[PLACE_OF_S3SESSION_TOKEN], S3SESSION_TOKEN);
        assert_eq!(HEADER_NAMES[PLACE_OF_SECURITY_TOKEN], SECURITY_TOKEN);
        assert_eq!(HEADER_NAMES[PLACE_OF_AUTHORIZATION], AUTHORIZATION);
        let of_chunks = ["content-encoding", "x-amz-decoded-content-length", "x-amz-trailer"];
        let tokens = [S3SESSION_TOKEN, SECURITY_TOKEN];
        for (place, name) in HEADER_NAMES.iter().enumerate() {
            let is_of_chunks = of_chunks.contains(name);
            assert_eq!(has(OWNED_OF_CHUNKS, place), is_of_chunks);
            assert_eq!(has(OWNED, place), !is_of_chunks);
            assert_eq!(has(OWNED_PRESIGNING, place), !is_of_chunks && *name != CONTENT_SHA256);
            assert_eq!(has(NOT_WRITTEN, place), *name == HOST || tokens.contains(name));
        }
    }
}
