//! The signer's time is linear in each part of a request.

use super::*;
use crate::emit::sink::Emit as _;
use crate::emit::work;
use crate::sigv4::payload::Payload;
use crate::sigv4::request::Request;
use crate::sigv4::service::PathRule;
use crate::time::expires::Expires;
use crate::time::timestamp::Timestamp;

extern crate std;
use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;

/// The slots of the signer.
const SLOTS: usize = 16;

/// A request, one part of which is long.
#[derive(Clone, Default)]
struct Long {
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    session_token: String,
}

impl Long {
    fn path(path: String) -> Self {
        Self { path, ..Self::default() }
    }

    fn query(query: Vec<(String, String)>) -> Self {
        Self { query, ..Self::default() }
    }

    fn headers(headers: Vec<(String, String)>) -> Self {
        Self { headers, ..Self::default() }
    }

    /// Returns the steps of signing it into a buffer, of presigning it, and of showing its stages.
    fn steps(&self, path_rule: PathRule) -> [usize; 3] {
        let pair = |(name, value): &'_ (String, String)| (name.clone(), value.clone());
        let (query, headers): (Vec<_>, Vec<_>) =
            (self.query.iter().map(pair).collect(), self.headers.iter().map(pair).collect());
        let query: Vec<_> = query.iter().map(|(name, value)| (&**name, &**value)).collect();
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
        let request = Request {
            method: "GET",
            host: "example.com",
            path: &self.path,
            query: &query,
            headers: &headers,
            payload: Payload::Bytes(b""),
        };
        let Request { method, host, path, query, headers, payload } = request;
        let presigned = Request { method, host, path, query, headers, payload: Some(payload) };
        let credentials = Credentials {
            access_key_id: "AKID",
            secret_access_key: "secret",
            session_token: Some(&*self.session_token).filter(|token| !token.is_empty()),
        };
        let service = Service { path_rule, ..Service::new("service") };
        let mut signer = Signer::<V4, SLOTS>::with_slots(credentials, "r", service).unwrap();
        let (now, mut buffer) = (Timestamp::from(1_440_938_160), vec![0; 1 << 19]);
        [
            work::of(|| {
                assert!(signer.sign_into(&request, now, &mut buffer).is_ok());
            }),
            work::of(|| {
                let url = signer.presign_into(&presigned, Expires::MAX, now, "https", &mut buffer);
                assert!(url.is_ok());
            }),
            work::of(|| {
                let signed = signer.sign(&request, now).unwrap();
                assert!(signed.canonical_request().emitted_len() > 0);
                assert!(signed.authorization().emitted_len() > 0);
            }),
        ]
    }
}

/// Returns requests of a length, each with one part that is long.
fn long(len: usize) -> Vec<(&'static str, Long)> {
    let text = |piece: &str| piece.repeat(len / piece.len());
    // Sorting by insertion moves each of them past all others.
    let reversed = |case: fn(String) -> String| -> Vec<_> {
        let prefix = "a".repeat(len / SLOTS);
        let name = |place: usize| case(format!("{prefix}{:02}", SLOTS - place));
        (0..SLOTS).map(|place| (name(place), String::from("v"))).collect()
    };
    let one = |name: String, value: String| vec![(name, value)];
    vec![
        ("path", Long::path(text("/abc"))),
        ("path of triplets", Long::path(["/", &text("%2f")].concat())),
        ("path to be encoded", Long::path(["/", &text("ü")].concat())),
        ("path of dots", Long::path(text("/."))),
        ("path of slashes", Long::path(text("/"))),
        ("path of dotted segments", Long::path(["/...", &text("/a")].concat())),
        ("path with parents", Long::path(["/../", &text("a"), "/.."].concat())),
        ("pairs in reverse order", Long::query(reversed(|name| name))),
        ("pair", Long::query(one(text("a/"), text("b ")))),
        ("headers in reverse order", Long::headers(reversed(|name| name))),
        ("headers in upper case", Long::headers(reversed(|name| name.to_uppercase()))),
        ("header", Long::headers(one(text("Ab"), text("b ")))),
        ("header of spaces", Long::headers(one("a".into(), text(" ")))),
        ("header of spaces within", Long::headers(one("a".into(), text("b   ")))),
        (
            "one header often",
            Long::headers(vec![("a".into(), text("b")[..len / SLOTS].into()); SLOTS]),
        ),
        ("session token", Long { session_token: text("T/"), ..Long::path("/".into()) }),
    ]
}

#[test]
fn signs_in_time_linear_in_each_part() {
    let (short, long) = (long(4_000), long(64_000));
    for rule in [PathRule::Once, PathRule::NormalizedOnce, PathRule::NormalizedTwice] {
        for ((part, short), (_, long)) in short.iter().zip(&long) {
            for (few, many) in short.steps(rule).into_iter().zip(long.steps(rule)) {
                assert!(many <= 16 * few, "{part}, {rule:?}: {few}, {many}");
                // At most SLOTS comparisons, a few copies, and four steps for each encoded byte.
                assert!(many <= 64_000 * 40, "{part}, {rule:?}: {many}");
            }
        }
    }
}

/// Only the number of slots, which the caller chooses, has a larger effect.
#[test]
fn compares_each_pair_of_slots_at_most_once() {
    let headers: Vec<_> = (0..SLOTS).map(|place| format!("a{:02}", SLOTS - place)).collect();
    let headers: Vec<_> = headers.iter().map(|name| (name.clone(), String::new())).collect();
    let [ordered, reversed] = [headers.iter().rev().cloned().collect(), headers]
        .map(|headers| Long::headers(headers).steps(PathRule::Once)[0]);
    // Each comparison is of three bytes, and counts as a step.
    assert!(reversed - ordered <= SLOTS * (SLOTS - 1) / 2 * 4, "{ordered}, {reversed}");
}
