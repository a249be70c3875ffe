//! A header of the caller's: whether it can be sent, and whether it is in canonical form already.

use crate::emit::byte_class::{self, LOWER, TOKEN, UNBROKEN, VALUE};
use crate::emit::work;
use crate::sigv4::error::SignError;
use crate::sigv4::items::Item;

/// The parts of the caller's headers that are already in canonical form.
#[derive(Clone, Copy)]
pub(crate) struct Canonical {
    pub(crate) names: bool,
    pub(crate) values: bool,
}

impl Canonical {
    pub(crate) const ALL: Self = Self { names: true, values: true };

    /// Refuses a header that could not be sent, and notes if it is not in canonical
    /// form. `index` is its place in the caller's list.
    #[inline(never)]
    pub(crate) fn check(&mut self, index: usize, (name, value): Item<'_>) -> Result<(), SignError> {
        work::add(name.len() + value.len());
        let name_classes = byte_class::common(name);
        if name.is_empty() || name_classes & TOKEN == 0 {
            return Err(SignError::InvalidHeaderName { index });
        }
        self.names &= name_classes & LOWER != 0;
        if !byte_class::is_value(value, UNBROKEN) {
            let trimmed = trim(value);
            if !byte_class::is_value(trimmed, VALUE) {
                return Err(SignError::InvalidHeaderValue { index });
            }
            let is_folded = !value.windows(2).any(|pair| pair == b"  ");
            self.values &= trimmed.len() == value.len() && is_folded;
        }
        Ok(())
    }
}

/// Removes the white space around a value (RFC 9110 §5.5). The rest has no tabs within, since
/// AWS's own signers disagree on those.
pub(crate) fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        work::add(1);
        value = rest;
    }
    value
}
