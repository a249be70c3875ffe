//! The verifier against that of `s3s`, another implementation: what the signer makes, as it is and
//! tampered with, is accepted by both or refused by both. Where they differ is written down.
#![cfg(all(test, feature = "sandbox"))]
// Clippy's exemption for tests does not reach the functions that tests share.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

use async_trait::async_trait;
use http::{Extensions, HeaderMap, Method, Uri};
use http_body_util::BodyExt;
use percent_encoding::percent_decode_str;
use rolesig::{ReceivedBody, ReceivedRequest, Service, Verifier, VerifyError};
use s3s::auth::SimpleAuth;
use s3s::route::S3Route;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3, S3Request, S3Response, S3Result, s3_error};

mod case;
mod chunks;

use case::{Case, Random, Wire, added, seconds_ago};

const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const REGION: &str = "eu-west-1";
const MINUTE: i64 = 60;
const CASES: usize = 160;

/// A way to make a request of a case; `None` if it does not apply to the case.
type Make = fn(&Case) -> Option<Wire>;

/// Accepted by both.
const ACCEPTED: &[(&str, Make)] = &[
    ("as it is", |case| Some(case.send())),
    ("14 minutes old", |case| Some(Case { age: 14 * MINUTE, ..case.clone() }.send())),
    ("14 minutes ahead", |case| Some(Case { age: -14 * MINUTE, ..case.clone() }.send())),
    ("presigned, not yet expired", |case| {
        case.presigned().map(|case| Case { age: 16 * MINUTE, ..case }.send())
    }),
    ("triplets in lower case", |case| {
        case.target(|target| target.replace("%2F", "%2f").replace("%C3%A9", "%c3%a9"))
    }),
    ("letter encoded", |case| case.path(|path| path.replace("bucket", "buc%6Bet"))),
    ("slash encoded on the way", |case| case.path(|path| path.replacen("/k", "%2Fk", 1))),
    ("query in another order", |case| {
        case.query(|query| query.split('&').rev().collect::<Vec<_>>().join("&"))
    }),
    ("spaces around and in a header", |case| case.job(|job| job.replace(' ', "   ") + "  ")),
    ("two headers of a name as one", |case| {
        let twice = case.with_header("x-amz-meta-two", b"1").with_header("X-Amz-Meta-Two", b"2");
        twice.header("x-amz-meta-two", |_| "1,2".to_owned())
    }),
    ("other header added", |case| Some(added(case.send(), "user-agent", "x"))),
    ("unsigned body", |case| (case.presign || case.is_unsigned).then(|| case.other_body())),
];

/// Refused by both.
const REFUSED: &[(&str, Make)] = &[
    ("method", |case| {
        let mut wire = case.send();
        *wire.method_mut() = if case.method == "GET" { Method::PUT } else { Method::GET };
        Some(wire)
    }),
    ("path", |case| case.path(|path| path.to_owned() + "x")),
    ("two slashes as one", |case| case.path(|path| path.replace("//", "/"))),
    ("query value", |case| case.query(|query| query.replace("prefix=", "prefix=x"))),
    ("query pair added", |case| case.query(|query| query.to_owned() + "&acl")),
    ("query pair dropped", |case| {
        let is_left = |pair: &&str| !pair.starts_with("list-type");
        case.query(|query| query.split('&').filter(is_left).collect::<Vec<_>>().join("&"))
    }),
    ("header value", |case| case.job(|job| job.to_owned() + "x")),
    ("header dropped", |case| case.without("x-amz-meta-job")),
    ("header twice", |case| {
        let once = case.with_header("x-amz-meta-twice", b"1").send();
        Some(added(once, "x-amz-meta-twice", "2"))
    }),
    ("host", |case| case.header("host", |host| host.replace("localhost", "127.0.0.1"))),
    ("host dropped", |case| case.without("host")),
    ("host not signed", |case| {
        case.proof(|proof| proof.replace("host;", "").replace("host%3B", ""))
    }),
    ("payload hash", |case| {
        let turned = |hash: &str| hash.bytes().rev().map(char::from).collect();
        case.header("x-amz-content-sha256", turned)
    }),
    ("payload hash unsigned", |case| {
        let unsigned = |_: &str| "UNSIGNED-PAYLOAD".to_owned();
        (!case.is_unsigned).then(|| case.header("x-amz-content-sha256", unsigned))?
    }),
    ("payload hash dropped", |case| case.without("x-amz-content-sha256")),
    ("signed body", |case| (!case.presign && !case.is_unsigned).then(|| case.other_body())),
    ("signature digit", |case| {
        case.signature(|digits| {
            let place = case.random % digits.len();
            let digit = if digits[place..].starts_with('0') { "1" } else { "0" };
            digits.replace_range(place..=place, digit);
        })
    }),
    ("signature in capitals", |case| case.signature(|digits| digits.make_ascii_uppercase())),
    ("signature cut", |case| case.signature(|digits| digits.truncate(case.random % 64))),
    ("other secret", |case| Some(Case { secret: "other", ..case.clone() }.send())),
    ("other key", |case| Some(Case { key_id: "AKIAOTHER", ..case.clone() }.send())),
    ("session token by header", |case| {
        case.header("x-amz-security-token", |token| token.to_owned() + "=")
    }),
    ("session token by query", |case| case.query(|query| query.replace("IQoJb3", "IQoJb4"))),
    ("no authorization", |case| case.without("authorization")),
    ("no signature", |case| case.query(|query| query.replace("X-Amz-Signature", "x"))),
    ("date by header", |case| {
        case.header("x-amz-date", |_| seconds_ago(MINUTE).amz_date().to_string())
    }),
    ("date by query", |case| {
        case.presigned()?.query(|query| {
            let (before, after) = query.split_once("X-Amz-Date=").unwrap();
            format!("{before}X-Amz-Date={}{}", seconds_ago(MINUTE).amz_date(), &after[16..])
        })
    }),
    ("no date by header", |case| case.without("x-amz-date")),
    ("no date by query", |case| case.query(|query| query.replace("X-Amz-Date", "x"))),
    ("16 minutes old", |case| {
        (!case.presign).then(|| Case { age: 16 * MINUTE, ..case.clone() }.send())
    }),
    ("16 minutes ahead", |case| Some(Case { age: -16 * MINUTE, ..case.clone() }.send())),
    ("presigned, expired", |case| {
        case.presigned().map(|case| Case { age: 16 * MINUTE, expires: 15 * 60, ..case }.send())
    }),
    ("expires later", |case| case.target(|target| target.replace("Expires=3600", "Expires=7200"))),
    ("scope's day", |case| {
        case.proof(|proof| proof.replace("EXAMPLE/2", "EXAMPLE/1").replace("E%2F2", "E%2F1"))
    }),
    ("scope's region", |case| case.proof(|proof| proof.replace(REGION, "eu-west-2"))),
    ("scope's end", |case| case.proof(|proof| proof.replace("aws4_request", "aws5_request"))),
    ("no service of S3", |case| Some(Case { service: "iam", ..case.clone() }.send())),
];

