//! Signed chunks, beside the hash of as many bytes.

use core::hint::black_box;

use rolesig::{ChunkForm, Chunked, Service, Signer};
use rolesig_benches::timed::{Timed, grouped, in_turn};
use rolesig_benches::{R1, REGION, credentials, session_token};
use sha2::{Digest as _, Sha256};

use crate::{ROUNDS, head, now};

const KIB: usize = 1024;

/// Prints the table: 1 is the bandwidth of the hash alone.
pub(crate) fn print() {
    head(&["chunks of", "MB/s", "× the bandwidth of the hash"]);
    for kib in [8_u16, 64, 1024] {
        let (chunk, alone) = times(&vec![0x5a; usize::from(kib) * KIB]);
        println!("| {} KiB | {} | {:.2} |", grouped(kib.into()), grouped(chunk), chunk / alone);
    }
}

/// Returns the bandwidth of signing chunks of this length, and of hashing them, in MB/s.
fn times(data: &[u8]) -> (f64, f64) {
    let token = session_token();
    let signer = Signer::new(credentials(&token), REGION, Service::S3);
    let mut signer = signer.expect("good credentials");
    let form = ChunkForm::Signed;
    let body = Chunked { len: u64::MAX >> 8, chunk_len: data.len(), content_encoding: None, form };
    let mut buffer = [0; 4096];
    let signed = signer.sign_chunked_into(&R1.request.with_payload(body), now(), &mut buffer);
    let (_, mut chunks) = signed.expect("a good request");
    let mut sign = || {
        black_box(chunks.chunk(black_box(data)).expect("of the right length").head());
    };
    let mut hash = || {
        black_box(Sha256::digest(black_box(data)));
    };
    let (sign, hash) = (Timed::new(&mut sign).long(), Timed::new(&mut hash).long());
    let [sign, hash] = in_turn([sign, hash], 5 * ROUNDS);
    let megabytes = |nanoseconds| {
        let len = u32::try_from(data.len()).expect("1 MiB at most");
        f64::from(len) * 1000.0 / nanoseconds
    };
    (megabytes(sign), megabytes(hash))
}
