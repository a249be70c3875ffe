//! Requests whose path, query or headers have 64 KiB, as a verifier sees them before it knows who
//! sent them.

use core::hint::black_box;

use rolesig::{ReceivedBody, ReceivedRequest, Service, V4, Verifier, VerifyError};
use rolesig_benches::REGION;
use rolesig_benches::timed::{Timed, grouped, in_turn};

use crate::{ROUNDS, head, now};

const LEN: usize = 64 * 1024;

/// Prints the table.
pub(crate) fn print() {
    head(&["64 KiB of", "refused in"]);
    let signed = [("host", &b"h"[..]), ("x-amz-date", b"20150830T123600Z")];
    let signature = "0".repeat(64);
    let names: Vec<String> = (0..LEN / 16).map(|number| format!("x-{number:06}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), &b"12345678"[..])).collect();
    let same = vec![("x-a", &b"1"[..]); LEN / 4];
    let lists = [("headers", &many[..]), ("headers that are all the same", &same[..])];
    let pairs: Vec<(&[u8], &[u8])> =
        names.iter().map(|name| (name.as_bytes(), &b"12345678"[..])).collect();
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKID/20150830/{REGION}/execute-api/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature={signature}"
    );
    let head = [signed.as_slice(), &[("authorization", authorization.as_bytes())]].concat();
    let request = ReceivedRequest { method: "GET", path: "/", query: &[], headers: &head };
    let wrong = VerifyError::SignatureDoesNotMatch;
    for (name, path, expected) in [
        ("a path", "/a".repeat(LEN / 2), wrong),
        // A verifier without an allocator refuses so many.
        ("a path with dots", "/a/..".repeat(LEN / 5), VerifyError::InvalidPath),
        ("a path of triplets", format!("/{}", "%C3%A9".repeat(LEN / 6)), wrong),
    ] {
        row(name, &ReceivedRequest { path: &path, ..request }, expected);
    }
    row("a query", &ReceivedRequest { query: &pairs, ..request }, wrong);
    let value = "é".repeat(LEN / 2);
    let pair: [(&[u8], &[u8]); 1] = [(b"a", value.as_bytes())];
    row("a value of a query", &ReceivedRequest { query: &pair, ..request }, wrong);
    for (name, list) in lists {
        let headers = [head.as_slice(), list].concat();
        row(name, &ReceivedRequest { headers: &headers, ..request }, wrong);
    }
}

/// Times the verification of a request, which ends with this error, and prints its row.
fn row(name: &str, request: &ReceivedRequest<'_>, expected: VerifyError) {
    let verifier = Verifier::<V4, 8192>::with_slots(REGION, Service::new("execute-api"));
    let mut verify = || {
        let claimed = verifier.begin(black_box(request), now());
        let verified =
            claimed.and_then(|claimed| claimed.finish("secret", ReceivedBody::Bytes(b"")));
        assert_eq!(verified.err(), Some(expected));
    };
    let [nanoseconds] = in_turn([Timed::new(&mut verify).long()], ROUNDS);
    println!("| {name} | {} µs |", grouped(nanoseconds / 1000.0));
}
