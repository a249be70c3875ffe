//! The parts that the signer adds to a request: headers, or pairs of the query, in canonical order.

use crate::emit::percent::EncodedValue;
use crate::emit::sink::{Emit, Stage};
use crate::sigv4::canonical::lower_case::LowerCase;
use crate::sigv4::canonical::merged::{Addition, MAX_ADDED};
use crate::sigv4::payload::{FormHeaders, PayloadHash, UNSIGNED_PAYLOAD};
use crate::sigv4::scope::Credential;
use crate::time::expires::Expires;
use crate::time::timestamp::AmzDate;

pub(crate) const AUTHORIZATION: &str = "authorization";
pub(crate) const HOST: &str = "host";
pub(crate) const CONTENT_SHA256: &str = "x-amz-content-sha256";
pub(crate) const AMZ_DATE: &str = "x-amz-date";
pub(crate) const REGION_SET: &str = "x-amz-region-set";
pub(crate) const S3SESSION_TOKEN: &str = "x-amz-s3session-token";
pub(crate) const SECURITY_TOKEN: &str = "x-amz-security-token";

/// The names that are the signer's in every form: refused in a caller's list, so that what is
/// signed cannot disagree with what is sent.
pub(crate) const OWNED: [&str; 7] =
    [AUTHORIZATION, HOST, CONTENT_SHA256, AMZ_DATE, REGION_SET, S3SESSION_TOKEN, SECURITY_TOKEN];

/// The names that presigning refuses: without the header that says what the body is, which it
/// compares instead.
pub(crate) const OWNED_PRESIGNING: [&str; 6] =
    [AUTHORIZATION, HOST, AMZ_DATE, REGION_SET, S3SESSION_TOKEN, SECURITY_TOKEN];

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

/// The pairs that are the signer's when it presigns.
pub(crate) const OWNED_PAIRS: [&str; 9] = [
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

/// The signer's additions: one kind for requests signed by header, one for requests signed by
/// query, one for received requests, to which nothing is.
pub(crate) trait Added {
    type Headers<'v>: AsRef<[Option<Addition<'v>>]>
    where
        Self: 'v;
    type Pairs<'v>: AsRef<[Option<Addition<'v>>]>
    where
        Self: 'v;

    /// Returns each header that is signed, in order.
    fn headers(&self) -> Self::Headers<'_>;

    /// Returns each pair that is signed, in order, with its value encoded; one of them has the
    /// names of the signed headers.
    fn pairs<'v>(&'v self, signed_headers: &'v dyn Emit) -> Self::Pairs<'v>;

    /// Returns the last line of the canonical request.
    fn payload_hash(&self) -> &dyn Emit;
}

/// Returns an addition, if there is a value.
fn optional<'v>(name: &'static str, value: Option<&'v impl Emit>) -> Option<Addition<'v>> {
    value.map(|value| -> Addition<'v> { (name, value) })
}

/// The names of the headers that are added to a request signed by header, but for that of the
/// session token, which differs.
pub(crate) const HEADER_NAMES: &[&str; MAX_ADDED] = &[
    "content-encoding",
    HOST,
    CONTENT_SHA256,
    AMZ_DATE,
    "x-amz-decoded-content-length",
    REGION_SET,
    SECURITY_TOKEN,
    "x-amz-trailer",
];

/// The places of `host`, which clients send, and of the session token, which stands elsewhere.
pub(crate) const NOT_WRITTEN: [usize; 2] = [1, 6];

/// A request signed by header.
pub(crate) struct AddedHeaders<'a, F> {
    pub(crate) host: &'a str,
    pub(crate) date: AmzDate,
    /// The set of regions, if the scope has no region.
    pub(crate) region_set: Option<&'a str>,
    /// Its name and itself, if it is signed.
    pub(crate) session_token: Option<(&'static str, &'a str)>,
    pub(crate) form: F,
    pub(crate) payload_hash: PayloadHash,
    pub(crate) payload_hash_header: bool,
}

