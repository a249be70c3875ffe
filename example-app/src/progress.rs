//! How far objects are: lines on a terminal that are drawn anew, nothing elsewhere.

use std::io::IsTerminal as _;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// One line for each file on its way, and one for all of them.
#[derive(Debug)]
pub(crate) struct Bars {
    lines: MultiProgress,
    /// `None` if nothing is shown.
    total: Option<ProgressBar>,
}

/// The progress of one file.
#[derive(Debug)]
pub(crate) struct Progress {
    file: ProgressBar,
    total: ProgressBar,
}

const TEMPLATE: &str =
    "{msg:24!} {wide_bar} {bytes:>10}/{total_bytes:<10} {bytes_per_sec:>12} {eta:>4}";

impl Bars {
    /// On stderr, if that is a terminal and they are wanted.
    pub(crate) fn new(is_wanted: bool) -> Self {
        let lines = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let is_shown = is_wanted && std::io::stderr().is_terminal();
        let total = is_shown.then(|| lines.add(line(ProgressBar::new(0), "total")));
        Self { lines, total }
    }

    /// A line, or nothing. The total grows by a file when its length is known.
    pub(crate) fn of(&self, name: &str) -> Progress {
        let Some(total) = self.total.clone() else {
            return Progress { file: ProgressBar::hidden(), total: ProgressBar::hidden() };
        };
        let file = line(ProgressBar::no_length(), name);
        Progress { file: self.lines.insert_before(&total, file), total }
    }

    /// Does something while there are no lines: it may write to the terminal.
    pub(crate) fn aside(&self, write: impl FnOnce()) {
        self.lines.suspend(write);
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.total.iter().for_each(ProgressBar::finish_and_clear);
    }
}

fn line(bar: ProgressBar, name: &str) -> ProgressBar {
    if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
        bar.set_style(style);
    }
    bar.with_message(name.to_owned())
}

impl Progress {
    /// How many bytes there are in all.
    pub(crate) fn expect(&self, len: u64) {
        self.file.set_length(len);
        self.total.inc_length(len);
    }

    /// So many more bytes are where they are to be.
    pub(crate) fn advance(&self, bytes: u64) {
        if self.file.length().is_none() {
            self.total.inc_length(bytes);
        }
        self.file.inc(bytes);
        self.total.inc(bytes);
    }
}

impl Drop for Progress {
    /// Takes the line off the terminal. What did not come is not waited for any more.
    fn drop(&mut self) {
        let left = self.file.length().map(|len| len.saturating_sub(self.file.position()));
        self.total.dec_length(left.unwrap_or(0));
        self.file.finish_and_clear();
    }
}
