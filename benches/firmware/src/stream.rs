//! A stream without a peer, whose results the compiler cannot know.
//!
//! In the emulator it plays the responses of a script, so that a conversation completes.

use core::hint::black_box;
#[cfg(feature = "emulated")]
use core::sync::atomic::{AtomicUsize, Ordering};

use embedded_io::{ErrorKind, ErrorType, Read, Write};

/// A stream of one response and the end of the connection.
#[derive(Debug)]
pub struct Stream {
    #[cfg(feature = "emulated")]
    left: &'static [u8],
}

/// Opens the next stream of a script.
///
/// # Errors
/// At the end of the script; the compiler must also expect other errors.
#[cfg(feature = "emulated")]
pub fn open(script: &'static [&'static str]) -> Result<Stream, ErrorKind> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let next = NEXT.load(Ordering::Relaxed);
    NEXT.store(next + 1, Ordering::Relaxed);
    let response = script.get(next).ok_or(ErrorKind::ConnectionRefused)?;
    Ok(Stream { left: response.as_bytes() })
}

/// Opens the next stream; the script is left out of the program.
///
/// # Errors
/// Never at run time; the compiler must expect any error.
#[cfg(not(feature = "emulated"))]
pub fn open(_: &'static [&'static str]) -> Result<Stream, ErrorKind> {
    black_box(Ok(Stream {}))
}

impl ErrorType for Stream {
    type Error = ErrorKind;
}

impl Read for Stream {
    #[cfg(feature = "emulated")]
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let len = self.left.len().min(buffer.len());
        for (place, byte) in buffer.iter_mut().zip(self.left) {
            *place = *byte;
        }
        self.left = self.left.get(len..).unwrap_or_default();
        Ok(len)
    }

    #[cfg(not(feature = "emulated"))]
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        black_box(buffer);
        black_box(Ok(300))
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        black_box(bytes);
        black_box(Ok(bytes.len()))
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        black_box(Ok(()))
    }
}
