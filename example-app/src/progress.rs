//! How far an upload is: a bar on a terminal, nothing elsewhere.

use std::io::IsTerminal as _;
use std::path::Path;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// One line for each file on its way.
#[derive(Debug)]
pub(crate) struct Bars {
    bars: MultiProgress,
    is_shown: bool,
}

/// The progress of one file.
#[derive(Clone, Debug)]
pub(crate) struct Progress(ProgressBar);

const TEMPLATE: &str =
    "{msg:30!} {bar:30} {bytes:>11}/{total_bytes:<11} {bytes_per_sec:>13} {eta:>4}";

impl Bars {
    /// On stderr, if that is a terminal and they are wanted.
    pub(crate) fn new(is_wanted: bool) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        Self { bars, is_shown: is_wanted && std::io::stderr().is_terminal() }
    }

    /// A bar, or nothing.
    pub(crate) fn of(&self, file: &Path) -> Progress {
        if !self.is_shown {
            return Progress(ProgressBar::hidden());
        }
        let bar = ProgressBar::no_length();
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        Progress(self.bars.add(bar.with_message(file.display().to_string())))
    }
}

impl Progress {
    /// How many bytes there are in all.
    pub(crate) fn expect(&self, len: u64) {
        self.0.set_length(len);
    }

    /// S3 holds so many more bytes.
    pub(crate) fn advance(&self, bytes: u64) {
        self.0.inc(bytes);
    }

    /// Takes the bar off the terminal.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
