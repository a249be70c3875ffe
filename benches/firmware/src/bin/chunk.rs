//! Signs an upload in chunks, with a trailer, and writes it into a buffer piece by piece.
//!
//! Inputs go through `black_box`, so that the compiler cannot decide any check.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig::{
    ChunkForm, Chunked, Credentials, Emit, Request, Service, Signer, Timestamp, Trailer,
    TrailerName, V4,
};
use rolesig_firmware::{REQUEST, board::exit};

/// Runs the program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(upload().is_some())
}

fn upload() -> Option<usize> {
    let credentials = Credentials {
        access_key_id: black_box("ASIAIOSFODNN7EXAMPLE"),
        secret_access_key: black_box("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        session_token: black_box(Some("IQoJb3JpZ2luX2VjEXAMPLE")),
    };
    let region = black_box("eu-west-1");
    let mut s3 = Signer::new(credentials, region, black_box(Service::S3)).ok()?;
    let trailer = Trailer { name: TrailerName::CRC32C, value_len: 8 };
    let payload = black_box(Chunked {
        len: 200,
        chunk_len: 128,
        content_encoding: Some("gzip"),
        form: ChunkForm::SignedWithTrailer(trailer),
    });
    let Request { method, host, path, query, headers, .. } = black_box(REQUEST);
    let request = Request { method, host, path, query, headers, payload };
    let signed = s3.sign(&request, Timestamp::from(black_box(1_440_938_160))).ok()?;
    let mut buffer = [0; 512];
    let mut written = usize::try_from(payload.encoded_len::<V4>()).ok()?;
    for (name, value) in signed.headers() {
        written += black_box(name).len();
        written += black_box(value.write_to(black_box(&mut buffer)).ok()?).len();
    }
    let mut chunks = s3.chunks(&signed);
    for data in black_box([&[0; 128][..], &[0; 72]]) {
        let chunk = chunks.chunk(data).ok()?;
        written += black_box(chunk.write_to(black_box(&mut buffer)).ok()?).len();
    }
    let last = chunks.finish(black_box(Some(b"sOO8/Q=="))).ok()?;
    Some(written + black_box(last.write_to(black_box(&mut buffer)).ok()?).len())
}
