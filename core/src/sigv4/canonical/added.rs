//! The parts that the signer adds to a request: headers, or pairs of the query, in canonical order.

use core::marker::PhantomData;

use crate::emit::sink::Emit;
use crate::sigv4::canonical::lower_case::LowerCase;
use crate::sigv4::payload::{Form, PayloadHash};
use crate::sigv4::scheme::Scheme;
use crate::sigv4::scope::{Credential, CredentialScope};
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
const OWNED: [&str; 7] =
    [AUTHORIZATION, HOST, CONTENT_SHA256, AMZ_DATE, REGION_SET, S3SESSION_TOKEN, SECURITY_TOKEN];

/// The most headers that are added.
pub(crate) const MAX_ADDED: usize = 8;

/// The signer's additions: one kind for requests signed by header, one for requests signed by
/// query, one for received requests, to which nothing is.
#[expect(unnameable_types, reason = "a parameter that only this crate fills in")]
pub trait Added {
    /// A count for each header that may be added, and for each pair.
    type HeaderRuns: Runs;
    /// A count for each pair of the query that may be added.
    type PairRuns: Runs;

    /// The names and values of the query: texts or bytes.
    type QueryText: AsRef<[u8]> + ?Sized + 'static;

    /// Returns the name as the signer has it, if the caller must not give a header of this name.
    fn owned_header(name: &str) -> Option<&'static str>;

    /// Returns the same for a query pair.
    fn owned_pair(_name: &[u8]) -> Option<&'static str> {
        None
    }

    /// Returns the last line of the canonical request.
    fn payload_hash(&self) -> Option<&PayloadHash>;

    /// Shows each header that is signed, in order.
    fn each_header(&self, _to: &mut impl Visit) {}

    /// Shows each pair that is signed, in order; one of them has the names of the signed headers.
    fn each_pair(&self, _signed_headers: &(impl Emit + ?Sized), _to: &mut impl Visit) {}
}

/// Is shown what is added, one after the other. A trait and no closure, and no list of values of
/// one type: what a kind of request does not add leaves no code behind.
#[expect(unnameable_types, reason = "a parameter that only this crate fills in")]
pub trait Visit {
    fn visit(&mut self, name: &'static str, value: &(impl Emit + ?Sized));
}

/// An array of counts.
#[expect(unnameable_types, reason = "a parameter that only this crate fills in")]
pub trait Runs: Default + AsRef<[usize]> + AsMut<[usize]> {}

impl<R: Default + AsRef<[usize]> + AsMut<[usize]>> Runs for R {}

/// A request signed by header.
#[expect(unnameable_types, reason = "a parameter that only this crate fills in")]
pub struct AddedHeaders<'a, P, S> {
    pub(crate) host: &'a str,
    pub(crate) date: AmzDate,
    pub(crate) region: &'a str,
    /// Its name and itself, if it is signed.
    pub(crate) session_token: Option<(&'static str, &'a str)>,
    pub(crate) payload: P,
    pub(crate) payload_hash: PayloadHash,
    pub(crate) payload_hash_header: bool,
    pub(crate) scheme: PhantomData<S>,
}

impl<P: Form, S: Scheme> Added for AddedHeaders<'_, P, S> {
    type HeaderRuns = [usize; MAX_ADDED];
    type PairRuns = [usize; 0];
    type QueryText = S::QueryText;

    fn owned_header(name: &str) -> Option<&'static str> {
        let name = name.as_bytes();
        find(&OWNED, name).or_else(|| find(P::OWNED, name))
    }

    fn payload_hash(&self) -> Option<&PayloadHash> {
        Some(&self.payload_hash)
    }

    #[inline]
    fn each_header(&self, to: &mut impl Visit) {
        if let Some(content_encoding) = self.payload.content_encoding() {
            to.visit("content-encoding", &content_encoding);
        }
        to.visit(HOST, self.host);
        if self.payload_hash_header {
            to.visit(CONTENT_SHA256, &self.payload_hash);
        }
        to.visit(AMZ_DATE, &self.date);
        if let Some(len) = self.payload.decoded_len() {
            to.visit("x-amz-decoded-content-length", &len);
        }
        if !S::REGION_IN_SCOPE {
            to.visit(REGION_SET, self.region);
        }
        if let Some((name, session_token)) = self.session_token {
            to.visit(name, session_token);
        }
        if let Some(name) = self.payload.trailer_name() {
            to.visit("x-amz-trailer", name);
        }
    }
}

/// A request signed by query: only its host is an added header. What else a service wants comes
/// with the caller's.
#[expect(unnameable_types, reason = "a parameter that only this crate fills in")]
pub struct AddedQuery<'a, S> {
    pub(crate) host: LowerCase<'a>,
    pub(crate) access_key_id: &'a str,
    pub(crate) scope: CredentialScope<'a>,
    pub(crate) date: AmzDate,
    pub(crate) expires: Expires,
    pub(crate) region: &'a str,
    /// Its name and itself, if it is signed.
    pub(crate) session_token: Option<(&'static str, &'a str)>,
    pub(crate) payload_hash: PayloadHash,
    pub(crate) scheme: PhantomData<S>,
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

const QUERY_OWNED: [&str; 9] = [
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

impl<S: Scheme> Added for AddedQuery<'_, S> {
    type HeaderRuns = [usize; 1];
    type PairRuns = [usize; 7];
    type QueryText = S::QueryText;

    /// Leaves out the header that says what the body is: presigning compares it instead.
    fn owned_header(name: &str) -> Option<&'static str> {
        find(&OWNED, name.as_bytes()).filter(|name| *name != CONTENT_SHA256)
    }

    fn owned_pair(name: &[u8]) -> Option<&'static str> {
        find(&QUERY_OWNED, name)
    }

    fn payload_hash(&self) -> Option<&PayloadHash> {
        Some(&self.payload_hash)
    }

    fn each_header(&self, to: &mut impl Visit) {
        to.visit(HOST, &self.host);
    }

    fn each_pair(&self, signed_headers: &(impl Emit + ?Sized), to: &mut impl Visit) {
        let Self { access_key_id, scope, .. } = self;
        to.visit(QUERY_ALGORITHM, S::ALGORITHM);
        to.visit(QUERY_CREDENTIAL, &Credential { access_key_id, scope: *scope });
        to.visit(QUERY_DATE, &self.date);
        to.visit(QUERY_EXPIRES, &self.expires);
        if !S::REGION_IN_SCOPE {
            to.visit(QUERY_REGION_SET, self.region);
        }
        if let Some((name, session_token)) = self.session_token {
            to.visit(name, session_token);
        }
        to.visit(QUERY_SIGNED_HEADERS, signed_headers);
    }
}

/// A request that was received: all that is signed is in it, but for the hash of the body, which is
/// added when it is known.
pub(crate) struct Received;

impl Added for Received {
    type HeaderRuns = [usize; 0];
    type PairRuns = [usize; 0];
    type QueryText = [u8];

    fn owned_header(_: &str) -> Option<&'static str> {
        None
    }

    fn payload_hash(&self) -> Option<&PayloadHash> {
        None
    }
}

/// Finds a name in a list, in any case. Inlined, so that the lengths of a list that is known when
/// it is compiled decide by themselves.
#[inline]
fn find(names: &[&'static str], name: &[u8]) -> Option<&'static str> {
    names.iter().find(|owned| owned.as_bytes().eq_ignore_ascii_case(name)).copied()
}