pub(crate) enum Only {
    /// `s3s` alone accepts it.
    Theirs,
    /// The verifier alone accepts it.
    Ours,
}

/// Every way in which they differ, and why.
const DIFFERENCES: &[(&str, Only, &str, Make)] = &[
    ("other region", Only::Theirs, "s3s takes any region of the scope", |case| {
        Some(Case { region: "eu-west-2", ..case.clone() }.send())
    }),
    ("service sts", Only::Theirs, "s3s is an endpoint of STS as well", |case| {
        Some(Case { service: "sts", ..case.clone() }.send())
    }),
    ("x-amz header added", Only::Theirs, "s3s does not ask that they are signed", |case| {
        Some(added(case.send(), "x-amz-acl", "public-read"))
    }),
    ("algorithm", Only::Theirs, "s3s does not look at it in the header", |case| {
        case.header("authorization", |value| value.replace("-SHA256 ", "-SHA512 "))
    }),
    ("names not in order", Only::Theirs, "s3s sorts the names of the header", |case| {
        let turned = "host;x-amz-date;x-amz-content-sha256";
        let plain = Case { headers: Vec::new(), session_token: None, ..case.clone() };
        plain.header("authorization", |value| {
            value.replace("host;x-amz-content-sha256;x-amz-date", turned)
        })
    }),
    ("two signatures", Only::Theirs, "s3s prefers the query to the header", |case| {
        case.presigned().map(|case| added(case.send(), "authorization", "Bearer x"))
    }),
    ("tab in a header", Only::Theirs, "to s3s any white space is a space", |case| {
        case.job(|job| job.replace(' ', "\t"))
    }),
    ("wide space signed", Only::Ours, "to s3s any white space is a space", |case| {
        Some(case.with_header("x-amz-meta-wide", "a\u{3000}b".as_bytes()).send())
    }),
    ("header not UTF-8", Only::Ours, "s3s leaves out such headers", |case| {
        Some(case.with_header("x-amz-meta-latin", b"caf\xe9").send())
    }),
    ("plus in the path not encoded", Only::Theirs, "to Amazon S3 it is a space", |case| {
        case.path(|path| path.replace("%2B", "+"))
    }),
    ("space of the path as plus", Only::Ours, "to Amazon S3 it is a space", |case| {
        case.path(|path| path.replace("%20", "+"))
    }),
    ("space as plus", Only::Theirs, "s3s reads the query as a form", |case| {
        case.query(|query| query.replace("%20", "+"))
    }),
    ("plus in the query not encoded", Only::Ours, "s3s reads the query as a form", |case| {
        case.query(|query| query.replace("%2B", "+"))
    }),
    ("values of a name turned", Only::Ours, "s3s sorts by names only", |case| {
        let mut twice = case.clone();
        twice.query.extend([("tag", "a".to_owned()), ("tag", "b".to_owned())]);
        twice.target(|target| target.replace("tag=a&tag=b", "tag=b&tag=a"))
    }),
    ("parts turned", Only::Ours, "s3s requires the header's parts in order", |case| {
        case.header("authorization", |value| {
            let (algorithm, parts) = value.split_once(' ').unwrap();
            let parts: Vec<_> = parts.rsplit(", ").collect();
            format!("{algorithm} {}", parts.join(", "))
        })
    }),
];

