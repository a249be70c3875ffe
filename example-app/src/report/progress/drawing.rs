//! The thread that draws: a terminal may be slow, or stopped (Ctrl-S), and no transfer waits for
//! it.

use core::fmt;
use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;
use std::{io, thread};

use console::{Term, measure_text_width};

use super::{Lines, lock};

/// The pause between two drawings of all lines: bytes on the wire do not report that they move.
const TICK: Duration = Duration::from_millis(100);
/// The longest wait for the lines to be removed.
const PATIENCE: Duration = Duration::from_secs(1);

/// The thread that draws. Dropped, it takes the lines off the terminal.
#[derive(Debug)]
pub(super) struct Drawing(Arc<Orders>);

/// The requests to the thread, and its progress.
#[derive(Debug, Default)]
struct Orders {
    given: Mutex<Given>,
    changed: Condvar,
}

#[derive(Default)]
struct Given {
    asides: Vec<Aside>,
    /// The number of asides that are not done yet.
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

    /// Runs `write` while no lines are drawn.
    pub(super) fn aside(&self, write: Aside) {
        let mut given = lock(&self.0.given);
        given.asides.push(write);
        given.pending += 1;
        self.0.changed.notify_all();
    }
}

impl Drop for Drawing {
    /// Waits until all messages are written, and a moment for the progress lines to be removed.
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
    /// The lines that are drawn above the cursor.
    drawn: Vec<String>,
}

impl Drawer {
    const fn new(all: Arc<Lines>) -> Self {
        Self { all, drawn: Vec::new() }
    }

    /// Draws until the end is requested.
    fn run(mut self, orders: &Orders) {
        loop {
            let (asides, is_over) = {
                let given = lock(&orders.given);
                let is_idle = |given: &mut Given| given.asides.is_empty() && !given.is_over;
                let waited = orders.changed.wait_timeout_while(given, TICK, is_idle);
                let (mut given, _) = waited.unwrap_or_else(PoisonError::into_inner);
                (core::mem::take(&mut given.asides), given.is_over)
            };
            if !asides.is_empty() {
                self.show(Vec::new());
            }
            for write in asides {
                write();
                lock(&orders.given).pending -= 1;
                orders.changed.notify_all();
            }
            self.draw();
            if is_over {
                self.show(Vec::new());
                lock(&orders.given).is_done = true;
                orders.changed.notify_all();
                return;
            }
        }
    }

    /// Draws all lines in their present state; finished ones for the last time.
    fn draw(&mut self) {
        let files = {
            let mut files = lock(&self.all.files);
            let ended = core::mem::take(&mut files.ended);
            [&ended[..], &files.begun].concat()
        };
        if files.is_empty() && self.drawn.is_empty() {
            return;
        }
        let (mut lines, total) = self.all.texts(&files, Instant::now());
        // A line that scrolled off the screen could not be removed. The last row is the cursor's.
        lines.truncate(usize::from(self.all.terminal.size().0).saturating_sub(2));
        lines.push(total);
        self.show(lines);
    }

    /// Replaces the drawn lines. A terminal that is lost shows nothing, which is not an
    /// error.
    fn show(&mut self, lines: Vec<String>) {
        if lines != self.drawn {
            // A new buffer: what the terminal does not take now is not sent later.
            drop(replace(&Term::buffered_stderr(), &self.drawn, &lines));
            self.drawn = lines;
        }
    }
}

/// Replaces the lines above the cursor, by one write.
fn replace(terminal: &Term, drawn: &[String], lines: &[String]) -> io::Result<()> {
    // Lines that were drawn on a wider terminal have been wrapped.
    let columns = usize::from(terminal.size().1).max(1);
    let rows = |line: &String| measure_text_width(line).div_ceil(columns).max(1);
    // Other text in the row of the cursor stays.
    if !drawn.is_empty() {
        terminal.move_cursor_up(drawn.iter().map(rows).sum())?;
        terminal.clear_to_end_of_screen()?;
    }
    for line in lines {
        terminal.write_line(line)?;
    }
    terminal.flush()
}
