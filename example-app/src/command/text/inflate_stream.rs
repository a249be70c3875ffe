//! DEFLATE in the formats of gzip and zlib.
//!
//! Source: RFC 1952 (gzip) and RFC 1950 (zlib). Both may be several, one after the other.

use std::io::{self, BufRead, Read};

use crc::{Digest, Table};
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use super::unreadable::{corrupt, ends_early};
use crate::s3::content::checksum::CRC32;

/// The format around the compressed data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrapper {
    Gzip {
        /// True if what follows a member, and is not gzip, is ignored.
        ignores_rest: bool,
    },
    Zlib,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Header { is_first: bool },
    Data,
    Trailer,
    End,
}

/// A reader of the decompressed content.
pub(super) struct InflateStream<'r> {
    input: Box<dyn BufRead + 'r>,
    wrapper: Wrapper,
    state: Box<InflateState>,
    phase: Phase,
    crc: Digest<'static, u32, Table<16>>,
    /// The decompressed length, modulo 2^32.
    len: u32,
}

impl<'r> InflateStream<'r> {
    pub(super) fn new(input: Box<dyn BufRead + 'r>, wrapper: Wrapper) -> Self {
        let format = match wrapper {
            Wrapper::Gzip { .. } => DataFormat::Raw,
            Wrapper::Zlib => DataFormat::Zlib,
        };
        let state = InflateState::new_boxed(format);
        let phase = Phase::Header { is_first: true };
        Self { input, wrapper, state, phase, crc: CRC32.digest(), len: 0 }
    }

    /// Reads a header, and returns what follows.
    fn header(&mut self, is_first: bool) -> io::Result<Phase> {
        if !is_first && self.input.fill_buf()?.is_empty() {
            return Ok(Phase::End);
        }
        match self.wrapper {
            Wrapper::Zlib => self.state.reset(DataFormat::Zlib),
            Wrapper::Gzip { ignores_rest } => {
                match self.gzip_header() {
                    Ok(()) => {}
                    Err(_) if ignores_rest && !is_first => return Ok(Phase::End),
                    Err(error) => return Err(error),
                }
                self.state.reset(DataFormat::Raw);
                (self.crc, self.len) = (CRC32.digest(), 0);
            }
        }
        Ok(Phase::Data)
    }

    /// Reads the header of a member. RFC 1952, 2.3.
    fn gzip_header(&mut self) -> io::Result<()> {
        let [a, b] = self.bytes()?;
        if [a, b] != [0x1f, 0x8b] {
            return Err(corrupt("not a gzip file"));
        }
        let [method, flags, ..] = self.bytes::<8>()?;
        if method != 8 {
            return Err(corrupt("unsupported compression method: gzip has only 8"));
        }
        let has = |bit: u8| flags & 1 << bit != 0;
        if has(2) {
            let len = u64::from(u16::from_le_bytes(self.bytes()?));
            if io::copy(&mut self.input.by_ref().take(len), &mut io::sink())? < len {
                return Err(ends_early());
            }
        }
        // A name, and a comment.
        for _ in [has(3), has(4)].into_iter().filter(|is_there| *is_there) {
            while self.bytes()? != [0] {}
        }
        if has(1) {
            let _crc: [u8; 2] = self.bytes()?;
        }
        Ok(())
    }

    /// Compares the CRC and the length behind a member.
    fn trailer(&mut self) -> io::Result<()> {
        if self.wrapper == Wrapper::Zlib {
            return Ok(());
        }
        let crc = u32::from_le_bytes(self.bytes()?);
        let len = u32::from_le_bytes(self.bytes()?);
        if crc != self.crc.clone().finalize() || len != self.len {
            return Err(corrupt("corrupt gzip trailer: the content has another CRC or length"));
        }
        Ok(())
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes).map_err(|_| ends_early())?;
        Ok(bytes)
    }

    /// Decompresses some bytes; 0 at the end of the data.
    fn data(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let input = self.input.fill_buf()?;
            let is_end = input.is_empty();
            let result = inflate(&mut self.state, input, out, MZFlush::None);
            self.input.consume(result.bytes_consumed);
            let written = result.bytes_written;
            if self.wrapper != Wrapper::Zlib {
                self.crc.update(out.get(..written).unwrap_or_default());
                let len = u32::try_from(written).unwrap_or_default();
                self.len = self.len.wrapping_add(len);
            }
            if result.status == Ok(MZStatus::StreamEnd) {
                self.phase = Phase::Trailer;
                return Ok(written);
            }
            if written > 0 {
                return Ok(written);
            }
            let is_damaged = result.status == Err(MZError::Data);
            if is_end && !is_damaged {
                return Err(ends_early());
            }
            if is_damaged || result.bytes_consumed == 0 {
                return Err(corrupt("corrupt data: it is not DEFLATE, or was damaged"));
            }
        }
    }
}

impl Read for InflateStream<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.phase {
                Phase::Header { is_first } => self.phase = self.header(is_first)?,
                Phase::Data => {
                    let len = self.data(out)?;
                    if len > 0 {
                        return Ok(len);
                    }
                }
                Phase::Trailer => {
                    self.trailer()?;
                    self.phase = Phase::Header { is_first: false };
                }
                Phase::End => return Ok(0),
            }
        }
    }
}
