//! The serial ports of the board `mps2-an386`. QEMU can make each of them a TCP connection.
//!
//! On the other boards it is only linked, for its size.
//!
//! Source: "Cortex-M System Design Kit Technical Reference Manual", 4.3 (APB UART).

use core::future::poll_fn;
use core::ptr::without_provenance_mut;
use core::task::Poll;

use embedded_io::{ErrorKind, ErrorType, Read, Write};

use crate::board::seconds;

/// The time limit, in seconds, without a byte in either direction.
const PATIENCE: u32 = 30;

/// Bits of the state: the transmitter is full; the receiver has a byte.
const IS_FULL: u32 = 0b01;
const HAS_COME: u32 = 0b10;

/// A serial port.
#[derive(Debug)]
pub struct Uart {
    registers: *mut u32,
}

impl Uart {
    /// Opens the port of this number, 0 or 1, in the order of `-serial`.
    pub fn open(number: usize) -> Self {
        let registers = without_provenance_mut(0x4000_4000 + 0x1000 * number);
        let uart = Self { registers };
        // The shortest divisor, then transmitter and receiver on.
        uart.write_register(4, 16);
        uart.write_register(2, 0b11);
        uart
    }

    fn read_register(&self, number: usize) -> u32 {
        // SAFETY: a port has five registers, and `number` is one of theirs.
        unsafe { self.registers.wrapping_add(number).read_volatile() }
    }

    fn write_register(&self, number: usize, value: u32) {
        // SAFETY: as above.
        unsafe { self.registers.wrapping_add(number).write_volatile(value) }
    }

    /// Returns whether a state is reached, or the time limit is over.
    fn is(&self, is_ready: impl Fn(u32) -> bool, began: u32) -> Option<Result<(), ErrorKind>> {
        if is_ready(self.read_register(1)) {
            return Some(Ok(()));
        }
        let is_over = seconds().wrapping_sub(began) > PATIENCE;
        is_over.then_some(Err(ErrorKind::TimedOut))
    }

    /// Waits for a state, up to the time limit.
    fn wait(&self, is_ready: impl Fn(u32) -> bool) -> Result<(), ErrorKind> {
        let began = seconds();
        loop {
            if let Some(outcome) = self.is(&is_ready, began) {
                return outcome;
            }
        }
    }

    /// Waits in the same way, and lets the executor run other tasks meanwhile.
    async fn ready(&self, is_ready: impl Fn(u32) -> bool) -> Result<(), ErrorKind> {
        let began = seconds();
        let poll = poll_fn(|context| {
            let outcome = self.is(&is_ready, began);
            outcome.map_or_else(
                || {
                    context.waker().wake_by_ref();
                    Poll::Pending
                },
                Poll::Ready,
            )
        });
        poll.await
    }

    /// Takes the bytes that have come.
    fn take(&self, buffer: &mut [u8]) -> usize {
        let mut len = 0;
        for place in buffer {
            if self.read_register(1) & HAS_COME == 0 {
                break;
            }
            let [byte, ..] = self.read_register(0).to_le_bytes();
            *place = byte;
            len += 1;
        }
        len
    }
}

impl ErrorType for Uart {
    type Error = ErrorKind;
}

impl Read for Uart {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        if buffer.is_empty() {
            return Ok(0);
        }
        self.wait(|state| state & HAS_COME != 0)?;
        Ok(self.take(buffer))
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        for byte in bytes {
            self.wait(|state| state & IS_FULL == 0)?;
            self.write_register(0, u32::from(*byte));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl embedded_io_async::Read for Uart {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        if buffer.is_empty() {
            return Ok(0);
        }
        self.ready(|state| state & HAS_COME != 0).await?;
        Ok(self.take(buffer))
    }
}

impl embedded_io_async::Write for Uart {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        for byte in bytes {
            self.ready(|state| state & IS_FULL == 0).await?;
            self.write_register(0, u32::from(*byte));
        }
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}
