//! The lines behind the last chunk.

use crate::emit::byte_class::{self, VALUE};
use crate::sigv4::trailer::TrailerName;
use crate::verify::error::VerifyError;
use crate::verify::framing::names;

/// The name of the line with the signature of all others.
pub(super) const SIGNATURE: &str = "x-amz-trailer-signature";

/// The trailers that were announced, and those that came.
pub(super) struct Trailers<'r> {
    /// Names with commas between them; empty if there is no trailer.
    announced: &'r str,
    /// A bit for each announced name that came.
    seen: u32,
    is_signed: bool,
    has_signature: bool,
    /// True after one empty line that ends nothing.
    has_surplus: bool,
}

impl<'r> Trailers<'r> {
    pub(super) const fn new(announced: &'r str, is_signed: bool) -> Self {
        Self { announced, seen: 0, is_signed, has_signature: false, has_surplus: false }
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
        if self.has_signature || !byte_class::all(value, VALUE) {
            return Err(invalid);
        }
        if self.is_signed && !self.announced.is_empty() && name.as_str() == SIGNATURE {
            self.is_all_there()?;
            self.has_signature = true;
            return Ok(Some(end));
        }
        let place = names(self.announced).position(|announced| announced == name);
        let bit = place.and_then(|place| 1_u32.checked_shl(place.try_into().ok()?));
        let bit = bit.filter(|bit| self.seen & bit == 0).ok_or(invalid)?;
        self.seen |= bit;
        Ok(Some(end))
    }

    /// Takes an empty line, and returns whether it ends the trailers. AWS's documentation has one
    /// before the signature, and minio-go sends it.
    pub(super) fn take_empty_line(&mut self) -> Result<bool, VerifyError> {
        self.is_all_there()?;
        let is_end = self.announced.is_empty() || !self.is_signed || self.has_signature;
        if !is_end && !self.allows_surplus() {
            return Err(VerifyError::InvalidTrailer);
        }
        Ok(is_end)
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
