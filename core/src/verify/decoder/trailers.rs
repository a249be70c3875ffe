//! The lines behind the last chunk.

use crate::emit::byte_class::{self, VALUE};
use crate::sigv4::trailer::TrailerName;
use crate::verify::error::VerifyError;
use crate::verify::framing::names;
use crate::verify::signed_payload::SignedPayload;

/// The name of the line with the signature of all others.
pub(super) const SIGNATURE: &str = "x-amz-trailer-signature";

/// The trailers that were announced, and those that came.
pub(super) struct Trailers<'r> {
    /// Names with commas between them; empty if there is no trailer.
    announced: &'r str,
    /// A bit for each announced name that came.
    seen: u32,
    signature: Signature,
    /// True after a value that is not of the form that its name says.
    has_invalid_value: bool,
    /// True after one empty line that ends nothing.
    has_surplus: bool,
}

/// The line with the signature of all others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signature {
    NotNeeded,
    Missing,
    Taken,
}

impl<'r> Trailers<'r> {
    pub(super) fn new(announced: &'r str, payload: SignedPayload) -> Self {
        Self {
            announced,
            seen: 0,
            signature: match payload {
                SignedPayload::ChunksWithTrailer => Signature::Missing,
                _ => Signature::NotNeeded,
            },
            has_invalid_value: false,
            has_surplus: false,
        }
    }

    /// Takes a line, with its line end; makes its name lower case, and returns where the name ends.
    /// Returns `None` if the line is empty.
    pub(super) fn take(&mut self, line: &mut [u8]) -> Result<Option<usize>, VerifyError> {
        if matches!(&*line, b"\n" | b"\r\n") {
            return Ok(None);
        }
        let invalid = VerifyError::InvalidTrailer;
        let end = line.iter().position(|byte| *byte == b':').ok_or(invalid)?;
        line.get_mut(..end).ok_or(invalid)?.make_ascii_lowercase();
        let (name, value) = parts(line, end)?;
        if self.signature == Signature::Taken || !byte_class::all(value, VALUE) {
            return Err(invalid);
        }
        let is_missing = self.signature == Signature::Missing && !self.announced.is_empty();
        if is_missing && name.as_str() == SIGNATURE {
            self.is_all_there()?;
            self.signature = Signature::Taken;
            return Ok(Some(end));
        }
        let place = names(self.announced).position(|announced| announced == name);
        let bit = place.and_then(|place| 1_u32.checked_shl(place.try_into().ok()?));
        let bit = bit.filter(|bit| self.seen & bit == 0).ok_or(invalid)?;
        self.seen |= bit;
        self.has_invalid_value |= !name.takes(value);
        Ok(Some(end))
    }

    /// Takes an empty line, and returns whether it ends the trailers. AWS's documentation has one
    /// before the signature, and minio-go sends it.
    pub(super) fn take_empty_line(&mut self) -> Result<bool, VerifyError> {
        self.is_all_there()?;
        let is_end = self.signature != Signature::Missing;
        match is_end {
            // The signature is known to be right by now, or there is none.
            true if self.has_invalid_value => Err(VerifyError::InvalidChecksum),
            // There are neither trailers nor their signature.
            false if self.announced.is_empty() => Err(VerifyError::IncompleteBody),
            false if !self.allows_surplus() => Err(VerifyError::InvalidTrailer),
            _ => Ok(is_end),
        }
    }

    /// Returns whether a line behind the end is an empty one that can be ignored.
    pub(super) fn takes_surplus(&mut self, line: &[u8]) -> bool {
        line == b"\r\n" && !self.announced.is_empty() && self.allows_surplus()
    }

    /// Allows one empty line.
    fn allows_surplus(&mut self) -> bool {
        let is_first = !self.has_surplus;
        self.has_surplus = true;
        is_first
    }

    fn is_all_there(&self) -> Result<(), VerifyError> {
        let seen = usize::try_from(self.seen.count_ones());
        if seen == Ok(names(self.announced).count()) {
            Ok(())
        } else {
            Err(VerifyError::InvalidTrailer)
        }
    }
}

/// Returns name and value of a line whose name ends at a place.
pub(super) fn parts(line: &[u8], end: usize) -> Result<(TrailerName<'_>, &[u8]), VerifyError> {
    let invalid = VerifyError::InvalidTrailer;
    let (name, value) = line.split_at_checked(end).ok_or(invalid)?;
    let name = str::from_utf8(name).map_err(|_| invalid)?;
    let name = TrailerName::new(name).map_err(|_| invalid)?;
    let value = value.strip_prefix(b":").ok_or(invalid)?.trim_ascii();
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_the_signature_of_signed_trailers_even_if_there_are_none() {
        for (payload, outcome) in [
            (SignedPayload::Chunks, Ok(true)),
            (SignedPayload::UnsignedChunksWithTrailer, Ok(true)),
            (SignedPayload::ChunksWithTrailer, Err(VerifyError::IncompleteBody)),
        ] {
            assert_eq!(Trailers::new("", payload).take_empty_line(), outcome);
            let mut line = *b"x-amz-checksum-crc32:6Bci8A==\r\n";
            let refused = Trailers::new("", payload).take(&mut line);
            assert_eq!(refused, Err(VerifyError::InvalidTrailer));
        }
    }
}
