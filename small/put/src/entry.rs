//! The entry point for the kernel. Only this module and [`system`](crate::system) contain `unsafe`.

use core::arch::global_asm;
use core::ffi::{CStr, c_char};
use core::panic::PanicInfo;

use crate::error::PutError;

// Source: "System V ABI, AMD64 supplement", 3.4.1 (initial stack); exit_group is system call 231.
global_asm!(
    ".globl _start",
    "_start:",
    "xor ebp, ebp",
    "mov rdi, [rsp]",
    "lea rsi, [rsp + 8]",
    "and rsp, -16",
    "call {main}",
    "mov edi, eax",
    "mov eax, 231",
    "syscall",
    "ud2",
    main = sym main,
);

/// Runs the program, and returns its exit code.
extern "C" fn main(count: usize, arguments: *const *const c_char) -> i32 {
    let result = match count {
        4 => {
            let argument = |place| {
                // SAFETY: the kernel passes `count` pointers, and all indices are below it.
                let argument = unsafe { *arguments.add(place) };
                // SAFETY: each points to a text with a NUL, which lives until the end.
                unsafe { CStr::from_ptr(argument) }.to_str().map_err(|_| PutError::Usage)
            };
            all([argument(1), argument(2), argument(3)]).and_then(crate::run)
        }
        _ => Err(PutError::Usage),
    };
    match result {
        Ok(()) => 0,
        Err(failure) => {
            failure.report();
            1
        }
    }
}

fn all<'a>([a, b, c]: [Result<&'a str, PutError>; 3]) -> Result<[&'a str; 3], PutError> {
    Ok([a?, b?, c?])
}

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
