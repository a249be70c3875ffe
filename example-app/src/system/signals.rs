//! The ways in which signals end the program, so that shells see it.

#[cfg(unix)]
use core::ops::RangeInclusive;

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

/// The real-time signals that the C library leaves to programs, from `SIGRTMIN` to `SIGRTMAX`.
/// musl's begin one later; which signal it keeps to itself cannot be caught.
///
/// Source: signal(7), "Real-time signals".
#[cfg(target_os = "linux")]
pub(crate) const REAL_TIME: RangeInclusive<u8> = 34..=64;
#[cfg(all(unix, not(target_os = "linux")))]
#[allow(clippy::reversed_empty_ranges, reason = "there are none that all of these systems have")]
pub(crate) const REAL_TIME: RangeInclusive<u8> = 1..=0;

/// Ends the program as a signal does that nothing catches. A shell stops a loop only if the program
/// in it died by the signal, and shows 128 and its number. After SIGIO, SIGPWR, SIGSTKFLT, or a
/// real-time signal, the program exits with that status.
///
/// Source: "Proper handling of SIGINT/SIGQUIT" (Martin Cracauer); POSIX, "Shell Command Language",
/// 2.8.2.
pub fn end_by(signal: u8) -> ! {
    #[cfg(unix)]
    {
        // A core file would hold credentials.
        let core = getrlimit(Resource::Core);
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), ..core });
        let _ = signal_hook::low_level::emulate_default_handler(i32::from(signal));
    }
    std::process::exit(i32::from(128_u8.saturating_add(signal)))
}

/// Ends the program as SIGPIPE does, which the standard library ignores.
pub(crate) fn end_by_pipe() -> ! {
    #[cfg(unix)]
    let signal = number(Signal::PIPE);
    #[cfg(not(unix))]
    let signal = 13;
    end_by(signal)
}

/// Returns the number of a signal.
#[cfg(unix)]
pub(crate) fn number(signal: Signal) -> u8 {
    u8::try_from(signal.as_raw()).unwrap_or_default()
}

/// Returns whether the parent had a signal ignored, as `nohup` does with SIGHUP, and a shell with
/// SIGINT and SIGQUIT of what runs in the background. Valid until it is caught.
#[cfg(target_os = "linux")]
pub(crate) fn is_ignored(signal: u8) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    is_in_mask(&status, signal)
}

/// Returns whether a signal is ignored. Without `/proc` no safe call reports it. SIGHUP then keeps
/// its default, so that `nohup` works.
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) fn is_ignored(signal: u8) -> bool {
    signal == number(Signal::HUP)
}

#[cfg(target_os = "linux")]
fn is_in_mask(status: &str, signal: u8) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal.saturating_sub(1)) & 1 == 1
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn reads_the_mask_of_ignored_signals() {
        let status = "Name:\tx\nSigBlk:\tffffffffffffffff\nSigIgn:\t0000000000001003\n";
        let ignored: Vec<_> = (1..=64).filter(|signal| is_in_mask(status, *signal)).collect();
        assert_eq!(ignored, [1, 2, 13]);
        assert!(!is_in_mask("", 1));
    }
}
