//! The parts that the signer adds to a request: headers, or pairs of the query, in canonical order.

use crate::emit::byte_class::is_same_name;
use crate::emit::percent::EncodedValue;
use crate::emit::sink::{Emit, Stage};
use crate::sigv4::canonical::lower_case::LowerCase;
use crate::sigv4::names::{PAIR_NAMES, has};
use crate::sigv4::payload::{FormHeaders, PayloadHash, UNSIGNED_PAYLOAD};
use crate::sigv4::scope::Credential;
use crate::sigv4::service::SessionTokenPlace;
use crate::time::expires::Expires;
use crate::time::timestamp::AmzDate;

/// A value that is added, if it is.
pub(crate) type Addition<'v> = Option<&'v dyn Emit>;

/// The signer's additions: one kind for requests signed by header, one for requests signed by
/// query, and one for received requests, which add nothing.
pub(crate) trait Added {
    /// The names of its pairs, in order.
    const PAIR_NAMES: &'static [&'static str] = &[];

    type Headers<'v>: AsRef<[Addition<'v>]>
    where
        Self: 'v;
    type Pairs<'v>: AsRef<[Addition<'v>]>
    where
        Self: 'v;

    /// Returns the headers that are signed, by the places of their names in `HEADER_NAMES`.
    fn headers(&self) -> Self::Headers<'_>;

    /// Returns the pairs that are signed, by the places of their names, with their values
    /// encoded; one of them has the names of the signed headers.
    fn pairs<'v>(&'v self, signed_headers: &'v dyn Emit) -> Self::Pairs<'v>;

    /// Returns the last line of the canonical request.
    fn payload_hash(&self) -> &dyn Emit;
}

/// Returns an addition, if there is a value.
fn optional<E: Emit>(value: Option<&E>) -> Addition<'_> {
    value.map(|value| -> &dyn Emit { value })
}

/// A session token, and its place, which decides about its name.
#[derive(Clone, Copy)]
pub(crate) struct Token<T> {
    pub(crate) token: Option<T>,
    pub(crate) place: SessionTokenPlace,
}

impl<T: Emit> Token<T> {
    /// Returns the token, if this is its place.
    fn at(&self, place: SessionTokenPlace) -> Addition<'_> {
        optional(self.token.as_ref().filter(|_| self.place == place))
    }
}

/// A request signed by header.
pub(crate) struct AddedHeaders<'a, F> {
    pub(crate) host: &'a str,
    pub(crate) date: AmzDate,
    /// The set of regions, if the scope has no region.
    pub(crate) region_set: Option<&'a str>,
    pub(crate) session_token: Token<&'a str>,
    pub(crate) form: F,
    pub(crate) payload_hash: PayloadHash,
    pub(crate) payload_hash_header: bool,
}

impl<F: FormHeaders> Added for AddedHeaders<'_, F> {
    type Headers<'v>
        = [Addition<'v>; 9]
    where
        Self: 'v;
    type Pairs<'v>
        = [Addition<'v>; 0]
    where
        Self: 'v;

    fn headers(&self) -> [Addition<'_>; 9] {
        let Self { host, date, session_token, form, payload_hash, .. } = self;
        let region_set = self.region_set.as_ref();
        let says_payload = self.payload_hash_header;
        header_values(host, date, region_set, session_token, form, (payload_hash, says_payload))
    }

    fn pairs<'v>(&'v self, _: &'v dyn Emit) -> [Addition<'v>; 0] {
        []
    }

    fn payload_hash(&self) -> &dyn Emit {
        &self.payload_hash
    }
}

/// Returns the headers that are added to a request signed by header, by the places of their names.
/// With the hash of the payload comes whether the service wants it in a header.
#[inline]
pub(crate) fn header_values<'v, F: FormHeaders>(
    host: &'v &str,
    date: &'v AmzDate,
    region_set: Option<&'v &str>,
    session_token: &'v Token<&str>,
    form: &'v F,
    (payload_hash, is_wanted): (&'v PayloadHash, bool),
) -> [Addition<'v>; 9] {
    // A service can only know that the payload is not as usual if the request says so.
    let says_payload = is_wanted || payload_hash.is_literal();
    [
        form.content_encoding(),
        Some(host),
        optional(says_payload.then_some(payload_hash)),
        Some(date),
        form.decoded_len(),
        optional(region_set),
        session_token.at(SessionTokenPlace::S3Session),
        session_token.at(SessionTokenPlace::Signed),
        form.trailer_name(),
    ]
}

/// A request signed by query.
pub(crate) struct AddedPairs<'a> {
    pub(crate) host: LowerCase<'a>,
    /// The header that VPC Lattice requires of every request.
    pub(crate) unsigned_header: bool,
    pub(crate) algorithm: &'static str,
    pub(crate) credential: EncodedValue<Credential<'a>>,
    pub(crate) date: AmzDate,
    pub(crate) expires: Expires,
    /// The set of regions, if the scope has no region.
    pub(crate) region_set: Option<EncodedValue<&'a str>>,
    pub(crate) session_token: Token<QueryToken<'a>>,
    pub(crate) payload_hash: PayloadHash,
}

impl Added for AddedPairs<'_> {
    const PAIR_NAMES: &'static [&'static str] = &PAIR_NAMES;

    type Headers<'v>
        = [Addition<'v>; 3]
    where
        Self: 'v;
    type Pairs<'v>
        = [Addition<'v>; 9]
    where
        Self: 'v;

    fn headers(&self) -> [Addition<'_>; 3] {
        let unsigned = self.unsigned_header.then_some(&UNSIGNED_PAYLOAD);
        [None, Some(&self.host), optional(unsigned)]
    }

    fn pairs<'v>(&'v self, signed_headers: &'v dyn Emit) -> [Addition<'v>; 9] {
        [
            Some(&self.algorithm),
            Some(&self.credential),
            Some(&self.date),
            Some(&self.expires),
            optional(self.region_set.as_ref()),
            self.session_token.at(SessionTokenPlace::S3Session),
            self.session_token.at(SessionTokenPlace::Signed),
            None,
            Some(signed_headers),
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

/// A received request. It has all that is signed except the hash of the body, which is added when
/// it is known.
pub(crate) struct Received;

impl Added for Received {
    type Headers<'v> = [Addition<'v>; 0];
    type Pairs<'v> = [Addition<'v>; 0];

    fn headers(&self) -> [Addition<'_>; 0] {
        []
    }

    fn pairs<'v>(&'v self, _: &'v dyn Emit) -> [Addition<'v>; 0] {
        []
    }

    fn payload_hash(&self) -> &dyn Emit {
        &""
    }
}

/// Finds a name at some places of a list, in any case.
pub(crate) fn find(
    names: &'static [&'static str],
    places: u16,
    name: &[u8],
) -> Option<&'static str> {
    let mut names = names.iter().enumerate();
    let (place, name) = names.find(|(_, other)| is_same_name(other.as_bytes(), name))?;
    has(places, place).then_some(*name)
}
