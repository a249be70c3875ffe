//! The progress of objects: lines on a terminal that are drawn again and again, nothing elsewhere.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use console::Term;

use crate::s3::content::progress::BodyProgress;

mod drawing;
mod line;
mod rate;

use drawing::Drawing;
pub(crate) use line::Direction;
use line::{Amounts, Pace};
use rate::Rate;

/// One line for each file in transfer, and one for all of them.
#[derive(Debug)]
pub(crate) struct Bars {
    /// `None` if nothing is shown.
    shown: Option<(Arc<Lines>, Drawing)>,
}

/// All lines that are shown.
#[derive(Debug)]
struct Lines {
    terminal: Term,
    direction: Direction,
    files: Mutex<Files>,
    total: Line,
    /// The number of directories with files that have not begun.
    opening: AtomicUsize,
}

/// The files in transfer, and those whose end is not drawn yet.
#[derive(Debug, Default)]
struct Files {
    begun: Vec<Arc<Line>>,
    ended: Vec<Arc<Line>>,
}

/// The most finished files that are drawn at once; more could not be read.
const MOST_ENDED: usize = 64;

/// While it lives, there are files that have not begun.
#[derive(Debug)]
pub(crate) struct Opening(Option<Arc<Lines>>);

impl Drop for Opening {
    fn drop(&mut self) {
        if let Some(all) = &self.0 {
            all.opening.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// The bytes of a file that has not begun. While it lives, they are part of the total.
#[derive(Debug)]
pub(crate) struct Planned(Option<(Arc<Lines>, u64)>);

impl Drop for Planned {
    fn drop(&mut self) {
        if let Some((all, len)) = &self.0 {
            let mut state = lock(&all.total.state);
            state.total = state.total.map(|total| total.saturating_sub(*len));
        }
    }
}

/// The content of a line.
#[derive(Debug)]
struct Line {
    name: String,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    total: Option<u64>,
    done: u64,
    /// Requests in flight.
    sending: Vec<BodyProgress>,
    rate: Rate,
}

/// The progress of one file.
#[derive(Debug)]
pub(crate) struct Progress(Option<(Arc<Lines>, Arc<Line>)>);

impl Bars {
    /// Returns bars that are not shown.
    pub(crate) const fn none() -> Self {
        Self { shown: None }
    }

    /// Returns bars on stderr, if that is a terminal that can move its cursor, and they are wanted.
    pub(crate) fn new(is_wanted: bool, direction: Direction) -> Self {
        let is_dumb = std::env::var_os("TERM").is_none_or(|kind| kind.is_empty() || kind == "dumb");
        if !is_wanted || is_dumb || !io::stderr().is_terminal() {
            return Self::none();
        }
        let total = Line::new("total", Some(0));
        let (files, opening) = (Mutex::default(), AtomicUsize::new(0));
        let terminal = Term::buffered_stderr();
        let all = Arc::new(Lines { terminal, direction, files, total, opening });
        let drawing = Drawing::of(Arc::clone(&all));
        Self { shown: drawing.map(|drawing| (all, drawing)) }
    }

    /// Returns a line for a file, or none. The total grows when the length of the file is known.
    pub(crate) fn of(&self, name: &str) -> Progress {
        let Some((all, _)) = &self.shown else { return Progress(None) };
        let file = Arc::new(Line::new(name, None));
        lock(&all.files).begun.push(Arc::clone(&file));
        Progress(Some((Arc::clone(all), file)))
    }

    /// Marks that more files follow, until the returned value is dropped.
    pub(crate) fn opening(&self) -> Opening {
        let all = self.shown.as_ref().map(|(all, _)| Arc::clone(all));
        if let Some(all) = &all {
            all.opening.fetch_add(1, Ordering::Relaxed);
        }
        Opening(all)
    }

    /// Returns whether anything is shown.
    pub(crate) const fn are_shown(&self) -> bool {
        self.shown.is_some()
    }

    /// Counts the bytes of a file that will begin, if its length is known. It is asked for only if
    /// it is shown.
    pub(crate) fn plan(&self, len: impl FnOnce() -> Option<u64>) -> Planned {
        let Some((all, _)) = &self.shown else { return Planned(None) };
        let Some(len) = len() else { return Planned(None) };
        *lock(&all.total.state).total.get_or_insert(0) += len;
        Planned(Some((Arc::clone(all), len)))
    }

    /// Runs `write` while no lines are drawn, since it may write to the terminal. Later, if there
    /// are lines.
    pub(crate) fn aside(&self, write: impl FnOnce() + Send + 'static) {
        match &self.shown {
            Some((_, drawing)) => drawing.aside(Box::new(write)),
            None => write(),
        }
    }
}

impl Lines {
    /// Writes the line of each file, and that of all of them, as they are now.
    fn texts(&self, files: &[Arc<Line>], now: Instant) -> (Vec<String>, String) {
        let mut on_wire = 0;
        let mut is_measured = true;
        let mut texts = Vec::new();
        for file in files {
            let (amounts, text) = self.text(file, now, |amounts| amounts, 0);
            on_wire += amounts.on_wire;
            is_measured &= amounts.total.is_some();
            texts.push(text);
        }
        let more_come = self.opening.load(Ordering::Relaxed) > 0;
        let in_all = |all: Amounts| all.in_all(is_measured, more_come);
        (texts, self.text(&self.total, now, in_all, on_wire).1)
    }

    /// Writes a line, with `more` on the wire than is its own; returns what it shows, too.
    fn text(
        &self,
        line: &Line,
        now: Instant,
        known: impl FnOnce(Amounts) -> Amounts,
        more: u64,
    ) -> (Amounts, String) {
        let (amounts, pace) = lock(&line.state).at(more, now);
        let amounts = known(amounts);
        let pace = Pace { left: pace.left.filter(|_| amounts.total.is_some()), ..pace };
        let columns = usize::from(self.terminal.size().1);
        (amounts, line::line(columns, &line.name, amounts, pace, self.direction))
    }
}

impl Line {
    fn new(name: &str, total: Option<u64>) -> Self {
        let name = name.to_owned();
        let rate = Rate::new(Instant::now());
        let state = State { total, done: 0, sending: Vec::new(), rate };
        Self { name, state: Mutex::new(state) }
    }
}

impl State {
    /// Returns the present state. A piece that was sent completely is not looked at again.
    fn at(&mut self, more: u64, now: Instant) -> (Amounts, Pace) {
        self.sending.retain(BodyProgress::is_shared);
        let on_wire = self.sending.iter().map(BodyProgress::on_wire).sum::<u64>() + more;
        let amounts = Amounts { total: self.total, done: self.done, on_wire };
        self.rate.record(now, amounts.sent());
        let left = self.total.map(|total| total.saturating_sub(amounts.sent()));
        let left = left.and_then(|left| self.rate.time_for(left));
        (amounts, Pace { per_second: self.rate.per_second(), left })
    }
}

impl Progress {
    /// Sets the total number of bytes, as far as it is known.
    pub(crate) fn expect(&self, len: u64) {
        let Some((all, file)) = &self.0 else { return };
        let before = lock(&file.state).total.replace(len).unwrap_or(0);
        let mut all = lock(&all.total.state);
        let others = all.total.unwrap_or(0).saturating_sub(before);
        all.total = Some(others.saturating_add(len));
    }

    /// Watches the bytes that a request sends.
    pub(crate) fn watch(&self, moved: &BodyProgress) {
        let Some((_, file)) = &self.0 else { return };
        let mut state = lock(&file.state);
        if !state.sending.iter().any(|known| known.is_same(moved)) {
            state.sending.push(moved.clone());
        }
    }

    /// Counts bytes that were stored already.
    pub(crate) fn skip(&self, bytes: u64) {
        let Some((all, file)) = &self.0 else { return };
        for line in [&**file, &all.total] {
            let mut state = lock(&line.state);
            state.rate.skip(bytes);
            state.done += bytes;
        }
    }

    /// Counts bytes that have reached their destination.
    pub(crate) fn advance(&self, bytes: u64) {
        let Some((all, file)) = &self.0 else { return };
        let is_measured = lock(&file.state).total.is_some();
        for line in [&**file, &all.total] {
            lock(&line.state).done += bytes;
        }
        if !is_measured {
            *lock(&all.total.state).total.get_or_insert(0) += bytes;
        }
    }
}

impl Drop for Progress {
    /// Takes the line off the terminal. Bytes that are still missing are not waited for.
    fn drop(&mut self) {
        let Some((all, file)) = &self.0 else { return };
        let (total, done) = {
            let state = lock(&file.state);
            (state.total, state.done)
        };
        if let Some(total) = total {
            let mut all = lock(&all.total.state);
            all.total = all.total.map(|all| all.saturating_sub(total.saturating_sub(done)));
        }
        let mut files = lock(&all.files);
        files.begun.retain(|other| !Arc::ptr_eq(other, file));
        if files.ended.len() < MOST_ENDED {
            files.ended.push(Arc::clone(file));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
