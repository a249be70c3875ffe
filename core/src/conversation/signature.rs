//! The proof of who makes a call: the headers that the signer adds.

use super::request::{Header, RequestHeaderValue, header};
use crate::credentials::Credentials;
use crate::emit::hex_digest::HexDigest;
use crate::emit::sink::{Emit, Stage};
use crate::sign::signed::{AuthorizationStart, SIGNATURE};
use crate::sign::signer::Signer;
use crate::sigv4::error::SignError;
use crate::sigv4::payload::Payload;
use crate::sigv4::request::Request;
use crate::sigv4::scope::{Credential, CredentialScope};
use crate::sigv4::service::Service;
use crate::sigv4::v4::V4;
use crate::time::timestamp::{AmzDate, Timestamp};

/// The type of every call's body.
pub(in crate::conversation) const CONTENT_TYPE: (&str, &str) =
    ("content-type", "application/x-www-form-urlencoded");
const HEADERS: &[(&str, &[u8])] = &[(CONTENT_TYPE.0, CONTENT_TYPE.1.as_bytes())];

/// A signature, and the header values of its request. It is kept instead of the whole signed
/// request, which is larger, and lives exactly as long as the values it borrows.
#[derive(Clone, Copy)]
pub(in crate::conversation) struct Signature<'a> {
    access_key_id: &'a str,
    session_token: Option<&'a str>,
    date: AmzDate,
    scope: CredentialScope<'a>,
    algorithm: &'static str,
    digits: HexDigest,
}

impl<'a> Signature<'a> {
    /// Signs a form. It is hashed as it is written, and never stored as a whole.
    pub(super) fn of(
        form: &dyn Emit,
        (host, path): (&'a str, &'a str),
        credentials: Credentials<'a>,
        region: &'a str,
        now: Timestamp,
    ) -> Result<Self, SignError> {
        let request = Request {
            method: "POST",
            host,
            path,
            query: &[],
            headers: HEADERS,
            payload: Payload::Sha256(HexDigest::of(form).to_bytes()),
        };
        let mut signer = Signer::<V4, 1>::with_slots(credentials, region, Service::new("sts"))?;
        let signed = signer.sign(&request, now)?;
        let string_to_sign = signed.string_to_sign();
        Ok(Self {
            access_key_id: credentials.access_key_id,
            session_token: credentials.session_token,
            date: string_to_sign.date,
            scope: string_to_sign.scope,
            algorithm: string_to_sign.algorithm,
            digits: *signed.signature(),
        })
    }

    /// Returns the headers that prove who makes the call.
    pub(super) fn headers(&self) -> [Option<Header<'_>>; 3] {
        let written = |name, part| Some((name, RequestHeaderValue::written(part)));
        let token = self.session_token.map(|token| ("x-amz-security-token", token));
        [written("x-amz-date", &self.date), header(token), written("authorization", self)]
    }
}

/// Writes the value of the `authorization` header.
impl Emit for Signature<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        let Self { access_key_id, scope, .. } = *self;
        let credential = Credential { access_key_id, scope };
        let signed_headers = if self.session_token.is_some() {
            "content-type;host;x-amz-date;x-amz-security-token"
        } else {
            "content-type;host;x-amz-date"
        };
        AuthorizationStart { algorithm: self.algorithm, credential }.emit(out);
        out.put(signed_headers.as_bytes());
        out.put(SIGNATURE.as_bytes());
        self.digits.emit(out);
    }
}
