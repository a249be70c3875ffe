//! The names of the headers that are signed.

use heapless::Vec;

use crate::emit::byte_class::{LOWER, some_and_all};
use crate::emit::work;
use crate::verify::error::VerifyError;
use crate::verify::split::split;

/// `host;x-amz-date`: names in lower case and in order, each once. They are cut apart once, since
/// they are looked for with each header: a list of any length would make that quadratic.
pub(super) struct SignedNames<'r, const SLOTS: usize>(Vec<&'r str, SLOTS>);

impl<'r, const SLOTS: usize> SignedNames<'r, SLOTS> {
    pub(super) fn read(text: &'r str) -> Result<Self, VerifyError> {
        let mut names = Vec::new();
        for name in split(text, b';') {
            let is_next = names.last().is_none_or(|last| *last < name);
            if !is_next || !some_and_all(name.as_bytes(), LOWER) {
                return Err(VerifyError::InvalidSignedHeaders);
            }
            names.push(name).map_err(|_| VerifyError::TooManyHeaders { slots: SLOTS })?;
        }
        Ok(Self(names))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'r str> {
        self.0.iter().copied()
    }

    /// Returns whether a header of this name, in any case, is signed. It looks at each of the
    /// names, of which there are no more than slots.
    pub(super) fn contains(&self, name: &str) -> bool {
        contains(&self.0, name)
    }
}

/// Returns whether a name is in the list. Not inlined, nor [`is_name`]: they are called from many
/// places, and the loops take flash in each.
#[inline(never)]
fn contains(names: &[&str], name: &str) -> bool {
    names.iter().any(|signed| is_name(signed, name))
}

/// Returns whether two names of headers are one, in any case.
#[inline(never)]
pub(super) fn is_name(name: &str, other: &str) -> bool {
    work::add(1 + if name.len() == other.len() { name.len() } else { 0 });
    name.eq_ignore_ascii_case(other)
}
