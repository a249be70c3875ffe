//! A body in chunks, decoded and verified as it is read.
//!
//! ```text
//!   Head ──▶ Data(n) ──▶ DataEnd
//!     ▲         │  └─ 0 ─▶ Trailers ──▶ Done
//!     └─────────┴──────────┘
//! ```

use core::{fmt, mem};

use heapless::Vec;

use crate::emit::hex_digest::HexDigest;
use crate::emit::sha256::Sha256;
use crate::sigv4::scheme::Scheme;
use crate::sigv4::trailer::TrailerName;
use crate::sigv4::v4::V4;
use crate::verify::chunks::{ChunkHeadReceived, ChunkVerifier, read_len};
use crate::verify::error::VerifyError;
use crate::verify::signed_payload::SignedPayload;
use crate::verify::verified::Verified;

mod trailers;

use trailers::Trailers;

/// The longest line that is taken, in bytes: a chunk's head has up to 177, a checksum's trailer
/// less.
const LINE: usize = 256;

/// A part of a body in chunks.
///
/// ```
/// use rolesig::ChunkEvent;
///
/// /// Collects a chunk, up to a limit, and returns whether it can be released.
/// fn collect(event: ChunkEvent<'_>, chunk: &mut Vec<u8>) -> Result<bool, &'static str> {
///     match event {
///         ChunkEvent::Head { len } if len > 1 << 20 => return Err("chunk too long"),
///         ChunkEvent::Data(data) => chunk.extend_from_slice(data),
///         ChunkEvent::ChunkEnd => return Ok(true),
///         _ => {}
///     }
///     Ok(false)
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ChunkEvent<'d> {
    /// A chunk begins. The last one, which has no data, has no such event.
    Head {
        /// The length of its data, in bytes.
        len: u64,
    },
    /// The next bytes of the body. **They are not verified** before the
    /// [`ChunkEnd`](Self::ChunkEnd) that follows them.
    Data(&'d [u8]),
    /// The chunk is whole and, if chunks are signed, its signature is right.
    ChunkEnd,
    /// A trailer that was announced. **It is not verified** before [`End`](Self::End).
    Trailer {
        /// Its name.
        name: TrailerName<'d>,
        /// Its value, without white space around it.
        value: &'d [u8],
    },
    /// The body is whole, and every signature in it is right.
    End,
}

/// The place in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Head,
    /// So many bytes of the chunk are to come.
    Data(u64),
    DataEnd,
    Trailers,
    Done,
    /// Nothing more is taken.
    Refused(VerifyError),
}

/// A step forward, which borrows nothing of the decoder.
enum Advance<'i> {
    Head(u64),
    Data(&'i [u8]),
    ChunkEnd,
    /// The line is a trailer, whose name ends at this place.
    Trailer(usize),
    End,
}

/// Decodes and verifies a body in chunks (`aws-chunked`) as it is read, in pieces that are cut
/// anywhere. It does no I/O, and keeps no more of the body than a line and a hash: about 700 bytes.
///
/// The chunks of `STREAMING-…-PAYLOAD` and `STREAMING-…-PAYLOAD-TRAILER` are verified, those of
/// `STREAMING-UNSIGNED-PAYLOAD-TRAILER` only decoded. A chunk's signature is known to be right when
/// its last byte was read. A program that keeps what it reads waits for [`ChunkEvent::End`]. One
/// that hands it on does not release a chunk's data before [`ChunkEvent::ChunkEnd`], or at least
/// not the end of the body before [`ChunkEvent::End`].
///
/// ```
/// use rolesig::{ChunkEvent, Verified, VerifyError};
///
/// /// Returns the body of a request in chunks.
/// fn receive(
///     verified: Verified<'_>,
///     mut read: impl FnMut() -> Option<Vec<u8>>,
/// ) -> Result<Vec<u8>, VerifyError> {
///     let mut decoder = verified.into_decoder().ok_or(VerifyError::InvalidContentSha256)?;
///     let mut body = Vec::new();
///     while let Some(piece) = read() {
///         let mut piece = &piece[..];
///         while let Some(event) = decoder.decode(&mut piece)? {
///             match event {
///                 ChunkEvent::Data(data) => body.extend_from_slice(data),
///                 ChunkEvent::Trailer { name, value } => println!("{name}: {value:?}"),
///                 _ => {}
///             }
///         }
///     }
///     decoder.finish()?;
///     Ok(body) // each byte of it is what was signed
/// }
/// ```
///
/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
/// Chunks" and "… Including Trailing Headers" (Amazon S3).
pub struct ChunkDecoder<'r, S: Scheme = V4> {
    step: Step,
    /// `None` if the chunks are not signed.
    verifier: Option<ChunkVerifier<'r, S>>,
    head: Option<ChunkHeadReceived<S>>,
    /// The bytes of the body that no chunk's head has announced.
    left: u64,
    min_chunk_len: u64,
    is_short: bool,
    line: Vec<u8, LINE>,
    /// Of the chunk's data, then of the trailers. With little room: data comes in long pieces.
    sha256: Sha256<64>,
    trailers: Trailers<'r>,
}

