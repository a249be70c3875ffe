//! The resources of the process: threads and descriptors.

use core::time::Duration;
use std::{io, thread};

use rolesig_std::Environment;
use tokio::runtime::{Builder, Runtime};

use super::arguments::Arguments;
use crate::system::{ExitStatus, descriptors};

/// The descriptors that the runtime takes, and a connection and a file beside it: tokio panics if
/// it has none for its signals.
const DESCRIPTORS: usize = 8;

/// Runs the command line, with the highest limits that the system allows the process.
pub(super) fn run(arguments: Arguments) -> ExitStatus {
    descriptors::raise_limit();
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            message!("rolefs: {error}");
            return ExitStatus::Failed;
        }
    };
    let ending = runtime.block_on(super::run::run(arguments, Environment::of_process()));
    // A question for a code, or a read from stdin, is not waited for.
    runtime.shutdown_background();
    ending
}

/// Builds the runtime, with a thread for blocking calls that stays: tokio panics if it has none and
/// can start none, and waits for the ones it has otherwise.
fn runtime() -> io::Result<Runtime> {
    // Without these tokio panics, or waits for events that never come.
    let no_thread = |error: io::Error| {
        let what = format!(
            "no thread can be started ({error}): raise the limit of processes (ulimit -u, \
             TasksMax) or of memory"
        );
        io::Error::new(error.kind(), what)
    };
    descriptors::expect(DESCRIPTORS)?;
    let spare = thread::Builder::new().spawn(|| ()).map_err(no_thread)?;
    // It cannot fail: it does nothing.
    let _ = spare.join();
    let as_long_as_it_runs = Duration::from_secs(u64::from(u32::MAX));
    let runtime =
        Builder::new_current_thread().enable_all().thread_keep_alive(as_long_as_it_runs).build()?;
    runtime.block_on(runtime.spawn_blocking(|| ())).map_err(io::Error::other)?;
    Ok(runtime)
}
