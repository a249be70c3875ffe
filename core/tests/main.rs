//! The tests of the package from outside, as a caller sees it.
//!
//! One program has all tests, since each program is linked again when the code changes. Those that
//! watch a whole process have their own: `defmt`, `marked_secrets`, `no_alloc` and `wiped`.

#![cfg(test)]

mod canonical_request;
mod chunk;
mod container;
mod errors;
mod events;
mod imds;
mod into;
mod io;
mod iot;
mod presign;
mod refresh;
mod role_document;
mod secrets;
mod services;
mod sign;
mod skew;
mod sts;
mod verify;
