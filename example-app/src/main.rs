//! The program `rolefs`.

use std::process::ExitCode;

/// Runs before the standard library's runtime, which opens `/dev/null` in place of closed streams.
#[cfg(unix)]
#[ctor::ctor(unsafe)]
fn note_closed_streams() {
    rolefs::system::standard_streams::closed::note();
}

fn main() -> ExitCode {
    rolefs::cli::main(std::env::args_os())
}
