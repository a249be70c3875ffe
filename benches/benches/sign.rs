//! Signing beside its limit and its peer, in one process.
//!
//! - `limit`: the SHA-256 blocks that any signer must compress with the day's key at hand, and
//!   nothing else.
//! - `rolesig`: the whole operation, checks, order and `Authorization` included.
//! - `aws-sigv4`: AWS's own signer, the same request; its signature is first checked equal.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a measurement that cannot be made ends the program"
)]

use core::hint::black_box;
use core::time::Duration;
use std::time::{Instant, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningParams, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use rolesig::{PathRule, Payload, Signer};
use rolesig_benches::{Case, Made, NOW, R1, R2, R3, REGION, credentials, session_token};
use sha2::block_api::compress256;

/// What a signature must hash, in bytes; each with its padding, a block of HMAC's outer hash last.
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

/// What AWS's signer is given, made once where a program would make it once.
struct Peer<'p> {
    parameters: SigningParams<'p>,
    uri: String,
    payload_hash: String,
}

fn identity(session_token: &str) -> Identity {
    let ours = credentials(session_token);
    let token = Some(session_token.to_owned());
    Credentials::from_keys(ours.access_key_id, ours.secret_access_key, token).into()
}

impl<'p> Peer<'p> {
    fn new(case: &Case, identity: &'p Identity) -> Self {
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
            .expect("all is set")
            .into();
        let uri = format!("https://{}{}", case.request.host, case.request.path);
        Self { parameters, uri, payload_hash: "5a".repeat(32) }
    }

    /// Signs, and hands out the signature.
    fn sign<T>(&self, case: &Case, look: impl FnOnce(&str) -> T) -> T {
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

/// Rounds, in each of which all are timed in turn, since the machine's speed drifts.
const ROUNDS: usize = 4000;
/// Operations that are timed together: few, so that some rounds are disturbed by nothing.
const BATCH: u32 = 50;

/// One of the things that are timed.
struct Timed<'t> {
    operation: &'t mut dyn FnMut(),
    /// Nanoseconds of an operation in the quickest round. Disturbance only ever adds, and it adds
    /// more to some code than to other.
    best: f64,
}

impl<'t> Timed<'t> {
    fn new(operation: &'t mut dyn FnMut()) -> Self {
        Self { operation, best: f64::INFINITY }
    }

    fn round(&mut self) {
        let start = Instant::now();
        for _ in 0..BATCH {
            (self.operation)();
        }
        self.best = self.best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(BATCH));
    }
}

fn measure(case: &Case) {
    let session_token = session_token();
    let signer = || {
        Signer::new(credentials(&session_token), REGION, case.service).expect("good credentials")
    };
    let sign = |signer: &mut Signer<'_>, buffer: &mut [u8]| {
        black_box(black_box(case).sign(signer, buffer).expect("a good request").is_ok());
    };

    let mut day = signer();
    let identity = identity(&session_token);
    let peer = Peer::new(case, &identity);
    let made = case.stages(&mut day).expect("a good request");
    assert_eq!(made.signature, peer.sign(case, str::to_owned));
    let data: Vec<_> = blocks(case, &made).iter().map(|count| vec![[0_u8; 64]; *count]).collect();

    let mut limit = || {
        let mut state = black_box([0_u32; 8]);
        for blocks in &data {
            compress256(&mut state, blocks);
        }
        black_box(state);
    };
    let mut peer_sign = || {
        peer.sign(black_box(case), |signature| {
            black_box(signature);
        });
    };
    let [mut one_buffer, mut other_buffer] = [[0; 2048]; 2];
    let mut cached = || sign(&mut day, &mut one_buffer);
    let mut fresh = || sign(&mut signer(), &mut other_buffer);

    let mut timed = [
        Timed::new(&mut limit),
        Timed::new(&mut cached),
        Timed::new(&mut fresh),
        Timed::new(&mut peer_sign),
    ];
    // `cargo test` only wants to know that the signatures are equal.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { ROUNDS } else { 1 };
    for _ in 0..rounds {
        timed.iter_mut().for_each(Timed::round);
    }
    let [limit, cached, fresh, peer] = timed.map(|timed| timed.best);
    let (above, lead) = (cached / limit, peer / cached);
    println!(
        "{}\t{limit:.0}\t{cached:.0}\t{above:.2}\t{fresh:.0}\t{peer:.0}\t{lead:.1}",
        case.name
    );
}

/// A line each: the request; nanoseconds of the limit and of rolesig, and their ratio; nanoseconds
/// of rolesig with a new key and of aws-sigv4, and its ratio to rolesig with the day's key.
fn main() {
    for case in [R1, R2, R3] {
        measure(&case);
    }
}
