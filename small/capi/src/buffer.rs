//! The buffers of a caller.

use core::{ptr, slice};

use signer::sink::SliceSink;

use crate::status::Status;

/// `rolesig_buffer`: room for bytes, and after a call the number of written or needed bytes.
#[repr(C)]
pub(crate) struct Buffer {
    at: *mut u8,
    room: usize,
    len: usize,
}

impl Buffer {
    /// Writes with `write`, and stores the length in `len`, also if the room is too small.
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

    /// Returns the room with every byte initialized, which C does not guarantee.
    fn zeroed(&mut self) -> &mut [u8] {
        if self.at.is_null() {
            return &mut [];
        }
        // SAFETY: the header requires that a buffer that is not NULL has this much room, and that
        // nothing else reads or writes there during the call.
        unsafe { ptr::write_bytes(self.at, 0, self.room) };
        // SAFETY: as above, and every byte has just been written.
        unsafe { slice::from_raw_parts_mut(self.at, self.room) }
    }
}
