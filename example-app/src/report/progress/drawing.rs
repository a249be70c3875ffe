//! The thread that draws: a terminal may be slow, or stopped (Ctrl-S), and no transfer waits for
//! it.

use core::fmt;
use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;
use std::{io, thread};

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

use super::{Line, Lines, lock};

/// The pause between two drawings of all lines: bytes on the wire do not report that they move.
const TICK: Duration = Duration::from_millis(100);
const HERTZ: u8 = 20;
/// So long the end of the lines is waited for: they are not worth more.
const PATIENCE: Duration = Duration::from_secs(1);

/// The thread that draws. Dropped, it takes the lines off the terminal.
#[derive(Debug)]
pub(super) struct Drawing(Arc<Orders>);

/// The orders to the thread, and its progress.
#[derive(Debug, Default)]
struct Orders {
    given: Mutex<Given>,
    changed: Condvar,
}

#[derive(Default)]
struct Given {
    asides: Vec<Aside>,
    /// The number of them that are not done yet.
    pending: usize,
    is_over: bool,
    is_done: bool,
}

/// Writes to the terminal.
type Aside = Box<dyn FnOnce() + Send>;

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given").field("pending", &self.pending).finish_non_exhaustive()
    }
}

impl Drawing {
    /// Begins to draw; `None` if no thread can be started.
    pub(super) fn of(all: Arc<Lines>) -> Option<Self> {
        let orders = Arc::<Orders>::default();
        let taken = Arc::clone(&orders);
        thread::Builder::new().spawn(move || Drawer::new(all).run(&taken)).ok()?;
        Some(Self(orders))
    }

    /// Has this done while there are no lines.
    pub(super) fn aside(&self, write: Aside) {
        let mut given = lock(&self.0.given);
        given.asides.push(write);
        given.pending += 1;
        self.0.changed.notify_all();
    }
}

impl Drop for Drawing {
    /// Waits until all is written that was to be written aside, and a moment for the lines to go.
    fn drop(&mut self) {
        let Self(orders) = self;
        let mut given = lock(&orders.given);
        given.is_over = true;
        orders.changed.notify_all();
        while given.pending > 0 {
            given = orders.changed.wait(given).unwrap_or_else(PoisonError::into_inner);
        }
        // After this time the program ends, whether the thread is done or not.
        drop(orders.changed.wait_timeout_while(given, PATIENCE, |given| !given.is_done));
    }
}

/// The lines on the terminal.
struct Drawer {
    all: Arc<Lines>,
    lines: MultiProgress,
    total: ProgressBar,
    files: Vec<(Arc<Line>, ProgressBar)>,
}

impl Drawer {
    fn new(all: Arc<Lines>) -> Self {
        let target = Box::new(Lossy(all.terminal.clone()));
        let target = ProgressDrawTarget::term_like_with_hz(target, HERTZ);
        let lines = MultiProgress::with_draw_target(target);
        let total = styled(lines.add(ProgressBar::no_length()));
        Self { all, lines, total, files: Vec::new() }
    }

    fn run(mut self, orders: &Orders) {
        loop {
            let (asides, is_over) = {
                let given = lock(&orders.given);
                let is_idle = |given: &mut Given| given.asides.is_empty() && !given.is_over;
                let waited = orders.changed.wait_timeout_while(given, TICK, is_idle);
                let (mut given, _) = waited.unwrap_or_else(PoisonError::into_inner);
                (core::mem::take(&mut given.asides), given.is_over)
            };
            self.draw();
            for write in asides {
                self.lines.suspend(write);
                lock(&orders.given).pending -= 1;
                orders.changed.notify_all();
            }
            if is_over {
                self.total.finish_and_clear();
                lock(&orders.given).is_done = true;
                orders.changed.notify_all();
                return;
            }
        }
    }

    /// Draws all lines as they are now; those that have ended for the last time.
    fn draw(&mut self) {
        let (files, ended) = {
            let mut files = lock(&self.all.files);
            let ended = core::mem::take(&mut files.ended);
            ([&ended[..], &files.begun].concat(), ended.len())
        };
        // Of more ends than are drawn some are in neither.
        let is_there = |line: &Arc<Line>| files.iter().any(|file| Arc::ptr_eq(file, line));
        for (_, bar) in self.files.extract_if(.., |(line, _)| !is_there(line)) {
            bar.finish_and_clear();
        }
        let (texts, total) = self.all.texts(&files, Instant::now());
        for (file, text) in files.iter().zip(texts) {
            self.bar(file).set_message(text);
        }
        self.total.set_message(total);
        for file in files.iter().take(ended) {
            self.bar(file).finish_and_clear();
            self.files.retain(|(line, _)| !Arc::ptr_eq(line, file));
        }
    }

    fn bar(&mut self, file: &Arc<Line>) -> ProgressBar {
        if let Some((_, bar)) = self.files.iter().find(|(line, _)| Arc::ptr_eq(line, file)) {
            return bar.clone();
        }
        let bar = styled(self.lines.insert_before(&self.total, ProgressBar::no_length()));
        self.files.push((Arc::clone(file), bar.clone()));
        bar
    }
}

fn styled(bar: ProgressBar) -> ProgressBar {
    match ProgressStyle::with_template("{msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
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

/// Leaves out what cannot be drawn.
#[expect(clippy::unnecessary_wraps, reason = "the trait wants it")]
fn lossy(_drawn: io::Result<()>) -> io::Result<()> {
    Ok(())
}
