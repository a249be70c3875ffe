//! The blocks in which Hadoop stores what snappy and lz4 compress.
//!
//! Source: `org.apache.hadoop.io.compress.BlockDecompressorStream` of Hadoop 3.3.4: the length of a
//! block, then its pieces, each behind its own compressed length. Numbers have four bytes, the
//! highest first.

use std::io::{self, BufRead, Read};

use super::unreadable::{corrupt, ends_early};

/// The longest piece, in bytes. Hadoop writes pieces of 256 KiB.
const LONGEST: usize = 64 * 1024 * 1024;

/// Decompresses a piece, of at most `limit` bytes.
type Decompress = fn(piece: &[u8], limit: usize) -> Option<Vec<u8>>;

/// A reader of the decompressed content.
pub(super) struct BlockStream<'r> {
    input: Box<dyn BufRead + 'r>,
    decompress: Decompress,
    /// The decompressed bytes of the block that are still to come.
    block: usize,
    /// The piece, and how many of its bytes were given.
    piece: Vec<u8>,
    given: usize,
}

impl<'r> BlockStream<'r> {
    pub(super) const fn new(input: Box<dyn BufRead + 'r>, decompress: Decompress) -> Self {
        Self { input, decompress, block: 0, piece: Vec::new(), given: 0 }
    }

    /// Reads the next piece, and returns whether there is one.
    fn next_piece(&mut self) -> io::Result<bool> {
        if self.block == 0 {
            if self.input.fill_buf()?.is_empty() {
                return Ok(false);
            }
            self.block = self.len()?;
            if self.block == 0 {
                return Ok(false);
            }
        }
        let len = self.len()?;
        if len > LONGEST {
            return Err(not_blocks());
        }
        let mut compressed = Vec::new();
        let limit = u64::try_from(len).unwrap_or(u64::MAX);
        if self.input.by_ref().take(limit).read_to_end(&mut compressed)? < len {
            return Err(ends_early());
        }
        let limit = self.block.min(LONGEST);
        self.piece = (self.decompress)(&compressed, limit).ok_or_else(not_blocks)?;
        self.given = 0;
        self.block = self.block.checked_sub(self.piece.len()).ok_or_else(not_blocks)?;
        Ok(true)
    }

    fn len(&mut self) -> io::Result<usize> {
        let mut bytes = [0; 4];
        self.input.read_exact(&mut bytes).map_err(|_| ends_early())?;
        usize::try_from(i32::from_be_bytes(bytes)).map_err(|_| not_blocks())
    }
}

fn not_blocks() -> io::Error {
    corrupt(
        "corrupt data: it was damaged, or not written by Hadoop, which has its own format for \
         snappy and lz4: get the file, and use the tool that wrote it",
    )
}

impl Read for BlockStream<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let len = self.piece.get(self.given..).unwrap_or_default().read(out)?;
            self.given += len;
            if len > 0 || !self.next_piece()? {
                return Ok(len);
            }
        }
    }
}

/// Decompresses a piece by snappy.
pub(super) fn snappy(piece: &[u8], limit: usize) -> Option<Vec<u8>> {
    let len = snap::raw::decompress_len(piece).ok().filter(|len| *len <= limit)?;
    let mut content = vec![0; len];
    snap::raw::Decoder::new().decompress(piece, &mut content).ok()?;
    Some(content)
}

/// Decompresses a piece by lz4.
pub(super) fn lz4(piece: &[u8], limit: usize) -> Option<Vec<u8>> {
    // No byte of lz4 gives more than 255.
    let mut content = vec![0; limit.min(piece.len().saturating_mul(255))];
    let len = lz4_flex::block::decompress_into(piece, &mut content).ok()?;
    content.truncate(len);
    Some(content)
}
