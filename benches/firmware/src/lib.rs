//! What the programs have in common: a board, the panic handler, which cannot be linked, and a
//! request.
#![no_std]

use core::panic::PanicInfo;

use rolesig::{Payload, Request};

pub mod board;
pub mod stream;
pub mod uart;

unsafe extern "C" {
    /// Is defined nowhere, on purpose.
    fn panic_is_reachable() -> !;
}

/// If the linker keeps this function, it does not find what it calls: a program links only when no
/// panic can be reached in it.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: no program with this call in it ever links.
    unsafe { panic_is_reachable() }
}

/// R1 of the benches: S3 `PutObject` on role credentials, the hash of the body known.
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
