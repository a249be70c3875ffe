//! Signing, measured beside its limit and its peer in one process.
//!
//! - `limit`: only the SHA-256 blocks that any signer must compress once it has the day's key.
//! - `rolesig`: the whole operation, including checks, ordering and `Authorization`.
//! - `aws-sigv4`: AWS's own signer with the same request. Its signature is first checked to be
//!   equal.
//! - `client`: the same request as an [`http::Request`], signed by a `SigningClient` that has
//!   credentials and key. It is a copy each time; what copying and dropping it alone takes is
//!   subtracted.

#![expect(clippy::expect_used, reason = "a failed measurement ends the program")]

use core::hint::black_box;

use rolesig::Signer;
use rolesig_benches::timed::{Timed, all_in_turn};
use rolesig_benches::{Case, R1, R2, R3, R3P, REGION, credentials, session_token};

mod peer;
mod through_client;

use peer::{Limit, Peer, identity};
use through_client::ThroughClient;

/// The number of rounds. Each round times all operations in turn, since the machine's speed drifts.
const ROUNDS: usize = 4000;
/// The allocations of a signature through a client, with the kept key. They are counted, so that
/// each run gives the same, and are most of what a client takes beyond the core.
const MOST_ALLOCATIONS: u64 = 4;

/// The nanoseconds of each operation.
struct Measured {
    limit: f64,
    cached: f64,
    fresh: f64,
    peer: f64,
    /// Through a client, with the allocations: `None` for what a client does otherwise.
    client: Option<(f64, u64)>,
}

fn measure(case: &Case) -> Measured {
    let session_token = session_token();
    let encoded = case.encoded_token(&session_token).expect("it fits");
    let signer = || {
        let signer = Signer::new(credentials(&session_token), REGION, case.service);
        signer.expect("good credentials").with_encoded_token(&encoded)
    };
    let sign = |signer: &mut Signer<'_>, buffer: &mut [u8]| {
        black_box(black_box(case).sign(signer, buffer).expect("a good request"));
    };

    let mut day = signer();
    let identity = identity(&session_token);
    let peer = Peer::new(case, &identity);
    let made = case.stages(&mut day).expect("a good request");
    assert_eq!(made.signature, peer.sign(case, str::to_owned));
    let blocks = Limit::of(case, &made);
    let client = ThroughClient::new(case, &session_token);
    // A client always keeps the encoded token.
    let is_for_client = case.expires.is_none() || case.keeps_encoded_token;
    let allocations = is_for_client.then(|| allocations(case, &client, &made.signature));

    let mut limit = || blocks.compress();
    let mut peer_sign = || {
        peer.sign(black_box(case), |signature| {
            black_box(signature);
        });
    };
    let [mut one_buffer, mut other_buffer] = [[0; 2048]; 2];
    let mut cached = || sign(&mut day, &mut one_buffer);
    let mut fresh = || sign(&mut signer(), &mut other_buffer);
    let mut copy = || client.copy(case);
    let mut by_client = || client.sign(black_box(case));

    let mut timed = vec![
        Timed::new(&mut limit),
        Timed::new(&mut cached),
        Timed::new(&mut fresh),
        Timed::new(&mut peer_sign),
    ];
    if allocations.is_some() {
        timed.extend([Timed::new(&mut by_client), Timed::new(&mut copy)]);
    }
    let mut best = all_in_turn(timed, ROUNDS).into_iter();
    let mut next = || best.next().expect("as many as were timed");
    let [limit, cached, fresh, peer] = [(); 4].map(|()| next());
    Measured {
        limit,
        cached,
        fresh,
        peer,
        client: allocations.map(|count| (next() - next(), count)),
    }
}

/// Checks that a client signs as the core does, and counts the allocations of a signature with the
/// kept key.
fn allocations(case: &Case, client: &ThroughClient, signature: &str) -> u64 {
    assert_eq!(client.signature(case), signature);
    let count = |operation: &dyn Fn()| allocation_counter::measure(operation).count_total;
    let allocations = count(&|| client.sign(case)) - count(&|| client.copy(case));
    assert!(allocations <= MOST_ALLOCATIONS, "{}: {allocations} allocations", case.name);
    allocations
}

/// Prints a line for each request, with these columns (times in nanoseconds):
///
/// - its name
/// - the limit, rolesig with the day's key, and their ratio
/// - rolesig with a new key, aws-sigv4, and the ratio of aws-sigv4 to rolesig with the day's key
/// - if a client sends such a request: the time through it, its ratio to rolesig with the day's
///   key, and the allocations
fn main() {
    for case in [R1, R2, R3, R3P] {
        let Measured { limit, cached, fresh, peer, client } = measure(&case);
        let (above, lead) = (cached / limit, peer / cached);
        print!(
            "{}\t{limit:.0}\t{cached:.0}\t{above:.2}\t{fresh:.0}\t{peer:.0}\t{lead:.1}",
            case.name
        );
        match client {
            Some((client, count)) => println!("\t{client:.0}\t{:.2}\t{count}", client / cached),
            None => println!("\t-\t-\t-"),
        }
    }
}
