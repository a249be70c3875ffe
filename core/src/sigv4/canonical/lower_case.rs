//! A text in lower case.

use crate::emit::sink::{Emit, Sink};

/// A text that emits itself with its ASCII letters in lower case: a header's name, a host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LowerCase<'a>(pub(crate) &'a str);

impl Emit for LowerCase<'_> {
    #[inline(never)]
    fn emit(&self, out: &mut impl Sink) {
        for chunk in self.0.as_bytes().chunks(32) {
            let mut lower = [0; 32];
            let Some(text) = lower.get_mut(..chunk.len()) else { return };
            text.copy_from_slice(chunk);
            // All 32, whatever the text's length: two vectors, and no loop.
            lower.make_ascii_lowercase();
            out.put(lower.get(..chunk.len()).unwrap_or_default());
        }
    }
}
