//! Signatures by header and by query, compared with those of AWS's own signer (`aws-sigv4`).
//!
//! A path that ends with a segment of dots is left out: AWS's signers differ in whether a slash
//! remains of it.
#![no_main]

use core::time::Duration;
use std::time::SystemTime;

use arbitrary::{Arbitrary, Result, Unstructured};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use libfuzzer_sys::fuzz_target;
use rolesig::{Credentials, Expires, PathRule, Payload, Request, Service, Signer, Timestamp};

const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const HOST: &str = "example.eu-west-1.amazonaws.com";
const REGION: &str = "eu-west-1";
const HOUR: u32 = 3600;

/// Segments as clients send them. S3 decodes them and encodes them again, so the hexadecimal digits
/// are in upper case, and what need not be encoded is not.
const SEGMENTS: [&str; 10] =
    ["a", "B-_.~9", "%20", "%2F", "%C3%A9", "%25", ".", "..", "", "%2B%3D%26"];
const TEXTS: [&str; 10] = ["", "a", "A", "a b", "+", "é", "%41", "&=/?", "~-._", "a,b"];
const NAMES: [&str; 6] = ["a", "content-type", "X-Amz-Meta-B", "x-amz-meta-b", "zz", "range"];
const VALUES: [&str; 7] = ["", "v", "  v  ", "a  b", "a   b   c", "b,a", "\"q  q\""];

#[derive(Debug)]
struct Input {
    method: &'static str,
    path: String,
    query: Vec<(&'static str, &'static str)>,
    headers: Vec<(&'static str, &'static str)>,
    body: Vec<u8>,
    session_token: Option<&'static str>,
    service: Service<'static>,
    presign: bool,
    now: u32,
}

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut path = String::new();
        for _ in 0..u.int_in_range(0..=5)? {
            path = format!("{path}/{}", u.choose(&SEGMENTS)?);
        }
        if path.is_empty() || path.ends_with("/.") || path.ends_with("/..") {
            path += "/";
        }
        while path.ends_with("/./") || path.ends_with("/../") {
            path += "end";
        }
        let service = *u.choose(&[Service::S3, Service::new("dynamodb"), Service::new("iam")])?;
        if service.path_rule == PathRule::Once {
            // aws-sigv4 keeps it. S3 decodes the path, and finds a slash.
            path = path.replace("%2F", "/");
        }
        Ok(Self {
            method: u.choose(&["GET", "PUT", "POST", "DELETE"])?,
            path,
            query: pairs(u, &TEXTS, &TEXTS)?,
            headers: pairs(u, &NAMES, &VALUES)?,
            body: u.arbitrary()?,
            session_token: *u.choose(&[None, Some("IQoJb3JpZ2luX2VjE/+=="), Some("t")])?,
            service,
            presign: u.arbitrary()?,
            now: u.arbitrary()?,
        })
    }
}

fn pairs(
    u: &mut Unstructured<'_>,
    names: &[&'static str],
    values: &[&'static str],
) -> Result<Vec<(&'static str, &'static str)>> {
    let count = u.int_in_range(0..=5)?;
    (0..count).map(|_| Ok((*u.choose(names)?, *u.choose(values)?))).collect()
}

fuzz_target!(|input: Input| {
    assert_eq!(ours(&input), theirs(&input), "{input:?}");
});

fn is_s3(input: &Input) -> bool {
    input.service.path_rule == PathRule::Once
}

fn ours(input: &Input) -> String {
    let headers: Vec<_> =
        input.headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    let request = Request {
        method: input.method,
        host: HOST,
        path: &input.path,
        query: &input.query,
        headers: &headers,
        payload: Payload::Bytes(&input.body),
    };
    let credentials = Credentials {
        access_key_id: ACCESS_KEY_ID,
        secret_access_key: SECRET,
        session_token: input.session_token,
    };
    let now = Timestamp::from(input.now);
    let mut signer = Signer::new(credentials, REGION, input.service).unwrap();
    if input.presign {
        // S3 does not learn the hash from a URL.
        let payload = (!is_s3(input)).then_some(request.payload);
        let expires = Expires::seconds(HOUR).unwrap();
        let presigned = signer.presign(&request.with_payload(payload), expires, now).unwrap();
        presigned.signature().to_string()
    } else {
        signer.sign(&request, now).unwrap().signature().to_string()
    }
}

fn theirs(input: &Input) -> String {
    let token = input.session_token.map(ToOwned::to_owned);
    let identity =
        aws_credential_types::Credentials::from_keys(ACCESS_KEY_ID, SECRET, token).into();
    let mut settings = SigningSettings::default();
    if is_s3(input) {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    if input.presign {
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(HOUR.into()));
    }
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name(input.service.name)
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(input.now.into()))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let encoded = |text: &str| {
        text.bytes().fold(String::new(), |encoded, byte| format!("{encoded}%{byte:02X}"))
    };
    let pairs: Vec<_> =
        input.query.iter().map(|(n, v)| format!("{}={}", encoded(n), encoded(v))).collect();
    let mark = if pairs.is_empty() { "" } else { "?" };
    let uri = format!("https://{HOST}{}{mark}{}", input.path, pairs.join("&"));
    let body = if input.presign && is_s3(input) {
        SignableBody::UnsignedPayload
    } else {
        SignableBody::Bytes(&input.body)
    };
    let headers = input.headers.iter().copied();
    let request = SignableRequest::new(input.method, uri, headers, body).unwrap();
    sign(request, &parameters).unwrap().into_parts().1
}
