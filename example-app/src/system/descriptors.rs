//! The limit of file descriptors, and waiting when none is left.

use core::time::Duration;
use std::io;

use rolesig_std::Clock;
use rolesig_std::http::Backoff;

/// The number of attempts to open something when descriptors are short.
pub(crate) const ATTEMPTS: u32 = 60;
/// The pause before the second; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(10);
/// The longest pause between two of them.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// The remedy if descriptors are short for a minute.
pub(crate) const REMEDY: &str = "raise the limit of open files (ulimit -n)";
/// Kept for files that are open for a moment: directories that are walked, name lookups,
/// credentials, journals.
const RESERVE: usize = 24;

/// The limit is raised to at most this number. Programs that rolefs starts inherit it, and some of
/// them close every descriptor up to it: containers have hard limits of 1,073,741,816.
const HIGHEST: u64 = 65_536;

/// Raises the soft limit of open files to the hard one, or to 65,536. A limit that cannot be raised
/// stays.
pub(crate) fn raise_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let current = raised(limit.current, limit.maximum);
        let _ = setrlimit(Resource::Nofile, Rlimit { current, ..limit });
    }
}

/// Returns the soft limit to set; `None` means no limit. It never becomes lower.
#[cfg(unix)]
fn raised(current: Option<u64>, maximum: Option<u64>) -> Option<u64> {
    let highest = maximum.map_or(HIGHEST, |maximum| maximum.min(HIGHEST));
    current.map(|current| current.max(highest))
}

/// Returns `wanted`, or less where that many things at once, of `each` descriptors, would exceed
/// the limit of open files; one at least.
pub(crate) fn at_once(wanted: usize, each: usize) -> usize {
    let Some(limit) = limit() else { return wanted };
    let room = limit.saturating_sub(RESERVE.saturating_add(open()));
    wanted.min(room.checked_div(each).unwrap_or(room)).max(1)
}

#[cfg(unix)]
fn limit() -> Option<usize> {
    use rustix::process::{Resource, getrlimit};
    let limit = getrlimit(Resource::Nofile).current?;
    Some(usize::try_from(limit).unwrap_or(usize::MAX))
}

#[cfg(not(unix))]
fn limit() -> Option<usize> {
    None
}

/// Opens `count` descriptors at once, and closes them.
///
/// # Errors
/// If there are too few.
pub(crate) fn expect(count: usize) -> io::Result<()> {
    let open = |_| io::pipe();
    let pipes: io::Result<Vec<_>> = (0..count.div_ceil(2)).map(open).collect();
    pipes.map(drop).map_err(with_remedy)
}

/// Returns an error with its remedy, if it says that there is no descriptor.
fn with_remedy(error: io::Error) -> io::Error {
    if !are_exhausted(&error) {
        return error;
    }
    io::Error::new(error.kind(), format!("{error}: {REMEDY}"))
}

/// Returns how many descriptors are open already; three where the system does not report it.
fn open() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(3, Iterator::count)
}

/// Returns whether an error says that the process, or the system, has no descriptor left.
pub(crate) fn are_exhausted(error: &io::Error) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        if matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE)) {
            return true;
        }
    }
    // As tempfile wraps them, to add the path.
    error.get_ref().is_some_and(|inner| are_exhausted_below(inner))
}

/// Returns whether that is the cause of an error, however deep.
pub(crate) fn are_exhausted_below(error: &(dyn core::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(next) = cause {
        if next.downcast_ref::<io::Error>().is_some_and(are_exhausted) {
            return true;
        }
        cause = next.source();
    }
    false
}

/// Opens something, again while there is no descriptor for it: other work gives some back.
///
/// # Errors
/// If it cannot be opened, or there is none for a minute.
pub(crate) async fn patiently<T>(open: impl Fn() -> io::Result<T>) -> io::Result<T> {
    let mut backoff = backoff();
    loop {
        match open() {
            Err(error) if are_exhausted(&error) => {
                if !backoff.wait(ATTEMPTS, Duration::MAX).await {
                    return Err(with_remedy(error));
                }
            }
            opened => return opened,
        }
    }
}

/// Does the same, and blocks meanwhile.
///
/// # Errors
/// As [`patiently`].
pub(crate) fn patiently_blocking<T>(open: impl Fn() -> io::Result<T>) -> io::Result<T> {
    let mut backoff = backoff();
    loop {
        match open() {
            Err(error) if are_exhausted(&error) => match backoff.pause(ATTEMPTS) {
                Some(pause) => std::thread::sleep(pause),
                None => return Err(with_remedy(error)),
            },
            opened => return opened,
        }
    }
}

/// Returns the pauses between attempts to open something, before the first.
pub(crate) const fn backoff() -> Backoff {
    Backoff::new(PAUSE, LONGEST_PAUSE, Clock::SYSTEM)
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::*;

    #[cfg(unix)]
    fn exhausted() -> io::Error {
        rustix::io::Errno::MFILE.into()
    }

    #[cfg(unix)]
    #[tokio::test(start_paused = true)]
    async fn waits_for_a_descriptor_and_gives_up_at_last() {
        let attempts = Cell::new(0);
        let open = |until: u32| {
            attempts.set(attempts.get() + 1);
            if attempts.get() < until { Err(exhausted()) } else { Ok(()) }
        };
        assert!(patiently(|| open(20)).await.is_ok());
        assert_eq!(attempts.take(), 20);
        let error = patiently(|| open(u32::MAX)).await.unwrap_err().to_string();
        assert!(error.ends_with("raise the limit of open files (ulimit -n)"), "{error}");
        assert_eq!(attempts.take(), ATTEMPTS);
        let other = || Err::<(), _>(io::Error::from(io::ErrorKind::NotFound));
        assert_eq!(patiently(other).await.unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn finds_the_cause_in_depth() {
        let outer = io::Error::other(io::Error::other(exhausted()));
        assert!(are_exhausted_below(&outer) && are_exhausted(&outer));
        assert!(!are_exhausted_below(&io::Error::other("else")));
    }

    #[cfg(unix)]
    #[test]
    fn raises_the_limit_within_reason() {
        for (current, maximum, expected) in [
            (Some(1024), Some(4096), Some(4096)),
            (Some(1024), Some(1_073_741_816), Some(HIGHEST)),
            (Some(1024), None, Some(HIGHEST)),
            (Some(1_000_000), Some(1_000_000), Some(1_000_000)),
            (None, None, None),
        ] {
            assert_eq!(raised(current, maximum), expected, "{current:?} {maximum:?}");
        }
    }

    #[test]
    fn always_allows_one_transfer() {
        assert_eq!(at_once(1, usize::MAX), 1);
        assert_eq!(at_once(0, 3), 1);
    }
}
