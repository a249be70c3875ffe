//! The control of the gate: reaches a panic, so it must not link.
#![no_std]
#![no_main]

use core::hint::black_box;

use rolesig_firmware::{REQUEST, board::exit};

/// Runs the program.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> ! {
    exit(cut(black_box(REQUEST.host), black_box(2)).is_empty())
}

#[expect(clippy::indexing_slicing, reason = "this is the panic")]
fn cut(text: &str, end: usize) -> &str {
    &text[..end]
}
