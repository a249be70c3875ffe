//! rolesig for programs in C: `include/rolesig.h` says what a caller must know.
//!
//! Nothing is allocated, no pointer is kept, and no panic can be reached: the panic handler calls a
//! function that nobody has, so a program links only if the optimiser has left it out.
//!
//! This crate alone has `unsafe` in it, since a pointer and a length from C are a promise: in
//! [`text`] for what is read, in [`buffer`] for what is written, and in [`imds`] for the place of
//! a conversation.
#![no_std]

use core::panic::PanicInfo;

mod buffer;
#[cfg(feature = "imds")]
mod imds;
mod sign;
mod status;
mod text;

unsafe extern "C" {
    /// Is defined nowhere, on purpose.
    fn rolesig_panic_is_reachable() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: no program with this call in it ever links.
    unsafe { rolesig_panic_is_reachable() }
}
