//! A text in lower case.

use crate::emit::sink::{Emit, Stage};

/// A text that emits itself with its ASCII letters in lower case: a header's name, a host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LowerCase<'a>(pub(crate) &'a [u8]);

impl Emit for LowerCase<'_> {
    #[inline(never)]
    fn emit(&self, out: &mut Stage<'_>) {
        if !cfg!(target_pointer_width = "64") {
            return self.0.iter().for_each(|byte| out.put_byte(byte.to_ascii_lowercase()));
        }
        for chunk in self.0.chunks(32) {
            let mut lower = [0; 32];
            let Some(text) = lower.get_mut(..chunk.len()) else { return };
            text.copy_from_slice(chunk);
            // All 32, whatever the text's length: two vectors, and no loop.
            lower.make_ascii_lowercase();
            out.put(lower.get(..chunk.len()).unwrap_or_default());
        }
    }
}
