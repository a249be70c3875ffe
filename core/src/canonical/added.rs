//! What the signer adds to a request: headers, or pairs of the query, in canonical order.

use crate::payload::{ContentEncoding, Form, PayloadHash};
use core::marker::PhantomData;

use heapless::Vec;

use crate::decimal::Decimal;
use crate::expires::Expires;
use crate::scheme::Scheme;
use crate::scope::CredentialScope;
use crate::sink::{Emit, Sink};
use crate::timestamp::AmzDate;

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

/// What is added: one kind for requests signed by header, one for requests signed by query, one for
/// received requests, to which nothing is.
pub trait Added {
    /// A count for each header that may be added, and for each pair.
    type HeaderRuns: Runs;
    /// A count for each pair of the query that may be added.
    type PairRuns: Runs;

    /// The name as the signer has it, if a header of this name is no caller's to give.
    fn owned_header(name: &str) -> Option<&'static str>;

    /// The same of a query pair.
    fn owned_pair(_name: &str) -> Option<&'static str> {
        None
    }

    /// The last line of the canonical request.
    fn payload_hash(&self) -> &PayloadHash;

    /// Shows each header that is signed, in order.
    fn each_header<'s>(&'s self, _to: &mut impl Visit<AddedHeader<'s>>) {}

    /// Shows each pair that is signed, in order.
    fn each_pair<'s>(&'s self, _to: &mut impl Visit<AddedPair<'s>>) {}
}

/// Is shown what is added, one after the other. A trait and no closure, since a name that is known
/// when it is compiled is written with no call.
pub trait Visit<V> {
    fn visit(&mut self, name: &'static str, value: V);
}

impl<V> Visit<V> for Vec<(&'static str, V), MAX_ADDED> {
    fn visit(&mut self, name: &'static str, value: V) {
        // There is room for all.
        let _ = self.push((name, value));
    }
}

/// An array of counts.
pub trait Runs: Default + AsRef<[usize]> + AsMut<[usize]> {}

impl<R: Default + AsRef<[usize]> + AsMut<[usize]>> Runs for R {}

/// The value of an added header.
#[derive(Clone, Copy)]
pub enum AddedHeader<'s> {
    Text(&'s str),
    Date(AmzDate),
    PayloadHash(&'s PayloadHash),
    ContentEncoding(ContentEncoding<'s>),
    Length(Decimal),
}

impl Emit for AddedHeader<'_> {
    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        match self {
            Self::Text(text) => text.emit(out),
            Self::Date(date) => date.emit(out),
            Self::PayloadHash(hash) => hash.emit(out),
            Self::ContentEncoding(encoding) => encoding.emit(out),
            Self::Length(length) => length.emit(out),
        }
    }
}

/// The value of an added pair.
#[derive(Clone, Copy)]
pub enum AddedPair<'s> {
    Text(&'s str),
    Credential {
        access_key_id: &'s str,
        scope: &'s CredentialScope<'s>,
    },
    Date(AmzDate),
    Expires(Expires),
    /// The names of all signed headers.
    SignedHeaders,
}

/// A request signed by header.
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

    fn owned_header(name: &str) -> Option<&'static str> {
        find(&OWNED, name).or_else(|| find(P::OWNED, name))
    }

    fn payload_hash(&self) -> &PayloadHash {
        &self.payload_hash
    }

    #[inline]
    fn each_header<'s>(&'s self, to: &mut impl Visit<AddedHeader<'s>>) {
        if let Some(content_encoding) = self.payload.content_encoding() {
            to.visit("content-encoding", AddedHeader::ContentEncoding(content_encoding));
        }
        to.visit(HOST, AddedHeader::Text(self.host));
        if self.payload_hash_header {
            to.visit(CONTENT_SHA256, AddedHeader::PayloadHash(&self.payload_hash));
        }
        to.visit(AMZ_DATE, AddedHeader::Date(self.date));
        if let Some(len) = self.payload.decoded_len() {
            to.visit("x-amz-decoded-content-length", AddedHeader::Length(len));
        }
        if !S::REGION_IN_SCOPE {
            to.visit(REGION_SET, AddedHeader::Text(self.region));
        }
        if let Some((name, session_token)) = self.session_token {
            to.visit(name, AddedHeader::Text(session_token));
        }
        if let Some(name) = self.payload.trailer_name() {
            to.visit("x-amz-trailer", AddedHeader::Text(name));
        }
    }
}

/// A request signed by query: only its host is an added header.
pub struct AddedQuery<'a, S> {
    pub(crate) host: &'a str,
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
const QUERY_REGION_SET: &str = "X-Amz-Region-Set";
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

    fn owned_header(name: &str) -> Option<&'static str> {
        find(&OWNED, name)
    }

    fn owned_pair(name: &str) -> Option<&'static str> {
        find(&QUERY_OWNED, name)
    }

    fn payload_hash(&self) -> &PayloadHash {
        &self.payload_hash
    }

    fn each_header<'s>(&'s self, to: &mut impl Visit<AddedHeader<'s>>) {
        to.visit(HOST, AddedHeader::Text(self.host));
    }

    fn each_pair<'s>(&'s self, to: &mut impl Visit<AddedPair<'s>>) {
        let Self { access_key_id, scope, .. } = self;
        to.visit(QUERY_ALGORITHM, AddedPair::Text(S::ALGORITHM));
        to.visit(QUERY_CREDENTIAL, AddedPair::Credential { access_key_id, scope });
        to.visit(QUERY_DATE, AddedPair::Date(self.date));
        to.visit(QUERY_EXPIRES, AddedPair::Expires(self.expires));
        if !S::REGION_IN_SCOPE {
            to.visit(QUERY_REGION_SET, AddedPair::Text(self.region));
        }
        if let Some((name, session_token)) = self.session_token {
            to.visit(name, AddedPair::Text(session_token));
        }
        to.visit(QUERY_SIGNED_HEADERS, AddedPair::SignedHeaders);
    }
}

/// A request that was received: all that is signed is in it.
pub(crate) struct Received {
    pub(crate) payload_hash: PayloadHash,
}

impl Added for Received {
    type HeaderRuns = [usize; 0];
    type PairRuns = [usize; 0];

    fn owned_header(_: &str) -> Option<&'static str> {
        None
    }

    fn payload_hash(&self) -> &PayloadHash {
        &self.payload_hash
    }
}

/// The name in a list that is this one, in any case.
fn find(names: &[&'static str], name: &str) -> Option<&'static str> {
    names.iter().find(|owned| owned.eq_ignore_ascii_case(name)).copied()
}
