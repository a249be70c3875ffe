//! Where a caller wants something written.

use core::{ptr, slice};

use signer::sink::SliceSink;

use crate::status::Status;

/// `rolesig_buffer`: room for bytes, and after a call how many of them were written, or are needed.
#[repr(C)]
pub(crate) struct Buffer {
    at: *mut u8,
    room: usize,
    len: usize,
}

impl Buffer {
    /// Writes with `write`, and says in `len` how much that is, whether or not there is room.
    pub(crate) fn fill(&mut self, write: impl FnOnce(&mut SliceSink<'_>)) -> Result<(), Status> {
        let mut sink = SliceSink::new(self.zeroed());
        write(&mut sink);
        let (len, filled) = match sink.finish() {
            Ok(written) => (written.len(), Ok(())),
            Err(too_small) => (too_small.needed, Err(Status::NeedsRoom)),
        };
        self.len = len;
        filled
    }

    /// The room, in which every byte has a value: C may not have given it one.
    fn zeroed(&mut self) -> &mut [u8] {
        if self.at.is_null() {
            return &mut [];
        }
        // SAFETY: the header demands that a buffer that is not NULL has so much room, and that
        // nothing else reads or writes there during the call.
        unsafe { ptr::write_bytes(self.at, 0, self.room) };
        // SAFETY: as above, and every byte has just been written.
        unsafe { slice::from_raw_parts_mut(self.at, self.room) }
    }
}
