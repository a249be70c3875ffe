//! The state of a conversation of one request.

use super::ConversationError;

/// ```text
///   Open ──── 200 ────▶ Done: outcome()
///    │  ▲                 │
///    │  └─── restart() ───┤
///    └── 400 to 499 ──▶ Refused: outcome() says why
/// ```
/// Statuses 400 to 499 end the conversation as 200 does, since the reason is in the body, and is
/// read in place like any other; 408 and 429 are a busy service's, whatever its body says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Single {
    Open,
    Done,
    /// With the status.
    Refused(u16),
}

impl Single {
    pub(super) fn is_open(self) -> bool {
        self == Self::Open
    }

    /// Takes the status of a response.
    pub(super) fn take<'b>(
        &mut self,
        status: u16,
        asked: &'static str,
    ) -> Result<(), ConversationError<'b>> {
        if !self.is_open() {
            return Err(ConversationError::OutOfTurn);
        }
        *self = match status {
            200 => Self::Done,
            400..=407 | 409..=428 | 430..=499 => Self::Refused(status),
            _ => return Err(ConversationError::Status { asked, status }),
        };
        Ok(())
    }
}
