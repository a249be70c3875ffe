//! The progress of objects: lines on a terminal that are drawn again and again, nothing elsewhere.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use tokio::task::JoinHandle;
use tokio::time::interval;

use crate::s3::moved::Moved;

mod line;
mod rate;

pub(crate) use line::Direction;
use line::{Amounts, Pace};
use rate::Rate;

/// So often all lines are drawn, since what is on the wire tells nobody when it moves.
const TICK: Duration = Duration::from_millis(250);
/// The shortest time between two drawings of one line.
const PAUSE: Duration = Duration::from_millis(50);
const HERTZ: u8 = 20;

/// One line for each file on its way, and one for all of them.
#[derive(Debug)]
pub(crate) struct Bars {
    lines: MultiProgress,
    /// `None` if nothing is shown.
    shown: Option<(Arc<Lines>, JoinHandle<()>)>,
}

/// All lines that are shown.
#[derive(Debug)]
struct Lines {
    terminal: Term,
    direction: Direction,
    files: Mutex<Vec<Arc<Line>>>,
    total: Line,
    /// The number of directories with files that have not begun.
    opening: AtomicUsize,
}

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

/// The content of a line.
#[derive(Debug)]
struct Line {
    bar: ProgressBar,
    name: String,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    total: Option<u64>,
    done: u64,
    /// Requests that are on their way.
    sending: Vec<Moved>,
    rate: Rate,
    drawn: Option<Instant>,
}

/// The progress of one file.
#[derive(Debug)]
pub(crate) struct Progress(Option<(Arc<Lines>, Arc<Line>)>);

impl Bars {
    /// Returns bars on stderr, if that is a terminal and they are wanted.
    pub(crate) fn new(is_wanted: bool, direction: Direction) -> Self {
        let terminal = Term::buffered_stderr();
        let is_dumb = std::env::var_os("TERM").is_some_and(|kind| kind == "dumb");
        if !is_wanted || is_dumb || !io::stderr().is_terminal() {
            let lines = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
            return Self { lines, shown: None };
        }
        let target = Box::new(Lossy(terminal.clone()));
        let target = ProgressDrawTarget::term_like_with_hz(target, HERTZ);
        let lines = MultiProgress::with_draw_target(target);
        let total = Line::new(lines.add(ProgressBar::no_length()), "total", Some(0));
        let files = Mutex::default();
        let opening = AtomicUsize::new(0);
        let all = Arc::new(Lines { terminal, direction, files, total, opening });
        let drawn = Arc::clone(&all);
        let ticking = tokio::spawn(async move {
            let mut ticks = interval(TICK);
            loop {
                ticks.tick().await;
                drawn.draw();
            }
        });
        Self { lines, shown: Some((all, ticking)) }
    }

    /// Returns a line for a file, or none. The total grows when the length of the file is known.
    pub(crate) fn of(&self, name: &str) -> Progress {
        let Some((all, _)) = &self.shown else { return Progress(None) };
        let bar = self.lines.insert_before(&all.total.bar, ProgressBar::no_length());
        let file = Arc::new(Line::new(bar, name, None));
        lock(&all.files).push(Arc::clone(&file));
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

    /// Does something while there are no lines: it may write to the terminal.
    pub(crate) fn aside(&self, write: impl FnOnce()) {
        self.lines.suspend(write);
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        if let Some((all, ticking)) = &self.shown {
            ticking.abort();
            all.total.bar.finish_and_clear();
        }
    }
}

impl Lines {
    fn draw(&self) {
        let now = Instant::now();
        let files = lock(&self.files).clone();
        let mut on_wire = 0;
        let mut is_measured = true;
        for file in &files {
            let amounts = self.draw_line(file, now, |amounts| amounts, 0);
            on_wire += amounts.on_wire;
            is_measured &= amounts.total.is_some();
        }
        let more_come = self.opening.load(Ordering::Relaxed) > 0;
        self.draw_line(&self.total, now, |all| all.in_all(is_measured, more_come), on_wire);
    }

