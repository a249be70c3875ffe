//! The region that an instance is in.

use core::fmt;

use super::token::MetadataToken;
use crate::conversation::{Conversation, ConversationError, DocumentError, Request};

const PATH: &str = "/latest/meta-data/placement/region";

const REGION: &str = "the region of the instance";

/// The longest has 14 characters.
const LIMIT: usize = 64;

/// The conversation with IMDSv2 about the region of the instance, made by
/// [`Imds::region`](super::Imds::region). It uses the metadata token of that conversation, or
/// fetches one for it.
///
/// Source: "Instance metadata categories", `placement/region` (Amazon EC2 User Guide).
///
/// ```
/// use rolesig::conversation::{Conversation, Imds};
///
/// let mut imds = Imds::new();
/// let mut region = imds.region();
/// region.response(200, b"the-metadata-token")?;
/// assert_eq!(region.request().unwrap().target().to_string(), "/latest/meta-data/placement/region");
/// region.response(200, b"eu-west-1")?;
/// let mut body = *b"eu-west-1";
/// assert_eq!(region.outcome(&mut body).unwrap(), "eu-west-1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ImdsRegion<'t, const TOKEN: usize = 256> {
    token: &'t mut MetadataToken<TOKEN>,
    is_done: bool,
}

impl<'t, const TOKEN: usize> ImdsRegion<'t, TOKEN> {
    pub(super) fn new(token: &'t mut MetadataToken<TOKEN>) -> Self {
        token.restart();
        Self { token, is_done: false }
    }
}

impl<const TOKEN: usize> Conversation for ImdsRegion<'_, TOKEN> {
    /// Such as `eu-west-1`.
    type Outcome<'b> = &'b str;

    fn request(&self) -> Option<Request<'_>> {
        (!self.is_done).then(|| self.token.request([PATH, ""]))
    }

    fn response<'b>(&mut self, status: u16, body: &'b [u8]) -> Result<(), ConversationError<'b>> {
        if self.is_done {
            return Err(ConversationError::OutOfTurn);
        }
        if self.token.is_due() {
            return self.token.take(status, body);
        }
        match status {
            200 => {
                self.is_done = true;
                Ok(())
            }
            401 => self.token.expired(REGION),
            _ => Err(ConversationError::Status { asked: REGION, status }),
        }
    }

    fn outcome<'b>(&self, body: &'b mut [u8]) -> Result<&'b str, ConversationError<'b>> {
        if !self.is_done {
            return Err(ConversationError::OutOfTurn);
        }
        region(body.trim_ascii())
            .map_err(|error| ConversationError::Document { asked: REGION, error })
    }

    fn restart(&mut self) {
        self.token.restart();
        self.is_done = false;
    }
}

/// Reads a region. It becomes a part of host names and of signatures, so it must be fit for both.
fn region(text: &[u8]) -> Result<&str, DocumentError> {
    let in_region = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    match text {
        [] => Err(DocumentError::Empty),
        text if !text.iter().all(in_region) => Err(DocumentError::BadText),
        text if text.len() > LIMIT => Err(DocumentError::TooLong { limit: LIMIT }),
        text => core::str::from_utf8(text).map_err(|_| DocumentError::BadText),
    }
}

impl<const TOKEN: usize> fmt::Debug for ImdsRegion<'_, TOKEN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImdsRegion").field("is_done", &self.is_done).finish_non_exhaustive()
    }
}
