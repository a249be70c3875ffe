//! The measures for rolesig: the limit, and AWS's own signer.

use core::hint::black_box;
use core::time::Duration;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningParams, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use rolesig::{PathRule, Payload};
use rolesig_benches::{Case, Made, NOW, REGION, credentials};
use sha2::block_api::compress256;

/// Returns the numbers of SHA-256 blocks that a signature must hash, padding included; the last is
/// the block of HMAC's outer hash.
fn blocks(case: &Case, made: &Made) -> Vec<usize> {
    let padded = |bytes: usize| (bytes + 9).div_ceil(64);
    let payload = match case.request.payload {
        Payload::Bytes(bytes) => padded(bytes.len()),
        _ => 0,
    };
    let canonical_request = padded(made.canonical_request);
    let string_to_sign = padded(made.string_to_sign);
    vec![payload, canonical_request, string_to_sign, 1]
}

/// The inputs of AWS's signer that a program would build once.
pub(crate) struct Peer<'p> {
    parameters: SigningParams<'p>,
    uri: String,
    payload_hash: String,
}

pub(crate) fn identity(session_token: &str) -> Identity {
    let ours = credentials(session_token);
    let token = Some(session_token.to_owned());
    Credentials::from_keys(ours.access_key_id, ours.secret_access_key, token).into()
}

impl<'p> Peer<'p> {
    pub(crate) fn new(case: &Case, identity: &'p Identity) -> Self {
        let mut settings = SigningSettings::default();
        if case.service.path_rule == PathRule::Once {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        if let Some(expires) = case.expires {
            settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(Duration::from_secs(expires.as_seconds().into()));
        }
        let parameters = v4::SigningParams::builder()
            .identity(identity)
            .region(REGION)
            .name(case.service.name)
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.into()))
            .settings(settings)
            .build()
            .expect("all parameters are set")
            .into();
        let uri = format!("https://{}{}", case.request.host, case.request.path);
        Self { parameters, uri, payload_hash: "5a".repeat(32) }
    }

    /// Signs a case, and passes the signature to `look`.
    pub(crate) fn sign<T>(&self, case: &Case, look: impl FnOnce(&str) -> T) -> T {
        let body = match case.request.payload {
            Payload::Bytes(bytes) => SignableBody::Bytes(bytes),
            Payload::Unsigned => SignableBody::UnsignedPayload,
            _ => SignableBody::Precomputed(self.payload_hash.clone()),
        };
        let headers = case.request.headers.iter().map(|(name, value)| {
            (*name, core::str::from_utf8(value).expect("the headers are text"))
        });
        let request = SignableRequest::new(case.request.method, self.uri.as_str(), headers, body)
            .expect("a URI");
        let (instructions, signature) =
            sign(request, &self.parameters).expect("it can be signed").into_parts();
        black_box(instructions);
        look(&signature)
    }
}

/// The SHA-256 blocks that any signer must compress once it has the day's key.
pub(crate) struct Limit(Vec<Vec<[u8; 64]>>);

impl Limit {
    pub(crate) fn of(case: &Case, made: &Made) -> Self {
        Self(blocks(case, made).iter().map(|count| vec![[0; 64]; *count]).collect())
    }

    pub(crate) fn compress(&self) {
        let mut state = black_box([0_u32; 8]);
        for blocks in &self.0 {
            compress256(&mut state, blocks);
        }
        black_box(state);
    }
}
