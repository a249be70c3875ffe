//! Requests with 4 to 60 signed headers, beside aws-sigv4.

use core::hint::black_box;

use rolesig::{Request, Signer, V4};
use rolesig_benches::timed::{Timed, grouped, in_turn};
use rolesig_benches::{Case, R1, REGION, credentials, session_token};

use crate::peer::{Peer, identity};
use crate::{ROUNDS, head, now};

/// The headers of each request that the signer adds: host, date, hash of the body, session token.
const OF_THE_SIGNER: usize = 4;

/// Prints the table. The signatures are first checked to be equal.
pub(crate) fn print() {
    head(&["signed headers", "rolesig", "aws-sigv4", "× faster"]);
    let names: Vec<String> = (0..60).map(|number| format!("x-amz-meta-{number:02}")).collect();
    // They live as long as the program, as those of all cases.
    let names: &'static [String] = Vec::leak(names);
    let headers: Vec<(&str, &[u8])> =
        names.iter().map(|name| (name.as_str(), b"a value".as_slice())).collect();
    let headers: &'static [_] = Vec::leak(headers);
    for count in [4, 8, 16, 30, 60] {
        let given = headers.get(..count - OF_THE_SIGNER).expect("60 are enough");
        let request = Request { headers: given, ..R1.request };
        let [ours, theirs] = times(&Case { request, ..R1 });
        println!(
            "| {count} | {} ns | {} ns | {:.1} |",
            grouped(ours),
            grouped(theirs),
            theirs / ours
        );
    }
}

/// Returns the nanoseconds of rolesig and of aws-sigv4.
fn times(case: &Case) -> [f64; 2] {
    let token = session_token();
    let identity = identity(&token);
    let peer = Peer::new(case, &identity);
    let signer = Signer::<V4, 64>::with_slots(credentials(&token), REGION, case.service);
    let mut signer = signer.expect("good credentials");
    let signature =
        signer.sign(&case.request, now()).expect("a good request").signature().to_string();
    assert_eq!(signature, peer.sign(case, str::to_owned));
    let mut buffer = [0; 4096];
    let mut ours = || {
        let signed = signer.sign_into(black_box(&case.request), now(), &mut buffer);
        black_box(signed.expect("a good request").authorization());
    };
    let mut theirs = || {
        peer.sign(black_box(case), |signature| {
            black_box(signature);
        });
    };
    in_turn([Timed::new(&mut ours), Timed::new(&mut theirs)], ROUNDS)
}
