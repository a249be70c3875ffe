//! The same operations by criterion, to compare a change with an earlier state
//! (`cargo bench --bench criterion -- --save-baseline`). The bench `sign` prints the ratios.

#![expect(clippy::expect_used, reason = "a failed measurement ends the program")]

use core::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use rolesig::Signer;
use rolesig_benches::{Case, R1, R2, R3, R3P, REGION, credentials, session_token};

#[path = "sign/peer.rs"]
mod peer;

use peer::{Limit, Peer, identity};

fn bench(criterion: &mut Criterion, case: &Case) {
    let session_token = session_token();
    let encoded = case.encoded_token(&session_token).expect("it fits");
    let signer = Signer::new(credentials(&session_token), REGION, case.service);
    let mut signer = signer.expect("good credentials").with_encoded_token(&encoded);
    let identity = identity(&session_token);
    let peer = Peer::new(case, &identity);
    let made = case.stages(&mut signer).expect("a good request");
    assert_eq!(made.signature, peer.sign(case, str::to_owned));
    let limit = Limit::of(case, &made);

    let mut group = criterion.benchmark_group(case.name);
    group.bench_function("limit", |bencher| bencher.iter(|| limit.compress()));
    let mut buffer = [0; 2048];
    group.bench_function("rolesig", |bencher| {
        bencher
            .iter(|| black_box(case).sign(&mut signer, &mut buffer).expect("a good request").len());
    });
    group.bench_function("aws-sigv4", |bencher| {
        bencher.iter(|| peer.sign(black_box(case), |signature| black_box(signature.len())));
    });
    group.finish();
}

fn sign(criterion: &mut Criterion) {
    for case in [R1, R2, R3, R3P] {
        bench(criterion, &case);
    }
}

criterion_group!(benches, sign);
criterion_main!(benches);
