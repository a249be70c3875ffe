//! Signing beside its limit and its peer, in one process.
//!
//! - `limit`: the SHA-256 blocks that any signer must compress with the day's key at hand, and
//!   nothing else.
//! - `rolesig`: the whole operation, checks, order and `Authorization` included.
//! - `aws-sigv4`: AWS's own signer, the same request; its `Authorization` is first checked equal.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a measurement that cannot be made ends the program"
)]

use core::hint::black_box;
use core::time::Duration;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use criterion::{Criterion, criterion_group, criterion_main};
use rolesig::{Emit, PathRule, Payload, Signed, Signer, Timestamp};
use rolesig_benches::{Case, NOW, R1, R2, REGION, credentials, session_token};
use sha2::block_api::compress256;

/// What a signature must hash, in bytes; each with its padding, a block of HMAC's outer hash last.
fn blocks(case: &Case, signed: &Signed<'_>) -> Vec<usize> {
    let padded = |bytes: usize| (bytes + 9).div_ceil(64);
    let payload = match case.request.payload {
        Payload::Bytes(bytes) => padded(bytes.len()),
        _ => 0,
    };
    let canonical_request = padded(signed.canonical_request().emitted_len());
    let string_to_sign = padded(signed.string_to_sign().emitted_len());
    vec![payload, canonical_request, string_to_sign, 1]
}

/// The value that AWS's signer gives the `Authorization` header.
fn aws_sign(case: &Case, session_token: &str) -> String {
    let ours = credentials(session_token);
    let identity = Credentials::from_keys(
        ours.access_key_id,
        ours.secret_access_key,
        Some(session_token.to_owned()),
    )
    .into();
    let mut settings = SigningSettings::default();
    if case.service.path_rule() == PathRule::Once {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name(case.service.name())
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.into()))
        .settings(settings)
        .build()
        .expect("all is set")
        .into();
    let body = match case.request.payload {
        Payload::Bytes(bytes) => SignableBody::Bytes(bytes),
        _ => SignableBody::Precomputed("5a".repeat(32)),
    };
    let uri = format!("https://{}{}", case.request.host, case.request.path);
    let headers =
        case.request.headers.iter().map(|(name, value)| {
            (*name, core::str::from_utf8(value).expect("the headers are text"))
        });
    let request = SignableRequest::new(case.request.method, uri, headers, body).expect("a URI");
    let (instructions, _) = sign(request, &parameters).expect("it can be signed").into_parts();
    let authorization = instructions.headers().find(|(name, _)| *name == "authorization");
    authorization.expect("it adds the header").1.to_owned()
}

fn bench(criterion: &mut Criterion) {
    let now = Timestamp::from(NOW);
    let session_token = session_token();
    for case in [R1, R2] {
        let mut signer = Signer::new(credentials(&session_token), REGION, case.service)
            .expect("good credentials");
        let signed = signer.sign(&case.request, now).expect("a good request");
        assert_eq!(signed.authorization().to_string(), aws_sign(&case, &session_token));
        let blocks = blocks(&case, &signed);
        let data: Vec<_> = blocks.iter().map(|count| vec![[0_u8; 64]; *count]).collect();

        let mut group = criterion.benchmark_group(case.name);
        group.bench_function("limit", |bencher| {
            bencher.iter(|| {
                let mut state = black_box([0_u32; 8]);
                for blocks in &data {
                    compress256(&mut state, blocks);
                }
                state
            });
        });
        let mut buffer = [0; 512];
        group.bench_function("rolesig", |bencher| {
            bencher.iter(|| {
                let signed = signer.sign(black_box(&case.request), now).expect("a good request");
                black_box(signed.authorization().write_to(&mut buffer).is_ok())
            });
        });
        group.bench_function("rolesig, new key", |bencher| {
            bencher.iter(|| {
                let mut signer = Signer::new(credentials(&session_token), REGION, case.service)
                    .expect("good credentials");
                let signed = signer.sign(black_box(&case.request), now).expect("a good request");
                black_box(signed.authorization().write_to(&mut buffer).is_ok())
            });
        });
        group.bench_function("aws-sigv4", |bencher| {
            bencher.iter(|| aws_sign(black_box(&case), &session_token));
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(50).measurement_time(Duration::from_secs(3));
    targets = bench
}
criterion_main!(benches);
