//! The board of a program: a start, an end, and the time since the start.
//!
//! QEMU emulates the boards, which the linker scripts in `board/` name. With the feature `emulated`
//! a program ends the emulator with a status and can print. Without it, a program is the same as in
//! a device's flash.

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
    #[cfg(feature = "emulated")]
    static mut _stack_top: u32;

    /// Runs the program.
    fn main() -> !;
}

/// Starts the board, whose stack pointer is set.
///
/// # Safety
/// The board must call it, once.
#[unsafe(no_mangle)]
unsafe extern "C" fn _start() -> ! {
    // SAFETY: the linker script places these around the memory to clear, which nothing uses yet.
    unsafe {
        let end = &raw mut _bss_end;
        let mut word = &raw mut _bss_start;
        while word < end {
            word.write_volatile(0);
            word = word.wrapping_add(1);
        }
    }
    #[cfg(feature = "emulated")]
    paint_stack();
    arch::start_clock();
    // SAFETY: every program defines `main`.
    unsafe { main() }
}

/// Ends the program after a fault of the processor.
#[unsafe(no_mangle)]
extern "C" fn _fault() -> ! {
    #[cfg(feature = "emulated")]
    arch::exit(3);
    #[cfg(not(feature = "emulated"))]
    loop {
        core::hint::spin_loop();
    }
}

/// Ends the program, with its success.
pub fn exit(is_done: bool) -> ! {
    core::hint::black_box(is_done);
    #[cfg(feature = "emulated")]
    {
        print_measured("stack", used_stack());
        arch::exit(u32::from(!is_done))
    }
    #[cfg(not(feature = "emulated"))]
    loop {
        core::hint::spin_loop();
    }
}

/// Counts instructions in the emulator, and nothing on a device.
#[derive(Clone, Copy, Debug)]
pub struct Count(u32);

impl Count {
    /// Starts counting.
    pub fn start() -> Self {
        #[cfg(feature = "emulated")]
        return Self(arch::instructions());
        #[cfg(not(feature = "emulated"))]
        Self(0)
    }

    /// Prints the instructions since the start of the count.
    pub fn report(self, what: &str) {
        #[cfg(feature = "emulated")]
        print_measured(what, arch::instructions().saturating_sub(self.0));
        #[cfg(not(feature = "emulated"))]
        let _ = (what, self.0);
    }
}

/// Writes bytes to the emulator's standard error; on a device it does nothing.
pub fn print(bytes: &[u8]) {
    #[cfg(feature = "emulated")]
    bytes.iter().for_each(|byte| arch::print(*byte));
    #[cfg(not(feature = "emulated"))]
    let _ = bytes;
}

#[cfg(feature = "emulated")]
fn print_measured(what: &str, number: u32) {
    print(b"measured: ");
    print(what.as_bytes());
    print(b" ");
    print(itoa::Buffer::new().format(number).as_bytes());
    print(b"\n");
}

/// A word that no program writes by chance.
#[cfg(feature = "emulated")]
const PAINT: u32 = 0xc0a7_ed5e;

/// Paints the memory between the static variables and the current stack.
#[cfg(feature = "emulated")]
#[inline(never)]
fn paint_stack() {
    let mark = 0_u32;
    // Well below this function's own stack.
    let end = (&raw const mark).cast_mut().wrapping_sub(32);
    let mut word = &raw mut _bss_end;
    while word < end {
        // SAFETY: it is RAM that nothing of this program uses.
        unsafe { word.write_volatile(PAINT) };
        word = word.wrapping_add(1);
    }
}

/// Returns the greatest depth of the stack so far, in bytes.
#[cfg(feature = "emulated")]
fn used_stack() -> u32 {
    let top = &raw mut _stack_top;
    let mut word = &raw mut _bss_end;
    // SAFETY: as above; the loop ends at the stack at the latest.
    while word < top && unsafe { word.read_volatile() } == PAINT {
        word = word.wrapping_add(1);
    }
    u32::try_from(top.addr() - word.addr()).unwrap_or(u32::MAX)
}
