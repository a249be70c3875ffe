//! The body of an upload: a file, read as it is sent.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use tokio::fs::File;
use tokio::io::{AsyncRead, ReadBuf};

/// What requests to S3 have as their body.
pub type S3Body = UnsyncBoxBody<Bytes, io::Error>;

const PIECE: usize = 64 * 1024;

/// No body.
pub fn empty() -> S3Body {
    http_body_util::Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// `len` bytes of a file from its beginning. `sent` hears of each piece.
///
/// A file that has become shorter ends the request with an error, so that nothing is stored; of
/// one that has become longer no more than `len` bytes are sent.
pub fn of_file(file: File, len: u64, sent: impl FnMut(u64) + Send + 'static) -> S3Body {
    FileBody { file, left: len, sent: Box::new(sent), piece: vec![0; PIECE] }.boxed_unsync()
}

struct FileBody {
    file: File,
    left: u64,
    sent: Box<dyn FnMut(u64) + Send>,
    piece: Vec<u8>,
}

impl Body for FileBody {
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
        let want = usize::try_from(this.left).unwrap_or(PIECE).min(PIECE);
        let mut piece = ReadBuf::new(this.piece.get_mut(..want).unwrap_or_default());
        ready!(Pin::new(&mut this.file).poll_read(context, &mut piece))?;
        let piece = Bytes::copy_from_slice(piece.filled());
        let len = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if len == 0 {
            let error = io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter");
            return Poll::Ready(Some(Err(error)));
        }
        this.left = this.left.saturating_sub(len);
        (this.sent)(len);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
