//! Properties of random requests.

use proptest::prelude::*;
use rolesig::{
    Credentials, PathRule, Payload, PayloadRule, Request, Service, SignedPayload, Signer,
};

use crate::verify::wire::{
    CREDENTIALS, DYNAMODB, IOT, REGION, REQUEST, Wire, now, presigned, signed,
};

/// A request to be signed, owned.
#[derive(Clone, Debug)]
struct Ours {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    session_token: Option<String>,
}

impl Ours {
    /// Signs it, or presigns it.
    fn wire(&self, presign: bool, service: Service<'_>, is_unsigned: bool) -> Wire {
        let query: Vec<_> = self.query.iter().map(|(name, value)| (&**name, &**value)).collect();
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let payload = if is_unsigned { Payload::Unsigned } else { Payload::Bytes(&self.body) };
        let request = Request {
            method: &self.method,
            path: &self.path,
            query: &query,
            headers: &headers,
            payload,
            ..REQUEST
        };
        if presign {
            presigned(self.credentials(), service, &request)
        } else {
            signed(self.credentials(), service, &request)
        }
    }

    fn credentials(&self) -> Credentials<'_> {
        Credentials { session_token: self.session_token.as_deref(), ..CREDENTIALS }
    }
}

/// With odd paths and pairs, and as many headers at most.
fn ours(headers: usize) -> impl Strategy<Value = Ours> {
    let name = prop::sample::select(vec![
        "Content-Type",
        "content-type",
        "Range",
        "a",
        "zz",
        "X-Amz-Meta-B",
        "x-amz-acl",
        "IF-Match",
        "x-amz-meta-b",
    ]);
    let value = "[ \t]{0,2}([!-~é]{1,4} {0,3}){0,3}[ \t]{0,2}";
    let method = "[A-Z]{3,6}|M-SEARCH|get";
    let path = prop::collection::vec(ODD_TEXT, 1..4);
    let query = prop::collection::vec((ODD_TEXT, ODD_TEXT), 0..4);
    let headers = prop::collection::vec((name, value), 0..=headers);
    let body = prop::collection::vec(any::<u8>(), 0..32);
    let session_token = prop::option::of("[!-~]{1,24}");
    (method, path, query, headers, body, session_token).prop_map(
        |(method, path, query, headers, body, session_token)| {
            let headers =
                headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes()));
            let (path, headers) = (format!("/{}", path.join("/")), headers.collect());
            Ours { method, path, query, headers, body, session_token }
        },
    )
}

const ODD_TEXT: &str = "([a-zA-Z0-9~.+=&;, %]|%2[fF]|%41|\\.\\.?/|/|é|漢|\u{10ffff}){0,8}";

fn services() -> impl Strategy<Value = Service<'static>> {
    let once = Service { path_rule: PathRule::NormalizedOnce, ..Service::new("mine") };
    prop::sample::select(vec![Service::S3, DYNAMODB, IOT, Service::S3_EXPRESS_SESSION, once])
}

proptest! {
    #[test]
    fn accepts_signed_requests(
        ours in ours(6),
        service in services(),
        presign: bool,
        is_unsigned: bool,
        turn in 0..8_usize,
    ) {
        // Only S3 has presigned requests that do not protect their body.
        let is_unsigned = is_unsigned && (!presign || service.payload_rule != PayloadRule::Signed);
        let mut wire = ours.wire(presign, service, is_unsigned);
        // The order in which different names come in does not matter.
        wire.headers.sort_by_key(|(name, _)| name.to_ascii_lowercase());
        let turn = turn.min(wire.query.len());
        wire.query.rotate_left(turn);
        let outcome = wire.verify(&ours.credentials(), service, now());
        let access_key_id = outcome.map(|(access_key_id, _)| access_key_id);
        prop_assert_eq!(access_key_id, Ok(CREDENTIALS.access_key_id.to_owned()));
        let other = Credentials { secret_access_key: "other", ..ours.credentials() };
        prop_assert!(wire.verify(&other, service, now()).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn detects_every_changed_bit_of_signed_parts(
        ours in ours(3),
        service in services(),
        presign: bool,
    ) {
        let wire = ours.wire(presign, service, false);
        let accepted = wire.verify(&ours.credentials(), service, now());
        prop_assert!(accepted.is_ok());
        let (_, payload) = accepted.unwrap();
        let path = canonical_path(&wire.path, service);
        for changed in changes(&wire) {
            if matches!(payload, SignedPayload::Unsigned) && changed.body != wire.body {
                continue;
            }
            // `%2f` and `%2F` are the same byte of a key, `//` and `/./` are the same nothing to
            // services that normalise.
            let is_same_path =
                changed.path != wire.path && canonical_path(&changed.path, service) == path;
            let outcome = changed.verify(&ours.credentials(), service, now());
            prop_assert_eq!(outcome.is_ok(), is_same_path, "{:?}", changed);
        }
    }
}

/// The path as it is signed.
fn canonical_path(path: &str, service: Service<'_>) -> Option<String> {
    let mut signer = Signer::new(CREDENTIALS, REGION, service).unwrap();
    let request = Request { path, ..REQUEST };
    let signed = signer.sign(&request, now()).ok()?;
    signed.canonical_request().to_string().lines().nth(1).map(str::to_owned)
}

/// All requests that differ in one bit from this one.
fn changes(wire: &Wire) -> Vec<Wire> {
    let mut changes = Vec::new();
    let mut text = |old: &str, change: &dyn Fn(&mut Wire, String)| {
        for changed in flipped(old.as_bytes()).filter_map(|bytes| String::from_utf8(bytes).ok()) {
            let mut wire = wire.clone();
            change(&mut wire, changed);
            changes.push(wire);
        }
    };
    text(&wire.method, &|wire, method| wire.method = method);
    text(&wire.path, &|wire, path| wire.path = path);
    for (place, (name, value)) in wire.query.iter().enumerate() {
        text(name, &|wire, name| wire.query[place].0 = name);
        text(value, &|wire, value| wire.query[place].1 = value);
    }
    for (place, (name, _)) in wire.headers.iter().enumerate() {
        text(name, &|wire, changed| {
            wire.headers[place].0 = changed;
        });
    }
    for (place, (_, value)) in wire.headers.iter().enumerate() {
        for value in flipped(value) {
            let mut wire = wire.clone();
            wire.headers[place].1 = value;
            changes.push(wire);
        }
    }
    for body in flipped(wire.body.as_deref().unwrap_or_default()) {
        changes.push(Wire { body: Some(body), ..wire.clone() });
    }
    // The case of a header's name does not count.
    changes.retain(|changed| {
        let names = changed.headers.iter().zip(&wire.headers);
        let is_same = changed.headers != wire.headers
            && names.clone().all(|(a, b)| a.0.eq_ignore_ascii_case(&b.0) && a.1 == b.1);
        !is_same
    });
    changes
}

fn flipped(old: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..8 * old.len()).map(|bit| {
        let mut bytes = old.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    })
}
