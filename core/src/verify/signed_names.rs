//! The names of the headers that are signed.

use heapless::Vec;

use crate::emit::byte_class::{LOWER, lower_case_rank, order_by, some_and_all};
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

    /// Returns whether a header of this name, in any case, is signed.
    pub(super) fn contains(&self, name: &str) -> bool {
        place(&self.0, name).is_some()
    }

    /// Returns the first name that no header has.
    pub(super) fn absent(&self, headers: &[(&str, &[u8])]) -> Option<&'r str> {
        first_absent(&self.0, &mut [false; SLOTS], headers)
    }
}

/// Returns the first name that no header has. There are few slots where flash is little, so each
/// header is compared with each name there. Neither it nor the functions behind it are inlined:
/// loops take flash wherever they are copied to.
#[inline(never)]
fn first_absent<'r>(
    names: &[&'r str],
    present: &mut [bool],
    headers: &[(&str, &[u8])],
) -> Option<&'r str> {
    if cfg!(not(target_pointer_width = "64")) {
        let is_absent = |name: &&&str| !headers.iter().any(|(other, _)| is_name(name, other));
        return names.iter().find(is_absent).copied();
    }
    for (name, _) in headers {
        if let Some(present) = place(names, name).and_then(|place| present.get_mut(place)) {
            *present = true;
        }
    }
    names.iter().zip(present).find(|(_, present)| !**present).map(|(name, _)| *name)
}

/// The most names that are looked at one after the other, where flash is plenty: their lengths
/// distinguish nearly all of them.
const FEW: usize = 16;

/// Returns the place of a name in the list, whatever its case. The list is in order.
#[inline(never)]
fn place(names: &[&str], name: &str) -> Option<usize> {
    if cfg!(target_pointer_width = "64") && names.len() > FEW {
        let order = |signed: &&str| order_by(signed.as_bytes(), name.as_bytes(), lower_case_rank);
        return names.binary_search_by(order).ok();
    }
    work::add(names.len());
    names.iter().position(|signed| signed.len() == name.len() && is_name(signed, name))
}

/// Returns whether two names of headers are one, in any case.
#[inline(never)]
pub(super) fn is_name(name: &str, other: &str) -> bool {
    work::add(1 + if name.len() == other.len() { name.len() } else { 0 });
    name.eq_ignore_ascii_case(other)
}
