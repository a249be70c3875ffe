//! The program: reads the command line, does it, ends as Hadoop's shell would.

use std::process::ExitCode;

use rolefs::{cli, process};

/// Runs before the standard library's runtime, which opens `/dev/null` in place of closed streams.
#[cfg(unix)]
#[ctor::ctor(unsafe)]
fn note_closed_streams() {
    rolefs::standard_streams::closed::note();
}

fn main() -> ExitCode {
    match cli::parse(std::env::args_os()) {
        Ok(arguments) => process::run(arguments).end(),
        Err(ending) => ending.end(),
    }
}