    /// Draws a line, with `more` on the wire than is its own, and returns what it shows.
    fn draw_line(
        &self,
        line: &Line,
        now: Instant,
        known: impl FnOnce(Amounts) -> Amounts,
        more: u64,
    ) -> Amounts {
        let (amounts, pace) = lock(&line.state).at(more, now);
        let amounts = known(amounts);
        let pace = Pace { left: pace.left.filter(|_| amounts.total.is_some()), ..pace };
        let columns = usize::from(self.terminal.size().1);
        line.bar.set_message(line::line(columns, &line.name, amounts, pace, self.direction));
        amounts
    }
}

impl Line {
    fn new(bar: ProgressBar, name: &str, total: Option<u64>) -> Self {
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        let name = name.to_owned();
        let rate = Rate::new(Instant::now());
        let state = State { total, done: 0, sending: Vec::new(), rate, drawn: None };
        Self { bar, name, state: Mutex::new(state) }
    }
}

impl State {
    /// Returns the present state. A piece that was sent completely is not looked at again.
    fn at(&mut self, more: u64, now: Instant) -> (Amounts, Pace) {
        self.sending.retain(Moved::is_shared);
        let on_wire = self.sending.iter().map(Moved::on_wire).sum::<u64>() + more;
        let amounts = Amounts { total: self.total, done: self.done, on_wire };
        self.rate.record(now, amounts.sent());
        self.drawn = Some(now);
        let left = self.total.map(|total| total.saturating_sub(amounts.sent()));
        let left = left.and_then(|left| self.rate.time_for(left));
        (amounts, Pace { per_second: self.rate.per_second(), left })
    }

    /// Returns whether it is time to draw the line: its end is always drawn.
    fn is_due(&self) -> bool {
        self.total == Some(self.done) || self.drawn.is_none_or(|drawn| drawn.elapsed() > PAUSE)
    }
}

impl Progress {
    /// Sets the total number of bytes.
    pub(crate) fn expect(&self, len: u64) {
        let Some((all, file)) = &self.0 else { return };
        lock(&file.state).total = Some(len);
        *lock(&all.total.state).total.get_or_insert(0) += len;
    }

    /// Watches what a request sends.
    pub(crate) fn watch(&self, moved: &Moved) {
        let Some((_, file)) = &self.0 else { return };
        let mut state = lock(&file.state);
        if !state.sending.iter().any(|known| known.is_same(moved)) {
            state.sending.push(moved.clone());
        }
    }

    /// Counts bytes that were there already.
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
        let is_due = [&**file, &all.total].map(|line| {
            let mut state = lock(&line.state);
            state.done += bytes;
            state.is_due()
        });
        if !is_measured {
            *lock(&all.total.state).total.get_or_insert(0) += bytes;
        }
        if is_due.contains(&true) {
            all.draw();
        }
    }
}

impl Drop for Progress {
    /// Takes the line off the terminal. What did not come is not waited for any more.
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
        lock(&all.files).retain(|other| !Arc::ptr_eq(other, file));
        file.bar.finish_and_clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A terminal that may be lost, or closed: indicatif panics if it cannot draw around other output.
#[derive(Debug)]
struct Lossy(Term);

impl TermLike for Lossy {
    fn width(&self) -> u16 {
        TermLike::width(&self.0)
    }

    fn height(&self) -> u16 {
        TermLike::height(&self.0)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        lossy(self.0.move_cursor_up(n))
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        lossy(self.0.move_cursor_down(n))
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        lossy(self.0.move_cursor_right(n))
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        lossy(self.0.move_cursor_left(n))
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        lossy(self.0.write_line(text))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        lossy(self.0.write_str(text))
    }

    fn clear_line(&self) -> io::Result<()> {
        lossy(self.0.clear_line())
    }

    fn flush(&self) -> io::Result<()> {
        lossy(self.0.flush())
    }
}

/// Replaces what cannot be drawn.
#[allow(clippy::unnecessary_wraps, reason = "the trait wants it")]
fn lossy(_drawn: io::Result<()>) -> io::Result<()> {
    Ok(())
}
