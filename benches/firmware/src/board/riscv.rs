//! The board with a RISC-V processor: `virt`.

use core::arch::{asm, global_asm};
#[cfg(feature = "emulated")]
use core::ptr::without_provenance_mut;

global_asm!(
    ".section .vectors, \"ax\"",
    "la sp, _stack_top",
    "la t0, 1f",
    "csrw mtvec, t0",
    "j _start",
    ".p2align 2",
    "1: j _fault",
);

pub(super) const fn start_clock() {}

/// Returns the seconds since the start: `time` runs at 10 MHz.
pub fn seconds() -> u32 {
    loop {
        let (high, low, after): (u32, u32, u32);
        // SAFETY: reads a clock.
        unsafe {
            asm!("rdtimeh {}", "rdtime {}", "rdtimeh {}", out(reg) high, out(reg) low, out(reg) after);
        }
        // The low half has not overflowed in between.
        if high == after {
            return ((high << 22) | (low >> 10)) / (10_000_000 >> 10);
        }
    }
}

/// Returns the instructions since the start, under `-icount shift=0`.
#[cfg(feature = "emulated")]
pub(super) fn instructions() -> u32 {
    let count: u32;
    // SAFETY: reads a counter.
    unsafe { asm!("csrr {}, minstret", out(reg) count) };
    count
}

/// Prints a byte by the transmitter of the board's 16550.
#[cfg(feature = "emulated")]
pub(super) fn print(byte: u8) {
    // SAFETY: the register exists; the emulated one is always ready.
    unsafe { without_provenance_mut::<u8>(0x1000_0000).write_volatile(byte) };
}

/// Ends the emulator by the board's test device: "SiFive Test Finisher" (QEMU,
/// `hw/misc/sifive_test.c`).
#[cfg(feature = "emulated")]
pub(super) fn exit(status: u32) -> ! {
    let finish = if status == 0 { 0x5555 } else { (status << 16) | 0x3333 };
    // SAFETY: the register exists.
    unsafe { without_provenance_mut::<u32>(0x0010_0000).write_volatile(finish) };
    loop {
        core::hint::spin_loop();
    }
}
