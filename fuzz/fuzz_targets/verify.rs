//! Verifying a signed request: it is accepted unless a signed part was changed, and never with
//! another secret.
#![no_main]

use std::collections::BTreeMap;

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use rolesig::{
    Credentials, Emit, Expires, Payload, PayloadRule, ReceivedBody, ReceivedRequest, Request,
    Service, SignedPayload, Signer, Timestamp, Verifier, VerifyError,
};
use rolesig_fuzz::text::{Text, mostly};
use rolesig_fuzz::wire::{Change, Owned};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const ACCESS_KEY_ID: &str = "ASIAIOSFODNN7EXAMPLE";
const HOST: &str = "b.s3.eu-west-1.amazonaws.com";
const REGION: &str = "eu-west-1";
const HOUR: u32 = 3600;

const SERVICES: [Service<'static>; 4] = [
    Service::S3,
    Service::S3_EXPRESS_SESSION,
    Service::new("dynamodb"),
    Service::new("iotdevicegateway"),
];

const NAMES: [&str; 8] =
    ["a", "A", "zz", "Content-Type", "content-type", "X-Amz-Meta-B", "x-amz-meta-b", "x-amz-acl"];

#[derive(Debug)]
struct Input {
    request: Owned,
    session_token: Option<String>,
    service: Service<'static>,
    presign: bool,
    is_unsigned: bool,
    signed_at: Timestamp,
    now: Timestamp,
    changes: Vec<Change>,
}

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut query = Vec::new();
        for _ in 0..u.int_in_range(0..=3)? {
            query.push((Text::arbitrary(u)?.0, Text::arbitrary(u)?.0));
        }
        let mut headers = Vec::new();
        for _ in 0..u.int_in_range(0..=4)? {
            headers.push((mostly(u, &NAMES)?, Text::arbitrary(u)?.0.into_bytes()));
        }
        let signed_at = Timestamp::from(u.arbitrary::<u32>()?);
        let request = Owned {
            method: mostly(u, &["GET", "PUT", "get"])?,
            path: format!("/{}", Text::arbitrary(u)?.0),
            query,
            headers,
            body: Some(Vec::arbitrary(u)?),
        };
        let mut changes = Vec::new();
        for _ in 0..u.int_in_range(0..=3)? {
            changes.push(Change::arbitrary(u)?);
        }
        Ok(Self {
            request,
            session_token: if u.arbitrary()? { Some(mostly(u, &["IQoJb3/+=="])?) } else { None },
            service: *u.choose(&SERVICES)?,
            presign: u.arbitrary()?,
            is_unsigned: u.ratio(1, 4)?,
            signed_at,
            now: if u.ratio(1, 4)? {
                let seconds = u.int_in_range(0..=2 * u64::from(HOUR))?;
                Timestamp::from_unix(signed_at.as_unix().saturating_sub(1800) + seconds).unwrap()
            } else {
                signed_at
            },
            changes,
        })
    }
}

fuzz_target!(|input: Input| {
    let Some(wire) = sign(&input) else { return };
    let untouched = verify(&input, &wire, SECRET);
    let age = input.now.as_unix().cast_signed() - input.signed_at.as_unix().cast_signed();
    let has_other_mechanism = !input.presign
        && wire.query.iter().any(|(name, _)| {
            ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"].contains(&&**name)
        });
    let expected = match age {
        _ if has_other_mechanism => Err(VerifyError::TwoAuthMechanisms),
        ..-900 if input.presign => Err(VerifyError::RequestNotYetValid),
        _ if input.presign && age >= i64::from(HOUR) => Err(VerifyError::RequestExpired),
        ..-900 | 901.. if !input.presign => Err(VerifyError::RequestTimeTooSkewed),
        // Such a URL does not show that the body is not signed.
        _ if input.presign
            && input.is_unsigned
            && input.service.payload_rule == PayloadRule::Signed =>
        {
            Err(VerifyError::SignatureDoesNotMatch)
        }
        _ => Ok(()),
    };
    assert_eq!(untouched.as_ref().map(|_| ()).map_err(|error| *error), expected, "{input:?}");
    assert!(verify(&input, &wire, "another secret").is_err());

    let mut changed = wire.clone();
    input.changes.iter().for_each(|change| changed.apply(change));
    assert!(verify(&input, &changed, "another secret").is_err());
    if let (Ok(before), Ok(after)) = (untouched, verify(&input, &changed, SECRET)) {
        assert_eq!(before, after);
        assert_eq!(signed_parts(&input, &wire, &before), signed_parts(&input, &changed, &after));
        if matches!(after.1, SignedPayload::Sha256(_)) && changed.body.is_some() {
            assert_eq!(wire.body, changed.body);
        }
    }
});

