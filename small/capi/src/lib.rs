//! rolesig for programs in C. `include/rolesig.h` is the documentation for callers.
//!
//! Nothing is allocated, no pointer is kept, and no panic is reachable: the panic handler calls a
//! function that does not exist, so a program links only if the optimiser has removed the handler.
//!
//! Only this crate contains `unsafe`, since a pointer and a length from C are a promise: in
//! [`text`] for inputs, in [`buffer`] for outputs, and in [`imds`] and [`key`] for
//! the places of a conversation and of a key.
#![no_std]

use core::panic::PanicInfo;

mod buffer;
#[cfg(feature = "imds")]
mod imds;
mod key;
mod sign;
mod status;
mod text;

unsafe extern "C" {
    /// Stands for a reachable panic. It is deliberately not defined.
    fn rolesig_panic_is_reachable() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: no program that contains this call links.
    unsafe { rolesig_panic_is_reachable() }
}
