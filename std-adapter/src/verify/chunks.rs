//! A body in chunks (`aws-chunked`), decoded and verified as it arrives.

use bytes::{Buf as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::{Body, Frame};
use rolesig::{ChunkHeadReceived, ChunkVerifier, TrailerName, V4, Verified, VerifyError};

use crate::sign::frames::{BoxError, Outlet, next_frame};
use crate::verify::body::{Item, VerifiedBodyError};

/// The longest line before a chunk, or of a trailer.
const MAX_LINE: usize = 1024;
/// The longest chunk, which is in memory as a whole. Clients send 64 KiB to 1 MiB.
const MAX_CHUNK: u64 = 16 * 1024 * 1024;

/// Hands on the data of a body in chunks, and then its trailers. The last of its frames is handed
/// out when all of it is verified.
pub(super) async fn relay<B>(
    body: &mut B,
    verified: Verified<'_>,
    len: u64,
    trailer: Option<&str>,
    out: &Outlet<Item>,
) -> Result<(), VerifiedBodyError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    let mut wire = Wire { body, held: BytesMut::new() };
    let mut verifier = verified.into_chunks();
    let (mut left, mut held) = (len, None);
    loop {
        let line = wire.line().await?;
        let size = match &verifier {
            Some(_) => ChunkHeadReceived::<V4>::read(&line)?.len(),
            None => unsigned_len(&line).ok_or(VerifyError::InvalidChunk)?,
        };
        left = left
            .checked_sub(size)
            .filter(|_| size <= MAX_CHUNK)
            .ok_or(VerifyError::InvalidChunk)?;
        let data = wire.take(usize::try_from(size).unwrap_or(usize::MAX)).await?;
        if let Some(verifier) = &mut verifier {
            verifier.chunk(&ChunkHeadReceived::<V4>::read(&line)?, &data)?;
        }
        if size == 0 {
            break;
        }
        if !wire.line().await?.is_empty() {
            return Err(VerifyError::InvalidChunk.into());
        }
        if let Some(earlier) = held.replace(data) {
            out.put(Item::Frame(Frame::data(earlier))).await;
        }
    }
    let trailers = finish(&mut wire, verifier, left, trailer).await?;
    if let Some(last) = held {
        out.put(Item::Frame(Frame::data(last))).await;
    }
    if !trailers.is_empty() {
        out.put(Item::Frame(Frame::trailers(trailers))).await;
    }
    Ok(())
}

/// Reads the trailers, and verifies that the body is whole.
async fn finish<B>(
    wire: &mut Wire<'_, B>,
    verifier: Option<ChunkVerifier<'_>>,
    left: u64,
    announced: Option<&str>,
) -> Result<HeaderMap, VerifiedBodyError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    if left > 0 {
        return Err(VerifyError::IncompleteBody.into());
    }
    let (mut trailer, mut signature) = (None, None);
    loop {
        let line = wire.line().await?;
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            if line.is_empty() {
                break;
            }
            return Err(VerifyError::InvalidTrailer.into());
        };
        let (name, value) = (line.slice(..colon), line.slice(colon + 1..));
        let (name, value) = (name.trim_ascii(), value.trim_ascii());
        let place = if name == b"x-amz-trailer-signature" { &mut signature } else { &mut trailer };
        let name = HeaderName::from_bytes(name).map_err(|_| VerifyError::InvalidTrailer)?;
        let value = HeaderValue::from_bytes(value).map_err(|_| VerifyError::InvalidTrailer)?;
        if place.replace((name, value)).is_some() {
            return Err(VerifyError::InvalidTrailer.into());
        }
    }
    if trailer.as_ref().map(|(name, _)| name.as_str()) != announced {
        return Err(VerifyError::InvalidTrailer.into());
    }
    if let Some(verifier) = verifier {
        let parts = trailer.as_ref().zip(signature.as_ref());
        let parts = parts.and_then(|((name, value), (_, signature))| {
            let name = TrailerName::new(name.as_str()).ok()?;
            Some((name, value.as_bytes(), signature.as_bytes()))
        });
        verifier.finish(parts)?;
    }
    if next_frame(wire.body).await.is_some() || wire.held.has_remaining() {
        return Err(VerifyError::InvalidChunk.into());
    }
    Ok(trailer.into_iter().collect())
}

/// Reads the length before a chunk without a signature.
fn unsigned_len(line: &[u8]) -> Option<u64> {
    let digits = str::from_utf8(line).ok().filter(|digits| !digits.starts_with('+'))?;
    u64::from_str_radix(digits, 16).ok()
}

/// The body on the wire, of which `held` was read.
struct Wire<'b, B> {
    body: &'b mut B,
    held: BytesMut,
}

impl<B> Wire<'_, B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    async fn fill(&mut self) -> Result<(), VerifiedBodyError> {
        let Some(frame) = next_frame(self.body).await else {
            return Err(VerifyError::IncompleteBody.into());
        };
        if let Ok(data) = frame.map_err(VerifiedBodyError::BrokenOff)?.into_data() {
            self.held.extend_from_slice(&data);
        }
        Ok(())
    }

    /// Takes a line, and returns it without its end.
    async fn line(&mut self) -> Result<Bytes, VerifiedBodyError> {
        loop {
            if let Some(end) = self.held.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.held.split_to(end).freeze();
                self.held.advance(2);
                return Ok(line);
            }
            if self.held.len() > MAX_LINE {
                return Err(VerifyError::InvalidChunk.into());
            }
            self.fill().await?;
        }
    }

    async fn take(&mut self, len: usize) -> Result<Bytes, VerifiedBodyError> {
        while self.held.len() < len {
            self.fill().await?;
        }
        Ok(self.held.split_to(len).freeze())
    }
}