impl<'r, S: Scheme> Verified<'r, S> {
    /// Returns what decodes the body, if it comes in chunks; `None` for any other body.
    #[must_use = "no chunk is verified yet"]
    pub fn into_decoder(self) -> Option<ChunkDecoder<'r, S>> {
        let (framing, payload) = (self.framing?, self.payload);
        let is_signed = payload != SignedPayload::UnsignedChunksWithTrailer;
        Some(ChunkDecoder {
            step: Step::Head,
            verifier: if is_signed { Some(self.into_chunks()?) } else { None },
            head: None,
            left: framing.len,
            min_chunk_len: 0,
            is_short: false,
            line: Vec::new(),
            sha256: Sha256::new(),
            trailers: Trailers::new(framing.trailers, payload),
        })
    }
}

impl<S: Scheme> ChunkDecoder<'_, S> {
    /// Refuses chunks that are shorter than this, except for the last one with data, as S3 refuses
    /// those of less than 8,192 bytes.
    #[must_use]
    pub fn min_chunk_len(self, len: u64) -> Self {
        Self { min_chunk_len: len, ..self }
    }

    /// Takes bytes from the front of `input` up to the next event; returns `None` when it needs
    /// more of them, and `input` is empty.
    ///
    /// # Errors
    /// [`VerifyError::SignatureDoesNotMatch`] if a chunk or trailer was changed, left out or moved.
    /// [`VerifyError::InvalidChunk`], [`VerifyError::ChunkTooSmall`] and
    /// [`VerifyError::InvalidTrailer`] if the framing is wrong, or there are bytes behind the body.
    /// [`VerifyError::InvalidChecksum`] if the value of a trailer cannot be one of its name.
    /// [`VerifyError::IncompleteBody`] if the body is too short. After an error no more is taken.
    pub fn decode<'d, 'i: 'd>(
        &'d mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<ChunkEvent<'d>>, VerifyError> {
        let advance = match self.advance(input) {
            Ok(advance) => advance,
            Err(error) => {
                self.step = Step::Refused(error);
                return Err(error);
            }
        };
        Ok(match advance {
            None => None,
            Some(Advance::Head(len)) => Some(ChunkEvent::Head { len }),
            Some(Advance::Data(data)) => Some(ChunkEvent::Data(data)),
            Some(Advance::ChunkEnd) => Some(ChunkEvent::ChunkEnd),
            Some(Advance::End) => Some(ChunkEvent::End),
            Some(Advance::Trailer(name)) => {
                let (name, value) = trailers::parts(&self.line, name)?;
                Some(ChunkEvent::Trailer { name, value })
            }
        })
    }

    /// Says that nothing more will be read.
    ///
    /// # Errors
    /// [`VerifyError::IncompleteBody`] if the body is not whole; the error of
    /// [`decode`](Self::decode) if there was one.
    pub fn finish(self) -> Result<(), VerifyError> {
        match self.step {
            Step::Done if self.line.is_empty() || self.line.ends_with(b"\n") => Ok(()),
            Step::Done => Err(VerifyError::InvalidChunk),
            Step::Refused(error) => Err(error),
            _ => Err(VerifyError::IncompleteBody),
        }
    }

    fn advance<'i>(&mut self, input: &mut &'i [u8]) -> Result<Option<Advance<'i>>, VerifyError> {
        loop {
            let step = self.step;
            match step {
                Step::Refused(error) => return Err(error),
                Step::Data(0) => return self.end_data().map(Some),
                Step::Data(left) => return Ok(self.take_data(input, left).map(Advance::Data)),
                _ if !self.take_line(input)? => return Ok(None),
                Step::Head => {
                    let len = self.take_head()?;
                    self.step = Step::Data(len);
                    if len > 0 {
                        return Ok(Some(Advance::Head(len)));
                    }
                    self.end_body()?;
                }
                Step::DataEnd if self.line == b"\r\n"[..] => self.step = Step::Head,
                Step::Trailers => {
                    if let Some(advance) = self.take_trailer()? {
                        return Ok(Some(advance));
                    }
                }
                // Some clients (minio-go) send one more line end.
                Step::Done if self.trailers.takes_surplus(&self.line) => {}
                Step::DataEnd | Step::Done => return Err(VerifyError::InvalidChunk),
            }
        }
    }

    /// Takes bytes up to a line's end, which stays in the line; returns whether the line is whole.
    fn take_line(&mut self, input: &mut &[u8]) -> Result<bool, VerifyError> {
        if self.line.ends_with(b"\n") {
            self.line.clear();
        }
        while let Some((byte, rest)) = input.split_first() {
            *input = rest;
            let is_too_long = self.line.push(*byte).is_err();
            if is_too_long {
                return Err(match self.step {
                    Step::Trailers => VerifyError::InvalidTrailer,
                    _ => VerifyError::InvalidChunk,
                });
            }
            if *byte == b'\n' {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads a chunk's head, and returns the length of its data.
    fn take_head(&mut self) -> Result<u64, VerifyError> {
        let line = self.line.strip_suffix(b"\r\n").ok_or(VerifyError::InvalidChunk)?;
        let len = if self.verifier.is_some() {
            let head = ChunkHeadReceived::read(line)?;
            self.head = Some(head);
            head.len()
        } else {
            read_len(line).ok_or(VerifyError::InvalidChunk)?
        };
        if self.is_short && len > 0 {
            return Err(VerifyError::ChunkTooSmall);
        }
        self.is_short = len < self.min_chunk_len;
        self.left = self.left.checked_sub(len).ok_or(VerifyError::InvalidChunk)?;
        Ok(len)
    }

    fn take_data<'i>(&mut self, input: &mut &'i [u8], left: u64) -> Option<&'i [u8]> {
        let len = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
        let (data, rest) = input.split_at_checked(len).filter(|_| len > 0)?;
        *input = rest;
        if self.verifier.is_some() {
            self.sha256.update(&data);
        }
        self.step = Step::Data(left.saturating_sub(u64::try_from(len).unwrap_or(left)));
        Some(data)
    }

    /// Verifies the chunk whose data was taken.
    fn end_data(&mut self) -> Result<Advance<'static>, VerifyError> {
        self.verify_chunk()?;
        self.step = Step::DataEnd;
        Ok(Advance::ChunkEnd)
    }

    fn verify_chunk(&mut self) -> Result<(), VerifyError> {
        let digest = HexDigest::new(&mem::take(&mut self.sha256).finish());
        match (&mut self.verifier, &self.head) {
            (Some(verifier), Some(head)) => verifier.chunk_of(head, digest),
            _ => Ok(()),
        }
    }

    /// Verifies the last chunk, which ends the body.
    fn end_body(&mut self) -> Result<(), VerifyError> {
        self.verify_chunk()?;
        self.step = Step::Trailers;
        if self.left > 0 { Err(VerifyError::IncompleteBody) } else { Ok(()) }
    }

    /// Takes a line behind the last chunk.
    fn take_trailer(&mut self) -> Result<Option<Advance<'static>>, VerifyError> {
        let Some(name) = self.trailers.take(&mut self.line)? else {
            let is_done = self.trailers.take_empty_line()?;
            self.step = if is_done { Step::Done } else { Step::Trailers };
            return Ok(is_done.then_some(Advance::End));
        };
        let (name_text, value) = trailers::parts(&self.line, name)?;
        if name_text.as_str() == trailers::SIGNATURE {
            let digest = HexDigest::new(&mem::take(&mut self.sha256).finish());
            let verifier = self.verifier.as_mut().ok_or(VerifyError::InvalidTrailer)?;
            verifier.trailer_of(digest, value)?;
            return Ok(None);
        }
        for part in [name_text.as_str().as_bytes(), b":", value, b"\n"] {
            self.sha256.update(&part);
        }
        Ok(Some(Advance::Trailer(name)))
    }
}

impl<S: Scheme> fmt::Debug for ChunkDecoder<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkDecoder")
            .field("step", &self.step)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
