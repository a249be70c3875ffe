//! Bodies in chunks with Signature Version 4a. AWS's own signer signs the request. Its key signs
//! the strings to sign of the chunks, which are built here. On the wire each signature is padded to
//! 144 digits.

#![cfg(test)]

use core::fmt::Write;
use core::time::Duration;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningParams,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4a::{self, calculate_signature, generate_signing_key};
use rolesig::{
    ChunkForm, Chunked, Emit, Request, Service, Signer, Timestamp, Trailer, TrailerName, V4a,
};
use rolesig_benches::{NOW, credentials};
use sha2::{Digest, Sha256};

const HOST: &str = "accesspoint.s3-global.amazonaws.com";
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const CRC32C: Trailer<'static> = Trailer { name: TrailerName::CRC32C, value_len: 8 };
const CHECKSUM: &str = "sOO8/Q==";

/// The forms, each with its value of `x-amz-content-sha256`.
const FORMS: [(ChunkForm<'static>, &str); 3] = [
    (ChunkForm::Signed, "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"),
    (ChunkForm::SignedWithTrailer(CRC32C), "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"),
    (ChunkForm::UnsignedWithTrailer(CRC32C), "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
];

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn written(value: &impl Emit) -> String {
    let mut buffer = vec![0; value.emitted_len()];
    String::from_utf8(value.write_to(&mut buffer).unwrap().to_vec()).unwrap()
}

/// Returns the request's signature by AWS's own signer.
fn their_signature(payload: Chunked<'_>, literal: &str) -> String {
    let ours = credentials("token");
    let token = ours.session_token.map(str::to_owned);
    let identity = Credentials::from_keys(ours.access_key_id, ours.secret_access_key, token).into();
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let parameters: SigningParams<'_> = v4a::signing_params::Builder::default()
        .identity(&identity)
        .region_set("*")
        .name("s3")
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.into()))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let len = payload.len.to_string();
    let mut headers =
        vec![("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", &len)];
    if !matches!(payload.form, ChunkForm::Signed) {
        headers.push(("x-amz-trailer", CRC32C.name.as_str()));
    }
    let body = SignableBody::Precomputed(literal.to_owned());
    let uri = format!("https://{HOST}/key");
    let request = SignableRequest::new("PUT", &uri, headers.into_iter(), body).unwrap();
    sign(request, &parameters).unwrap().into_parts().1
}

/// Builds the whole body on the wire from its signatures.
fn expected(seed: String, data: &str, payload: Chunked<'_>) -> String {
    let ours = credentials("token");
    let key = generate_signing_key(ours.access_key_id, ours.secret_access_key);
    let mut previous = seed;
    let mut sign = |form: &str, rest: &str| {
        let string_to_sign = format!(
            "AWS4-ECDSA-P256-SHA256{form}\n20150830T123600Z\n20150830/s3/aws4_request\n{previous}\n{rest}"
        );
        previous = calculate_signature(key.as_ref(), string_to_sign.as_bytes());
        previous.clone()
    };
    let is_signed = !matches!(payload.form, ChunkForm::UnsignedWithTrailer(_));
    let mut head = |data: &str| {
        if !is_signed {
            return format!("{:x}\r\n", data.len());
        }
        let signature = sign("-PAYLOAD", &format!("{NOTHING}\n{}", sha256(data.as_bytes())));
        format!("{:x};chunk-signature={signature:*<144}\r\n", data.len())
    };
    let mut wire = String::new();
    for chunk in data.as_bytes().chunks(payload.chunk_len) {
        let chunk = str::from_utf8(chunk).unwrap();
        write!(wire, "{}{chunk}\r\n", head(chunk)).unwrap();
    }
    wire += &head("");
    if !matches!(payload.form, ChunkForm::Signed) {
        write!(wire, "x-amz-checksum-crc32c:{CHECKSUM}\r\n").unwrap();
        if is_signed {
            let line = sha256(format!("x-amz-checksum-crc32c:{CHECKSUM}\n").as_bytes());
            let signature = sign("-TRAILER", &line);
            write!(wire, "x-amz-trailer-signature:{signature:*<144}\r\n").unwrap();
        }
    }
    wire + "\r\n"
}

#[test]
fn signs_chunks_and_trailers_as_aws_does() {
    for ((form, literal), data) in
        FORMS.into_iter().flat_map(|form| ["", "0123", "0123456789"].map(|data| (form, data)))
    {
        let len = u64::try_from(data.len()).unwrap();
        let payload = Chunked { len, chunk_len: 4, content_encoding: None, form };
        let request =
            Request { method: "PUT", host: HOST, path: "/key", query: &[], headers: &[], payload };
        let mut signer = Signer::<V4a>::with_slots(credentials("token"), "*", Service::S3).unwrap();
        let signed = signer.sign(&request, Timestamp::from(NOW)).unwrap();
        let hash = signed.headers().find(|(name, _)| *name == "x-amz-content-sha256").unwrap().1;
        assert_eq!(hash.to_string(), literal);
        let seed = signed.signature().to_string();
        assert_eq!(seed, their_signature(payload, literal), "{literal}");

        let mut chunks = signer.chunks(&signed);
        let mut wire = String::new();
        for chunk in data.as_bytes().chunks(4) {
            wire += &written(&chunks.chunk(chunk).unwrap());
        }
        let trailer = (!matches!(form, ChunkForm::Signed)).then_some(CHECKSUM.as_bytes());
        wire += &written(&chunks.finish(trailer).unwrap());
        assert_eq!(wire, expected(seed, data, payload), "{literal}");
        assert_eq!(u64::try_from(wire.len()).unwrap(), payload.encoded_len::<V4a>());
    }
}
