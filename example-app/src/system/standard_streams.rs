//! Stdin, stdout and stderr, with the errors that the standard library hides.
//!
//! `println!` panics when its output cannot be written. The standard library's streams ignore
//! `EBADF`, and its runtime opens `/dev/null` in place of a stream that is closed: stdin then reads
//! as empty, and what is written to stdout is lost without an error.

use core::fmt::{self, Write as _};
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use rolesig_std::config::mask_logins;
use tokio::io::AsyncWrite;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::system::excerpt::{printable, printable_lines};
use crate::system::signals;

/// Writes a line to stderr, or several. If it cannot be written, there is nowhere left to report
/// that.
macro_rules! message {
    ($($argument:tt)*) => {
        $crate::system::standard_streams::message_lines(&format!($($argument)*))
    };
}

/// Writes [lines](printable_lines) to stderr, with a question mark for each character in them that
/// a terminal obeys, and without passwords in URLs.
pub(crate) fn message_lines(text: &str) {
    write_stderr(format_args!("{}\n", printable_lines(&mask_logins(text))));
}

/// Writes text to stderr, and ignores errors: a caller could report them nowhere else.
pub(crate) fn write_stderr(text: fmt::Arguments<'_>) {
    // In one piece, so that lines of two processes do not mix.
    let _ = io::stderr().write_all(text.to_string().as_bytes());
}

/// Writes a command's output to stdout. If nobody reads it any more, the program ends, as
/// `ls` does.
///
/// # Errors
/// If it cannot be written for another reason.
pub(crate) fn print(bytes: &[u8]) -> io::Result<()> {
    match report(bytes) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => signals::end_by_pipe(),
        printed => printed,
    }
}

/// Returns whether stdout still has a reader, as far as the system reports without a write.
pub(crate) fn is_stdout_read() -> bool {
    #[cfg(unix)]
    return raw::is_stdout_read();
    #[cfg(not(unix))]
    true
}

/// Writes lines with [`print`].
///
/// # Errors
/// As [`print`].
pub(crate) fn print_lines(lines: impl IntoIterator<Item = impl fmt::Display>) -> io::Result<()> {
    let mut text = String::new();
    for line in lines {
        // Writing to a `String` does not fail.
        let _ = writeln!(text, "{}", shown(&line.to_string()));
    }
    print(text.as_bytes())
}

/// Returns a line for stdout: unchanged, as from Hadoop, except on a terminal, which would
/// obey some of its characters.
pub(crate) fn shown(line: &str) -> Cow<'_, str> {
    if io::stdout().is_terminal() { printable(line).into() } else { line.into() }
}

/// Writes reports about a command's work to stdout. A failure does not end the work.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn report(bytes: &[u8]) -> io::Result<()> {
    closed::check(closed::STDOUT, "stdout")?;
    stdout().write_all(bytes)
}

/// Opens stdout for asynchronous writes. They must be flushed.
///
/// # Errors
/// If it is closed.
pub(crate) fn open_stdout() -> io::Result<ThreadWriter> {
    blocking_stdout().map(ThreadWriter::of)
}

/// Opens stdout for a thread that can block.
///
/// # Errors
/// If it is closed.
pub(crate) fn blocking_stdout() -> io::Result<impl Write + Send + 'static> {
    closed::check(closed::STDOUT, "stdout")?;
    Ok(stdout())
}

/// A writer for asynchronous writes. A thread that can block does them, one after the other; the
/// error of one is that of the next, or of the flush.
pub(crate) struct ThreadWriter {
    writer: Arc<Mutex<dyn Write + Send>>,
    writing: Option<JoinHandle<io::Result<()>>>,
}

impl ThreadWriter {
    pub(crate) fn of(writer: impl Write + Send + 'static) -> Self {
        Self { writer: Arc::new(Mutex::new(writer)), writing: None }
    }
}

impl AsyncWrite for ThreadWriter {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.as_mut().poll_flush(context))?;
        let (bytes, len) = (bytes.to_owned(), bytes.len());
        let writer = Arc::clone(&self.writer);
        self.writing = Some(spawn_blocking(move || {
            let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
            writer.write_all(&bytes)?;
            writer.flush()
        }));
        Poll::Ready(Ok(len))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(writing) = &mut self.writing else { return Poll::Ready(Ok(())) };
        let written = ready!(Pin::new(writing).poll(context));
        self.writing = None;
        Poll::Ready(written.map_err(io::Error::other).flatten())
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}