#[tokio::test]
async fn agrees_with_s3s_except_for_known_differences() {
    let accepted = ACCEPTED.iter().chain(chunks::ACCEPTED);
    let accepted = accepted.map(|(name, make)| (*name, (true, true), make));
    let refused = REFUSED.iter().chain(chunks::REFUSED);
    let refused = refused.map(|(name, make)| (*name, (false, false), make));
    let differences = DIFFERENCES.iter().chain(chunks::DIFFERENCES);
    let differences = differences.map(|(name, only, _, make)| {
        (*name, (matches!(only, Only::Theirs), matches!(only, Only::Ours)), make)
    });
    let service = service();
    let mut random = Random(1);
    let cases: Vec<_> = (0..CASES).map(|_| Case::new(&mut random)).collect();
    let (mut requests, mut wrong) = (0, Vec::new());
    for (name, expected, make) in accepted.chain(refused).chain(differences) {
        let wires: Vec<_> = cases.iter().filter_map(make).collect();
        assert!(wires.len() >= 10, "{name}: {} of {CASES}", wires.len());
        requests += wires.len();
        for wire in wires {
            let (theirs, ours) = (theirs(&service, &wire).await, ours(&wire));
            let verdicts = (theirs.is_ok(), ours.is_ok());
            if verdicts != expected {
                wrong.push(format!("{name}: s3s {theirs:?}, ours {ours:?}: {wire:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {requests} requests:\n{}", wrong.len(), wrong.join("\n"));
}

/// Returns the verdict of the verifier.
fn ours(wire: &Wire) -> Result<(), VerifyError> {
    let pairs = wire.uri().query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let decoded = |text| percent_decode_str(text).decode_utf8().unwrap();
    let pairs: Vec<_> = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect();
    let query: Vec<_> =
        pairs.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    let headers: Vec<_> =
        wire.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let content_sha256 = wire.headers().get("x-amz-content-sha256");
    let is_streamed =
        content_sha256.is_some_and(|value| value.as_bytes().starts_with(b"STREAMING-"));
    let request = ReceivedRequest {
        method: wire.method().as_str(),
        path: wire.uri().path(),
        query: &query,
        headers: &headers,
    };
    let body = if is_streamed { ReceivedBody::Unread } else { ReceivedBody::Bytes(wire.body()) };
    let secret_of = |key_id: &str, _: Option<&str>| match key_id {
        KEY_ID => Ok(SECRET),
        _ => Err(VerifyError::InvalidAccessKeyId),
    };
    let s3 = Verifier::new(REGION, Service::S3).allow_unsigned_payload();
    let verified = s3.verify(&request, body, seconds_ago(0), secret_of)?;
    verified.into_chunks().map_or(Ok(()), |chunks| chunks::receive(chunks, wire.body()))
}

/// Returns the verdict of `s3s`, or its error code.
async fn theirs(service: &S3Service, wire: &Wire) -> Result<(), String> {
    let response = service.call(wire.clone().map(Body::from)).await.unwrap();
    if response.status().is_success() {
        return Ok(());
    }
    let text = response.into_body().collect().await.unwrap().to_bytes();
    let text = str::from_utf8(&text).unwrap();
    let code = text.split(['<', '>']).skip_while(|tag| *tag != "Code").nth(1).unwrap();
    // A request that does not get as far as its signature says nothing about it.
    let of_authentication = [
        "AccessDenied",
        "BadDigest",
        "InvalidRequest",
        "NotImplemented",
        "NotSignedUp",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    ];
    assert!(of_authentication.contains(&code), "{text}: {wire:?}");
    Err(code.to_owned())
}

fn service() -> S3Service {
    let mut builder = S3ServiceBuilder::new(Nothing);
    builder.set_auth(SimpleAuth::from_single(KEY_ID, SECRET));
    builder.set_route(Nothing);
    builder.build()
}

/// Takes every request whose signature is right, and reads its body: `s3s` checks it as it is read.
struct Nothing;

impl S3 for Nothing {}

#[async_trait]
impl S3Route for Nothing {
    fn is_match(&self, _: &Method, _: &Uri, _: &HeaderMap, _: &mut Extensions) -> bool {
        true
    }

    async fn call(&self, request: S3Request<Body>) -> S3Result<S3Response<Body>> {
        match request.input.collect().await {
            Ok(_) => Ok(S3Response::new(Body::empty())),
            Err(_) => Err(s3_error!(BadDigest)),
        }
    }
}
