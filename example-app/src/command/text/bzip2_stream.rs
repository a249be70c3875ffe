//! The format of bzip2: streams, one after the other.

use std::io::{self, BufRead, Read};

use bzip2::{Decompress, Status};

use super::unreadable::{corrupt, ends_early};

/// A reader of the decompressed content.
pub(super) struct Bzip2Stream<'r> {
    input: Box<dyn BufRead + 'r>,
    /// The stream that is being read.
    stream: Option<Decompress>,
    is_first: bool,
    /// True once the decoder has failed, maybe after the last of what is readable.
    is_damaged: bool,
}

impl<'r> Bzip2Stream<'r> {
    pub(super) const fn new(input: Box<dyn BufRead + 'r>) -> Self {
        Self { input, stream: None, is_first: true, is_damaged: false }
    }
}

impl Read for Bzip2Stream<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.is_damaged {
                return Err(corrupt("corrupt data: it is not bzip2, or was damaged"));
            }
            let input = self.input.fill_buf()?;
            // As in Hadoop, what follows a stream and is not another is ignored.
            if self.stream.is_none() && !self.is_first && input.first() != Some(&b'B') {
                return Ok(0);
            }
            let stream = self.stream.get_or_insert_with(|| Decompress::new(false));
            let before = (stream.total_in(), stream.total_out());
            let status = stream.decompress(input, out);
            let len = |before: u64, now: u64| usize::try_from(now - before).unwrap_or_default();
            let consumed = len(before.0, stream.total_in());
            let written = len(before.1, stream.total_out());
            let is_end = input.is_empty();
            self.input.consume(consumed);
            match status {
                Ok(Status::StreamEnd) => (self.stream, self.is_first) = (None, false),
                Ok(_) if written == 0 && is_end => return Err(ends_early()),
                Ok(_) => {}
                // The decoder does not fail a second time.
                Err(_) => self.is_damaged = true,
            }
            if written > 0 {
                return Ok(written);
            }
        }
    }
}
