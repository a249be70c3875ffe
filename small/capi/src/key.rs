//! The signing key of a day, in the caller's memory.

use signer::SigningKey;

use crate::status::Status;

/// `sizeof(rolesig_key)`
const PLACE: usize = 8 * 12;

const _: () = assert!(size_of::<Key>() <= PLACE && align_of::<Key>() <= 8);

/// The content of a `rolesig_key`: the key of the last signature, if there was one. Wiped when
/// dropped.
pub(crate) struct Key(pub(crate) Option<SigningKey>);

/// Implements `rolesig_key_new`: see the header.
///
/// # Safety
/// `place` must be NULL, or point to `size` bytes.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn rolesig_key_new(place: *mut Key, size: usize) -> Status {
    if place.is_null() || !place.is_aligned() || size < size_of::<Key>() {
        return Status::Null;
    }
    // SAFETY: the caller guarantees this many bytes, which are enough, and aligned.
    unsafe { place.write(Key(None)) };
    Status::Ok
}

/// Implements `rolesig_key_wipe`: see the header.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rolesig_key_wipe(key: Option<&mut Key>) -> Status {
    let Some(key) = key else { return Status::Null };
    key.0 = None;
    Status::Ok
}