/// Checks that stdin is open, before anything is asked or sent for it.
///
/// # Errors
/// If it is closed.
pub(crate) fn expect_stdin() -> io::Result<()> {
    closed::check(closed::STDIN, "stdin")
}

/// Opens stdin for a command. On a terminal, this reports that the command waits for input.
///
/// # Errors
/// If it is closed.
pub(crate) fn open_stdin(command: &str) -> io::Result<impl Read + Send + 'static> {
    expect_stdin()?;
    if io::stdin().is_terminal() {
        message!("{command}: reading from the terminal; Ctrl-D ends the input");
    }
    Ok(stdin())
}

#[cfg(unix)]
use raw::{stdin, stdout};

#[cfg(not(unix))]
fn stdin() -> impl Read + Send + 'static {
    io::stdin()
}

#[cfg(not(unix))]
fn stdout() -> impl Write + Send + 'static {
    // Each write is flushed, as it is on Unix.
    io::LineWriter::new(io::stdout())
}

/// The system's own calls, which hide no error.
#[cfg(unix)]
mod raw {
    use core::time::Duration;
    use std::io::{self, Read, Write};
    use std::thread::sleep;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;

    struct Stdin;
    struct Stdout;

    pub(super) fn stdin() -> impl Read + Send + 'static {
        Stdin
    }

    pub(super) fn stdout() -> impl Write + Send + 'static {
        Stdout
    }

    /// Waits where another process made the stream non-blocking: both ends of a pipe share that
    /// flag.
    fn patiently(call: impl Fn() -> Result<usize, Errno>) -> Result<usize, Errno> {
        loop {
            match call() {
                Err(Errno::AGAIN) => sleep(Duration::from_millis(10)),
                Err(Errno::INTR) => {}
                done => return done,
            }
        }
    }

    fn not_open(errno: Errno, what: &str) -> io::Error {
        if errno == Errno::BADF { io::Error::other(what.to_owned()) } else { errno.into() }
    }

    impl Read for Stdin {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            use core::cell::RefCell;
            let buffer = RefCell::new(buffer);
            let read = || rustix::io::read(rustix::stdio::stdin(), &mut **buffer.borrow_mut());
            patiently(read).map_err(|errno| not_open(errno, "stdin is not open for reading"))
        }
    }

    /// Returns whether nobody has closed the other end (POSIX.1-2017, `poll`).
    pub(super) fn is_stdout_read() -> bool {
        let stdout = rustix::stdio::stdout();
        let mut stream = [PollFd::new(&stdout, PollFlags::empty())];
        let polled = poll(&mut stream, Some(&Timespec::default()));
        polled.is_err() || stream.iter().all(|it| !it.revents().contains(PollFlags::ERR))
    }

    impl Write for Stdout {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let write = || rustix::io::write(rustix::stdio::stdout(), bytes);
            patiently(write).map_err(|errno| not_open(errno, "stdout is not open for writing"))
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}

/// The streams that were closed when the program was started.
pub mod closed {
    use core::sync::atomic::{AtomicU8, Ordering};
    use std::io;

    pub(super) const STDIN: u8 = 1;
    pub(super) const STDOUT: u8 = 2;

    static CLOSED: AtomicU8 = AtomicU8::new(0);

    /// Notes which streams are closed. This must run before `main`: by then the runtime has opened
    /// `/dev/null` in their place.
    #[cfg(unix)]
    pub fn note() {
        for (stream, bit) in [(rustix::stdio::stdin(), STDIN), (rustix::stdio::stdout(), STDOUT)] {
            if rustix::io::fcntl_getfd(stream).is_err() {
                CLOSED.fetch_or(bit, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn check(bit: u8, name: &str) -> io::Result<()> {
        if CLOSED.load(Ordering::Relaxed) & bit == 0 {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "{name} is closed: redirect it to or from a file, or /dev/null"
        )))
    }
}
