//! The boards with a Cortex-M: `mps2-an386` and `microbit`.
//!
//! Source: Armv6-M and Armv7-M Architecture Reference Manuals, B1.5 (vector table) and B3.3
//! (`SysTick`).

use core::arch::global_asm;
use core::ptr::without_provenance_mut;
use core::sync::atomic::{AtomicU32, Ordering};

global_asm!(
    ".section .vectors, \"a\"",
    ".word _stack_top",
    ".word _start",
    ".rept 13",
    ".word _fault",
    ".endr",
    ".word _tick",
);

/// The steps of `SysTick`'s clock in a second, divided by 256.
#[cfg(target_abi = "eabihf")]
const CLOCK_256_HZ: u32 = 25_000_000 / 256;
#[cfg(not(target_abi = "eabihf"))]
const CLOCK_256_HZ: u32 = 16_000_000 / 256;

const SYST_CSR: *mut u32 = without_provenance_mut(0xe000_e010);
const SYST_RVR: *mut u32 = without_provenance_mut(0xe000_e014);
const SYST_CVR: *mut u32 = without_provenance_mut(0xe000_e018);
/// The interrupt control and state register, and its bit of a tick that is pending.
const ICSR: *const u32 = without_provenance_mut(0xe000_ed04);
const ICSR_PENDSTSET: u32 = 1 << 26;
/// The greatest value of `SysTick`, which has 24 bits.
const SYST_MAX: u32 = 0x00ff_ffff;

/// The number of rounds that `SysTick` has completed.
static ROUNDS: AtomicU32 = AtomicU32::new(0);

pub(super) fn start_clock() {
    // SAFETY: every Cortex-M4 and these boards have the registers.
    unsafe {
        SYST_RVR.write_volatile(SYST_MAX);
        SYST_CVR.write_volatile(0);
        // The processor's clock, an interrupt at the end, enabled.
        SYST_CSR.write_volatile(0b111);
    }
}

#[unsafe(no_mangle)]
extern "C" fn _tick() {
    // A Cortex-M0 has no `fetch_add`. Nothing else writes the counter.
    ROUNDS.store(ROUNDS.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

fn clock() -> (u32, u32) {
    loop {
        let rounds = ROUNDS.load(Ordering::Relaxed);
        // SAFETY: as above.
        let (left, state) = unsafe { (SYST_CVR.read_volatile(), ICSR.read_volatile()) };
        // A tick that is pending belongs to the round that is not counted yet: on a busy emulator
        // it may take a while, and the clock would go back.
        let is_counted = state & ICSR_PENDSTSET == 0;
        if is_counted && rounds == ROUNDS.load(Ordering::Relaxed) {
            return (rounds, SYST_MAX.saturating_sub(left));
        }
    }
}

/// Returns the seconds since the start, for about twelve hours.
pub fn seconds() -> u32 {
    let (rounds, steps) = clock();
    ((rounds << 16) | (steps >> 8)) / CLOCK_256_HZ
}

/// Returns the instructions since the start, under `-icount shift=6`: each then takes 64 ns.
#[cfg(feature = "emulated")]
pub(super) fn instructions() -> u32 {
    let (rounds, steps) = clock();
    let steps = (u64::from(rounds) << 24) | u64::from(steps);
    // A step takes 40 ns, or 62.5 ns.
    let (of, parts) = if cfg!(target_abi = "eabihf") { (5, 3) } else { (125, 7) };
    u32::try_from((steps * of) >> parts).unwrap_or(u32::MAX)
}

/// Calls an operation of "Semihosting for A-profile and M-profile", version 3.
#[cfg(feature = "emulated")]
fn semihost(operation: u32, parameter: *const u32) {
    // SAFETY: the emulator takes the breakpoint as a call, and reads the parameter's target.
    unsafe {
        core::arch::asm!("bkpt 0xab", inout("r0") operation => _, in("r1") parameter);
    }
}

/// Prints a byte by `SYS_WRITEC`.
#[cfg(feature = "emulated")]
pub(super) fn print(byte: u8) {
    semihost(0x03, (&raw const byte).cast());
}

/// Ends the emulator by `SYS_EXIT_EXTENDED` with `ADP_Stopped_ApplicationExit`.
#[cfg(feature = "emulated")]
pub(super) fn exit(status: u32) -> ! {
    let parameters = [0x2_0026, status];
    semihost(0x20, parameters.as_ptr());
    loop {
        core::hint::spin_loop();
    }
}