impl<F: FormHeaders> Added for AddedHeaders<'_, F> {
    type Headers<'v>
        = [Option<Addition<'v>>; MAX_ADDED]
    where
        Self: 'v;
    type Pairs<'v>
        = [Option<Addition<'v>>; 0]
    where
        Self: 'v;

    /// Returns each at the place of its name in [`HEADER_NAMES`].
    fn headers(&self) -> [Option<Addition<'_>>; MAX_ADDED] {
        let form = &self.form;
        let payload_hash: &dyn Emit = &self.payload_hash;
        [
            form.content_encoding().map(|encoding| ("content-encoding", encoding)),
            Some((HOST, &self.host)),
            self.payload_hash_header.then_some((CONTENT_SHA256, payload_hash)),
            Some((AMZ_DATE, &self.date)),
            form.decoded_len().map(|len| ("x-amz-decoded-content-length", len)),
            optional(REGION_SET, self.region_set.as_ref()),
            self.session_token.as_ref().and_then(|(name, token)| optional(name, Some(token))),
            form.trailer_name().map(|name| ("x-amz-trailer", name)),
        ]
    }

    fn pairs<'v>(&'v self, _: &'v dyn Emit) -> [Option<Addition<'v>>; 0] {
        []
    }

    fn payload_hash(&self) -> &dyn Emit {
        &self.payload_hash
    }
}

/// A request signed by query.
pub(crate) struct AddedPairs<'a> {
    pub(crate) host: LowerCase<'a>,
    /// The header that VPC Lattice wants of every request.
    pub(crate) unsigned_header: bool,
    pub(crate) algorithm: &'static str,
    pub(crate) credential: EncodedValue<Credential<'a>>,
    pub(crate) date: AmzDate,
    pub(crate) expires: Expires,
    /// The set of regions, if the scope has no region.
    pub(crate) region_set: Option<EncodedValue<&'a str>>,
    /// Its name and itself, if it is signed.
    pub(crate) session_token: Option<(&'static str, QueryToken<'a>)>,
    pub(crate) payload_hash: PayloadHash,
}

impl Added for AddedPairs<'_> {
    type Headers<'v>
        = [Option<Addition<'v>>; 2]
    where
        Self: 'v;
    type Pairs<'v>
        = [Option<Addition<'v>>; 7]
    where
        Self: 'v;

    fn headers(&self) -> [Option<Addition<'_>>; 2] {
        let unsigned: &dyn Emit = &UNSIGNED_PAYLOAD;
        [Some((HOST, &self.host)), self.unsigned_header.then_some((CONTENT_SHA256, unsigned))]
    }

    fn pairs<'v>(&'v self, signed_headers: &'v dyn Emit) -> [Option<Addition<'v>>; 7] {
        [
            Some((QUERY_ALGORITHM, &self.algorithm)),
            Some((QUERY_CREDENTIAL, &self.credential)),
            Some((QUERY_DATE, &self.date)),
            Some((QUERY_EXPIRES, &self.expires)),
            optional(QUERY_REGION_SET, self.region_set.as_ref()),
            self.session_token.as_ref().and_then(|(name, token)| optional(name, Some(token))),
            Some((QUERY_SIGNED_HEADERS, signed_headers)),
        ]
    }

    fn payload_hash(&self) -> &dyn Emit {
        &self.payload_hash
    }
}

/// A session token in a query: as it is, or already encoded.
#[derive(Clone, Copy)]
pub(crate) enum QueryToken<'a> {
    Plain(&'a str),
    Encoded(&'a [u8]),
}

impl Emit for QueryToken<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        match self {
            Self::Plain(token) => EncodedValue(token).emit(out),
            Self::Encoded(token) => out.put(token),
        }
    }
}

/// A request that was received: all that is signed is in it, but for the hash of the body, which is
/// added when it is known.
pub(crate) struct Received;

impl Added for Received {
    type Headers<'v> = [Option<Addition<'v>>; 0];
    type Pairs<'v> = [Option<Addition<'v>>; 0];

    fn headers(&self) -> [Option<Addition<'_>>; 0] {
        []
    }

    fn pairs<'v>(&'v self, _: &'v dyn Emit) -> [Option<Addition<'v>>; 0] {
        []
    }

    fn payload_hash(&self) -> &dyn Emit {
        &""
    }
}

/// Finds a name in a list, in any case.
pub(crate) fn find(names: &[&'static str], name: &[u8]) -> Option<&'static str> {
    let mut names = names.iter().filter(|owned| owned.len() == name.len());
    names.find(|owned| owned.as_bytes().eq_ignore_ascii_case(name)).copied()
}
