//! The inputs of a caller: texts, pairs of texts, and lists of pairs.

use core::slice;

use crate::status::Status;

/// The slots of the signer: the limit of headers, and that of query pairs.
pub(crate) const SLOTS: usize = 16;

/// `rolesig_text`: bytes and their number, without a NUL at the end. NULL stands for no text.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Text {
    at: *const u8,
    len: usize,
}

/// `rolesig_pair`: a name and a value.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Pair {
    name: Text,
    value: Text,
}

/// `rolesig_pairs`: a list of pairs.
#[repr(C)]
pub(crate) struct Pairs {
    at: *const Pair,
    len: usize,
}

impl Text {
    /// Returns a text for the caller, which lives as long as its owner.
    pub(crate) const fn of(text: &str) -> Self {
        Self { at: text.as_ptr(), len: text.len() }
    }

    /// No text.
    pub(crate) const NONE: Self = Self { at: core::ptr::null(), len: 0 };

    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        // SAFETY: the header requires that a text that is not NULL has this many bytes, and that
        // they do not change during the call; nothing that borrows `self` outlives it.
        (!self.at.is_null()).then(|| unsafe { slice::from_raw_parts(self.at, self.len) })
    }

    /// Returns the text, which must be UTF-8; NULL is an empty text.
    pub(crate) fn text(&self) -> Result<&str, Status> {
        core::str::from_utf8(self.bytes().unwrap_or_default()).map_err(|_| Status::NotUtf8)
    }
}

impl Pairs {
    fn pairs(&self) -> &[Pair] {
        if self.at.is_null() {
            return &[];
        }
        // SAFETY: as for a text: the header requires this many pairs.
        unsafe { slice::from_raw_parts(self.at, self.len) }
    }

    /// Reads each pair into slots, and returns their number.
    pub(crate) fn read<'p, N: Copy, V: Copy>(
        &'p self,
        slots: &mut [(N, V); SLOTS],
        too_many: Status,
        read: impl Fn(&'p Text, &'p Text) -> Result<(N, V), Status>,
    ) -> Result<usize, Status> {
        let pairs = self.pairs();
        if pairs.len() > SLOTS {
            return Err(too_many);
        }
        for (slot, pair) in slots.iter_mut().zip(pairs) {
            *slot = read(&pair.name, &pair.value)?;
        }
        Ok(pairs.len())
    }
}
