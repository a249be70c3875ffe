//! How far an upload is: a bar on a terminal, nothing elsewhere.

use std::io::IsTerminal as _;
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The progress of one file.
#[derive(Clone, Debug)]
pub(crate) struct Progress(ProgressBar);

const TEMPLATE: &str =
    "{msg:30!} {bar:30} {bytes:>11}/{total_bytes:<11} {bytes_per_sec:>13} {eta:>4}";

impl Progress {
    /// A bar on stderr, if that is a terminal.
    pub(crate) fn of(file: &Path) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        Self(bar.with_message(file.display().to_string()))
    }

    /// How many bytes there are in all.
    pub(crate) fn expect(&self, len: u64) {
        self.0.set_length(len);
    }

    /// From the first byte, again.
    pub(crate) fn restart(&self) {
        self.0.set_position(0);
    }

    /// So many more bytes were handed to the connection.
    pub(crate) fn advance(&self, bytes: u64) {
        self.0.inc(bytes);
    }

    /// Takes the bar off the terminal.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
