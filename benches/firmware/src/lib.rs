//! The common parts of the programs: a board, a panic handler that cannot be linked, and a request.
#![no_std]

use core::panic::PanicInfo;

use rolesig::{Payload, Request};

pub mod board;
pub mod stream;
pub mod uart;

unsafe extern "C" {
    /// Stands for a reachable panic. It is deliberately not defined.
    fn panic_is_reachable() -> !;
}

/// Makes linking fail if a panic is reachable: this function calls one that is not defined.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: no program that contains this call links.
    unsafe { panic_is_reachable() }
}

/// R1 of the benches: S3 `PutObject` with role credentials and a known hash of the body.
pub const REQUEST: Request<'static> = Request {
    method: "PUT",
    host: "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com",
    path: "/data/part-00000%20with%20space%20%26%20%C3%BCn%C3%AFcode.parquet",
    query: &[("partNumber", "1"), ("uploadId", "VXBsb2FkSWQ")],
    headers: &[
        ("content-length", b"134217728"),
        ("content-type", b"application/vnd.apache.parquet"),
        ("x-amz-meta-job", b"application_1440938160_0042"),
        ("x-amz-meta-mtime", b"1440938160"),
    ],
    payload: Payload::Sha256([0x5a; 32]),
};