/// Signs a request; `None` if it cannot be signed.
fn sign(input: &Input) -> Option<Owned> {
    let Owned { method, path, query, headers, body } = &input.request;
    let query: Vec<_> = query.iter().map(|(name, value)| (&**name, &**value)).collect();
    let headers: Vec<_> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let request = Request {
        method,
        host: HOST,
        path,
        query: &query,
        headers: &headers,
        payload: if input.is_unsigned {
            Payload::Unsigned
        } else {
            Payload::Bytes(body.as_deref()?)
        },
    };
    let credentials = Credentials {
        access_key_id: ACCESS_KEY_ID,
        secret_access_key: SECRET,
        session_token: input.session_token.as_deref(),
    };
    let mut signer = Signer::new(credentials, REGION, input.service).ok()?;
    let mut received = vec![("Host".to_owned(), HOST.as_bytes().to_vec())];
    received.extend(input.request.headers.iter().cloned());
    let target = if input.presign {
        let expires = Expires::seconds(HOUR)?;
        let is_told = input.is_unsigned || input.service.payload_rule == PayloadRule::Signed;
        let request = request.with_payload(is_told.then_some(request.payload));
        emitted(&signer.presign(&request, expires, input.signed_at).ok()?.target())
    } else {
        let signed = signer.sign(&request, input.signed_at).ok()?;
        received.extend(signed.headers().map(|(name, value)| (name.to_owned(), emitted(&value))));
        emitted(&signed.target())
    };
    let target = String::from_utf8(target).unwrap();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap());
    Some(Owned {
        method: method.clone(),
        path: path.to_owned(),
        query: pairs.map(|(name, value)| (decoded(name), decoded(value))).collect(),
        headers: received,
        body: body.clone(),
    })
}

/// The signed names, the payload and the session token of an accepted request.
type Accepted = (String, SignedPayload, Option<String>);

fn verify(input: &Input, wire: &Owned, secret: &str) -> std::result::Result<Accepted, VerifyError> {
    let query: Vec<_> =
        wire.query.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    let headers: Vec<_> = wire.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let request = ReceivedRequest {
        method: &wire.method,
        path: &wire.path,
        query: &query,
        headers: &headers,
    };
    let verifier = Verifier::new(REGION, input.service).allow_unsigned_payload();
    let body = wire.body.as_deref().map_or(ReceivedBody::Unread, ReceivedBody::Bytes);
    let verified =
        verifier.verify(&request, body, input.now, |access_key_id, session_token| {
            match (access_key_id, session_token == input.session_token.as_deref()) {
                (ACCESS_KEY_ID, true) => Ok(secret),
                (ACCESS_KEY_ID, false) => Err(VerifyError::InvalidToken),
                _ => Err(VerifyError::InvalidAccessKeyId),
            }
        })?;
    assert_eq!(verified.access_key_id(), ACCESS_KEY_ID);
    assert_eq!(verified.signed_at(), input.signed_at);
    Ok((
        verified.signed_headers().to_owned(),
        verified.payload(),
        verified.session_token().map(str::to_owned),
    ))
}

/// The parts of an accepted request that cannot have been changed: method, canonical path, pairs
/// and signed headers.
#[derive(Debug, PartialEq, Eq)]
struct SignedParts {
    method: String,
    path: Vec<u8>,
    query: Vec<(String, String)>,
    headers: BTreeMap<String, Vec<Vec<u8>>>,
}

fn signed_parts(input: &Input, wire: &Owned, (names, ..): &Accepted) -> SignedParts {
    let mut query = wire.query.clone();
    query.sort();
    let mut headers = BTreeMap::<_, Vec<_>>::new();
    for (name, value) in &wire.headers {
        let name = name.to_ascii_lowercase();
        if names.split(';').any(|signed| signed == name) {
            let words = value.split(|byte| b" \t".contains(byte)).filter(|word| !word.is_empty());
            let folded = words.collect::<Vec<_>>().join(&b' ');
            // A comma within a value counts as one between two values.
            headers
                .entry(name)
                .or_default()
                .extend(folded.split(|byte| *byte == b',').map(<[u8]>::to_vec));
        }
    }
    SignedParts { method: wire.method.clone(), path: canonical_path(input, wire), query, headers }
}

/// Returns the canonical path by the signer.
fn canonical_path(input: &Input, wire: &Owned) -> Vec<u8> {
    let request = Request {
        method: "GET",
        host: HOST,
        path: &wire.path,
        query: &[],
        headers: &[],
        payload: Payload::Unsigned,
    };
    let credentials =
        Credentials { access_key_id: "a", secret_access_key: "s", session_token: None };
    let mut signer = Signer::new(credentials, REGION, input.service).unwrap();
    let signed = signer.sign(&request, input.signed_at).unwrap();
    let canonical_request = emitted(&signed.canonical_request());
    canonical_request.split(|byte| *byte == b'\n').nth(1).unwrap().to_vec()
}

fn emitted(value: &impl Emit) -> Vec<u8> {
    let mut buffer = vec![0; value.emitted_len()];
    assert_eq!(value.write_to(&mut buffer).map(<[u8]>::len), Ok(value.emitted_len()));
    buffer
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((plain, triplet)) = rest.split_once('%') {
        bytes.extend(plain.bytes());
        bytes.push(u8::from_str_radix(&triplet[..2], 16).unwrap());
        rest = &triplet[2..];
    }
    bytes.extend(rest.bytes());
    String::from_utf8(bytes).unwrap()
}
