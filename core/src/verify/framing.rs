//! The statements of a request about its body in chunks.

use crate::sigv4::trailer::TrailerName;
use crate::verify::error::VerifyError;
use crate::verify::presented::{header, needed};
use crate::verify::received::ReceivedRequest;
use crate::verify::signed_payload::SignedPayload;
use crate::verify::split::split;

const DECODED_LENGTH: &str = "x-amz-decoded-content-length";
const TRAILER: &str = "x-amz-trailer";

/// The length of the body itself, and the names of its trailers. Both are signed, as all headers of
/// AWS must be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Framing<'r> {
    pub(super) len: u64,
    /// Names with commas between them; empty if there is no trailer.
    pub(super) trailers: &'r str,
}

impl<'r> Framing<'r> {
    /// Reads the headers that a body in chunks must have; returns `None` for any other body.
    ///
    /// Source: "Signature Calculations for the Authorization Header: Transferring Payload in
    /// Multiple Chunks" and "… Including Trailing Headers" (Amazon S3).
    pub(super) fn read(
        request: &ReceivedRequest<'r>,
        payload: Option<SignedPayload>,
    ) -> Result<Option<Self>, VerifyError> {
        let can_have_trailers = match payload {
            Some(SignedPayload::Chunks) => false,
            Some(SignedPayload::ChunksWithTrailer | SignedPayload::UnsignedChunksWithTrailer) => {
                true
            }
            _ => return Ok(None),
        };
        let len = needed(header(request, DECODED_LENGTH)?, DECODED_LENGTH)?;
        let len = read_len(len).ok_or(VerifyError::InvalidDecodedLength)?;
        let mut trailers = "";
        if can_have_trailers {
            let invalid = VerifyError::InvalidTrailer;
            if let Some(announced) = header(request, TRAILER)? {
                trailers = str::from_utf8(announced).map_err(|_| invalid)?;
                names(trailers).next().ok_or(invalid)?;
            }
        }
        Ok(Some(Self { len, trailers }))
    }
}

/// Returns the names in `x-amz-trailer`.
pub(super) fn names(trailers: &str) -> impl Iterator<Item = TrailerName<'_>> {
    split(trailers, b',').filter_map(|name| TrailerName::received(name.trim_ascii()).ok())
}

fn read_len(digits: &[u8]) -> Option<u64> {
    let len = digits.iter().try_fold(0_u64, |len, digit| {
        let digit = digit.is_ascii_digit().then_some(u64::from(digit & 0x0f))?;
        len.checked_mul(10)?.checked_add(digit)
    });
    len.filter(|_| !digits.is_empty())
}
