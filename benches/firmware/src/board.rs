//! What a program needs of its board: a start, an end, and the time since the start.
//!
//! The boards are those that QEMU emulates: the linker scripts in `board/` name them. With the
//! feature `emulated` a program ends the emulator with a status and can print; without it, it is
//! what a device would have in its flash.

#[cfg(target_arch = "arm")]
mod cortex_m;
#[cfg(target_arch = "riscv32")]
mod riscv;

#[cfg(target_arch = "arm")]
use cortex_m as arch;
#[cfg(target_arch = "riscv32")]
use riscv as arch;

pub use arch::seconds;

unsafe extern "C" {
    static mut _bss_start: u32;
    static mut _bss_end: u32;

    /// The program.
    fn main() -> !;
}

/// Where a board begins, with its stack pointer set.
///
/// # Safety
/// Is called once, by the board.
#[unsafe(no_mangle)]
unsafe extern "C" fn _start() -> ! {
    // SAFETY: the linker script has put these around what is to be zero, and nothing uses it yet.
    unsafe {
        let end = &raw mut _bss_end;
        let mut word = &raw mut _bss_start;
        while word < end {
            word.write_volatile(0);
            word = word.wrapping_add(1);
        }
    }
    arch::start_clock();
    // SAFETY: every program has one.
    unsafe { main() }
}

/// The end of every program, and whether it did what it was to do.
pub fn exit(is_done: bool) -> ! {
    core::hint::black_box(is_done);
    #[cfg(feature = "emulated")]
    arch::exit(if is_done { 0 } else { 1 });
    #[cfg(not(feature = "emulated"))]
    loop {
        core::hint::spin_loop();
    }
}

/// Writes bytes to the emulator's standard error; on a device there is none.
pub fn print(bytes: &[u8]) {
    #[cfg(feature = "emulated")]
    bytes.iter().for_each(|byte| arch::print(*byte));
    #[cfg(not(feature = "emulated"))]
    let _ = bytes;
}
