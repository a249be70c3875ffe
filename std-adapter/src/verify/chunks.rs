//! A body in chunks (`aws-chunked`), decoded and verified as it arrives.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::{Body, Frame};
use rolesig::{ChunkDecoder, ChunkEvent, Scheme, VerifyError};

use crate::sign::frames::{BoxError, Outlet, next_frame};
use crate::verify::body::{BodyMessage, VerifiedBodyError};

/// Hands on the data of a body in chunks, and then its trailers. It holds each piece back until the
/// next one, and the last one until all of the body is verified.
pub(super) async fn relay<B, S: Scheme>(
    body: &mut B,
    mut decoder: ChunkDecoder<'_, S>,
    out: &Outlet<BodyMessage>,
) -> Result<(), VerifiedBodyError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    let (mut held, mut trailers) = (None, HeaderMap::new());
    while let Some(frame) = next_frame(body).await {
        // HTTP's own trailers are not those of the chunks.
        let Ok(wire) = frame.map_err(VerifiedBodyError::of_received)?.into_data() else { continue };
        let mut rest = &wire[..];
        loop {
            let data = match decoder.decode(&mut rest)? {
                None => break,
                Some(ChunkEvent::Data(data)) => wire.slice_ref(data),
                Some(ChunkEvent::Trailer { name, value }) => {
                    let (name, value) = header(name.as_str(), value)?;
                    trailers.append(name, value);
                    continue;
                }
                Some(_) => continue,
            };
            if let Some(earlier) = held.replace(data) {
                out.put(BodyMessage::Frame(Frame::data(earlier))).await;
            }
        }
    }
    decoder.finish()?;
    if let Some(last) = held {
        out.put(BodyMessage::Frame(Frame::data(last))).await;
    }
    if !trailers.is_empty() {
        out.put(BodyMessage::Frame(Frame::trailers(trailers))).await;
    }
    Ok(())
}

fn header(name: &str, value: &[u8]) -> Result<(HeaderName, HeaderValue), VerifyError> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| VerifyError::InvalidTrailer)?;
    let value = HeaderValue::from_bytes(value).map_err(|_| VerifyError::InvalidTrailer)?;
    Ok((name, value))
}
