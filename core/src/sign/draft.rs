//! Texts in the caller's buffer, one after the other, and behind them what is known only later: the
//! signature.

use heapless::Vec;

use crate::emit::sink::{Count, Emit};
use crate::emit::stage::Stage;
use crate::sigv4::error::SignError;

/// The most texts: target, added headers, authorization and their parts.
pub(crate) const MAX_TEXTS: usize = 12;

/// A list of texts to be written.
pub(crate) type Texts<'t> = Vec<&'t dyn Emit, MAX_TEXTS>;

/// A buffer with the texts that were written to its front.
pub(crate) struct Draft<'b> {
    buffer: &'b mut [u8],
    ends: Vec<usize, MAX_TEXTS>,
}

impl<'b> Draft<'b> {
    /// Writes texts to the front of a buffer that must have room for so many bytes more.
    #[inline(never)]
    pub(crate) fn write(
        texts: &Texts<'_>,
        more: usize,
        buffer: &'b mut [u8],
    ) -> Result<Self, SignError> {
        let (mut ends, mut beyond) = (Vec::new(), Count(0));
        let mut stage = Stage::new(buffer, &mut beyond);
        for text in texts {
            text.emit(&mut stage);
            // As many as there are texts.
            let _ = ends.push(stage.len());
        }
        let needed = stage.len().saturating_add(beyond.0).saturating_add(more);
        if needed > buffer.len() {
            return Err(SignError::BufferTooSmall { needed });
        }
        Ok(Self { buffer, ends })
    }

    /// Returns the text at a place.
    pub(crate) fn text(&self, place: usize) -> &[u8] {
        texts(self.buffer, &self.ends, place, place)
    }

    /// Returns the length of all texts.
    pub(crate) fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or_default()
    }

    /// Appends a last text, for which there is room.
    pub(crate) fn finish(self, texts: &[&dyn Emit]) -> Finished<'b> {
        let end = self.len();
        let Self { buffer, ends } = self;
        let mut beyond = Count(0);
        let mut stage = Stage::resumed(buffer, end, &mut beyond);
        for text in texts {
            text.emit(&mut stage);
        }
        let len = stage.len();
        Finished { buffer: buffer.get(..len).unwrap_or_default(), ends }
    }
}

/// A buffer with all texts.
pub(crate) struct Finished<'b> {
    buffer: &'b [u8],
    ends: Vec<usize, MAX_TEXTS>,
}

impl<'b> Finished<'b> {
    /// Returns the texts at places, which follow one another.
    pub(crate) fn texts(&self, first: usize, last: usize) -> &'b [u8] {
        texts(self.buffer, &self.ends, first, last)
    }

    /// Returns the texts from a place on, to the end.
    pub(crate) fn rest(&self, first: usize) -> &'b [u8] {
        self.behind(start(&self.ends, first))
    }

    /// Returns what is behind so many bytes.
    pub(crate) fn behind(&self, len: usize) -> &'b [u8] {
        self.buffer.get(len..).unwrap_or_default()
    }
}

fn texts<'b>(buffer: &'b [u8], ends: &[usize], first: usize, last: usize) -> &'b [u8] {
    let end = ends.get(last).copied().unwrap_or_default();
    buffer.get(start(ends, first)..end).unwrap_or_default()
}

fn start(ends: &[usize], place: usize) -> usize {
    place.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or_default()
}
