//! The format of Zstandard: frames, one after the other.
//!
//! Source: RFC 8878.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use xxhash_rust::xxh64::Xxh64;

use super::unreadable::{corrupt, ends_early};

/// The longest window, in bytes, as in `zstd -d`.
const LONGEST_WINDOW: u64 = 128 * 1024 * 1024;

const DAMAGED: &str = "corrupt data: it is not Zstandard, or was damaged";

/// A reader of the decompressed content. A longer window than `zstd -d` takes is refused.
pub(super) struct ZstdStream<'r> {
    input: Box<dyn BufRead + 'r>,
    decoder: FrameDecoder,
    /// The hash of the frame's content, while there is a frame.
    hash: Option<Xxh64>,
    is_first: bool,
}

impl<'r> ZstdStream<'r> {
    pub(super) fn new(input: Box<dyn BufRead + 'r>) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(LONGEST_WINDOW);
        Self { input, decoder, hash: None, is_first: true }
    }

    /// Begins the next frame that is not skipped, and returns whether there is one.
    fn begin(&mut self) -> io::Result<bool> {
        loop {
            if !self.is_first && self.input.fill_buf()?.is_empty() {
                return Ok(false);
            }
            self.is_first = false;
            match self.decoder.reset(&mut *self.input) {
                Ok(()) => {
                    self.hash = Some(Xxh64::new(0));
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut skipped = self.input.by_ref().take(length.into());
                    if io::copy(&mut skipped, &mut io::sink())? < length.into() {
                        return Err(ends_early());
                    }
                }
                Err(FrameDecoderError::WindowSizeTooBig { .. }) => {
                    return Err(corrupt(
                        "its window is longer than 128 MiB: get the file, and use zstd -d --long=31",
                    ));
                }
                Err(FrameDecoderError::DictNotProvided { .. }) => {
                    return Err(corrupt("it needs a dictionary: get the file, and use zstd -d -D"));
                }
                Err(FrameDecoderError::ReadFrameHeaderError(
                    ReadFrameHeaderError::BadMagicNumber(_),
                )) => return Err(corrupt(DAMAGED)),
                Err(_) => return Err(self.failed()),
            }
        }
    }

    /// Compares the checksum at the end of a frame.
    fn end(&mut self, hash: &Xxh64) -> io::Result<()> {
        // The lower half.
        let [.., a, b, c, d] = hash.digest().to_be_bytes();
        match self.decoder.get_checksum_from_data() {
            Some(said) if said != u32::from_be_bytes([a, b, c, d]) => {
                Err(corrupt("corrupt data: the content has another checksum"))
            }
            _ => Ok(()),
        }
    }

    fn failed(&mut self) -> io::Error {
        match self.input.fill_buf() {
            Ok([]) => ends_early(),
            Ok(_) => corrupt(DAMAGED),
            Err(error) => error,
        }
    }
}

impl Read for ZstdStream<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(mut hash) = self.hash.take() else {
                if self.begin()? {
                    continue;
                }
                return Ok(0);
            };
            let len = self.decoder.read(out)?;
            if len > 0 {
                hash.update(out.get(..len).unwrap_or_default());
                self.hash = Some(hash);
                return Ok(len);
            }
            if self.decoder.is_finished() {
                self.end(&hash)?;
                continue;
            }
            self.hash = Some(hash);
            let blocks = BlockDecodingStrategy::UptoBlocks(1);
            if self.decoder.decode_blocks(&mut *self.input, blocks).is_err() {
                return Err(self.failed());
            }
        }
    }
}
