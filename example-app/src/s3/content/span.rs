//! Spans of files as bodies, read as they are sent.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::task::{JoinHandle, spawn_blocking};

use super::body::{S3Body, empty, of_bytes};
use super::checksum::Digests;
use super::progress::BodyProgress;
use crate::system::positioned_file::PositionedFile;

/// The length of a piece that the system has in memory. It is read where it is sent, while it is in
/// the processor's cache.
const PIECE: usize = 128 * 1024;
/// The length of a piece that the system reads from the disk. Another thread reads it, which has to
/// be woken for it; there are two for each connection.
const LONG_PIECE: usize = 256 * 1024;

/// A span of a file's bytes, and its digests.
#[derive(Clone, Debug)]
pub struct Span {
    /// The file.
    pub file: Arc<PositionedFile>,
    /// The offset of its first byte.
    pub offset: u64,
    /// Its length, in bytes.
    pub len: u64,
    /// Its digests.
    pub digests: Digests,
    /// Its content as it was read for its digests. `None` if it is read again.
    pub content: Option<Bytes>,
    /// The count of what is sent of it.
    pub progress: BodyProgress,
}

impl Span {
    /// Returns the span as a body, from its beginning.
    ///
    /// A file that has become shorter ends the request with an error, so that nothing is stored; of
    /// one that has become longer only the span is sent.
    pub fn body(&self) -> S3Body {
        if self.len == 0 {
            return empty();
        }
        if let Some(content) = &self.content {
            return of_bytes(content.clone());
        }
        let (file, offset, left) = (Arc::clone(&self.file), self.offset, self.len);
        SpanBody { file, offset, left, reading: None, spare: Vec::new() }.boxed_unsync()
    }
}

struct SpanBody {
    file: Arc<PositionedFile>,
    /// The offset of what is being read, or is read next.
    offset: u64,
    /// The number of bytes that are not handed over yet.
    left: u64,
    reading: Option<JoinHandle<io::Result<BytesMut>>>,
    /// The buffers that were handed over. Those that the connection has dropped are filled again.
    spare: Vec<Bytes>,
}

impl SpanBody {
    /// Returns the next piece if the system has it in memory, else the buffer to read it to.
    fn cached(&mut self) -> Result<BytesMut, BytesMut> {
        let mut piece = self.buffer(PIECE);
        let read = self.file.read_cached_at(&mut piece, self.offset);
        if read == piece.len() { Ok(piece) } else { Err(piece) }
    }

    fn buffer(&mut self, longest: usize) -> BytesMut {
        let len = usize::try_from(self.left).unwrap_or(longest).min(longest);
        let free = self.spare.iter().position(Bytes::is_unique);
        let spare = free.and_then(|free| self.spare.swap_remove(free).try_into_mut().ok());
        let mut buffer = spare.unwrap_or_default();
        buffer.resize(len, 0);
        buffer
    }

    /// Begins to fill a piece, away from the thread that serves the connections.
    fn read(&self, mut piece: BytesMut) -> JoinHandle<io::Result<BytesMut>> {
        let (file, offset) = (Arc::clone(&self.file), self.offset);
        spawn_blocking(move || {
            file.read_exact_at(&mut piece, offset)?;
            Ok(piece)
        })
    }

    fn hand_over(&mut self, piece: BytesMut) -> Frame<Bytes> {
        let piece = piece.freeze();
        let len = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        self.left = self.left.saturating_sub(len);
        self.offset = self.offset.saturating_add(len);
        self.spare.push(piece.clone());
        Frame::data(piece)
    }
}

impl Body for SpanBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let this = &mut *self;
        let mut reading = match this.reading.take() {
            Some(reading) => reading,
            None => match this.cached() {
                Ok(piece) => return Poll::Ready(Some(Ok(this.hand_over(piece)))),
                Err(piece) => this.read(piece),
            },
        };
        let Poll::Ready(read) = Pin::new(&mut reading).poll(context) else {
            this.reading = Some(reading);
            return Poll::Pending;
        };
        let frame = match read.map_err(io::Error::other).flatten() {
            Ok(piece) => this.hand_over(piece),
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        if this.left > 0 {
            // Ahead of being asked, so that the connection never waits for the disk.
            let next = this.buffer(LONG_PIECE);
            this.reading = Some(this.read(next));
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
