//! The options for signing a raw request, which `-sign` and `-explain` share.

#![allow(clippy::doc_markdown, reason = "these docs are the help, shown as they are")]

use clap::{Args, ValueEnum};
use rolesig::{Credentials, Expires, Payload, Service, SessionTokenPlace, Timestamp};

/// The way to sign a request.
#[derive(Args, Debug)]
pub struct SigningOptions {
    /// The signing name of the service: s3, dynamodb, …
    #[arg(long)]
    pub service: String,
    /// The region. Otherwise as for all commands. To v4a it is a set of regions: * or a list with
    /// commas; otherwise AWS_SIGV4A_SIGNING_REGION_SET, or sigv4a_signing_region_set of the
    /// profile.
    #[arg(long)]
    pub region: Option<String>,
    /// The time to sign for: 20150830T123600Z. Otherwise the present; to -explain the time that
    /// the server reports.
    #[arg(long, value_parser = date)]
    pub date: Option<Timestamp>,
    /// Signs by query, for this many seconds: 1 to 604800.
    #[arg(long, value_name = "SECONDS", value_parser = expires)]
    pub presign: Option<Expires>,
    /// The signature's algorithm.
    #[arg(long, value_enum, default_value_t)]
    pub algorithm: Algorithm,
    /// The protection of the body by the signature. Otherwise it is signed where that is possible.
    #[arg(long, value_enum)]
    pub payload: Option<BodyProtection>,
    /// The use of the session token. By default as the service requires it.
    #[arg(long, value_enum)]
    pub token: Option<TokenUse>,
    /// True if the request has an `x-amz-content-sha256` that the service does not require.
    #[arg(skip)]
    pub payload_hash_header: bool,
}

/// The signature's algorithm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Algorithm {
    /// AWS4-HMAC-SHA256, in one region.
    #[default]
    V4,
    /// AWS4-ECDSA-P256-SHA256, in a set of regions.
    V4a,
}

/// The protection of the body by the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BodyProtection {
    /// By its SHA-256.
    Signed,
    /// It is not signed: UNSIGNED-PAYLOAD.
    Unsigned,
}

/// The use of the session token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TokenUse {
    /// Sent and signed.
    Signed,
    /// Sent and not signed.
    Appended,
    /// Not sent, as if the credentials had none.
    None,
}

impl SigningOptions {
    /// Returns the service, with the place of the session token.
    pub(crate) fn service(&self) -> Service<'_> {
        let service = Service::new(&self.service);
        let session_token = match self.token {
            None | Some(TokenUse::None) => service.session_token,
            Some(TokenUse::Signed) => SessionTokenPlace::Signed,
            Some(TokenUse::Appended) => SessionTokenPlace::Appended,
        };
        let payload_hash_header = service.payload_hash_header || self.payload_hash_header;
        Service { session_token, payload_hash_header, ..service }
    }

    /// Returns the credentials, with the session token or without.
    pub(crate) fn credentials<'c>(&self, credentials: Credentials<'c>) -> Credentials<'c> {
        match self.token {
            Some(TokenUse::None) => Credentials { session_token: None, ..credentials },
            _ => credentials,
        }
    }

    /// Returns the signature's statement about a body.
    pub(crate) const fn payload<'b>(&self, body: &'b [u8]) -> Payload<'b> {
        match self.payload {
            Some(BodyProtection::Unsigned) => Payload::Unsigned,
            _ => Payload::Bytes(body),
        }
    }
}

/// Parses the date of a signature.
fn date(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::from_amz_date(text).map_err(|_| "expected a date such as 20150830T123600Z, in UTC")
}

fn expires(text: &str) -> Result<Expires, &'static str> {
    let seconds = text.parse().ok();
    seconds.and_then(Expires::seconds).ok_or("give 1 to 604800 seconds, which are 7 days")
}
