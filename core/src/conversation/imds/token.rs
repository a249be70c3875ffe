//! The metadata token: what every request to the metadata service shows.

use heapless::String;
use zeroize::Zeroize;

use crate::conversation::{ConversationError, DocumentError, NotHere, Request};
use crate::emit::byte_class::trim_ascii;

const PATH: &str = "/latest/api/token";
const TTL_HEADER: (&str, &str) = ("x-aws-ec2-metadata-token-ttl-seconds", "21600");
const HEADER: &str = "x-aws-ec2-metadata-token";

const TOKEN: &str = "the metadata token";

/// A metadata token of at most `N` bytes, if there is one. Each conversation sends its requests
/// through it: when a token [is due](Self::is_due), the request for it comes first.
pub(super) struct MetadataToken<const N: usize> {
    text: String<N>,
    /// True if the service no longer knows the current token.
    expired: bool,
    /// True if it was already replaced in this round.
    renewed: bool,
}

impl<const N: usize> MetadataToken<N> {
    pub(super) const fn new() -> Self {
        Self { text: String::new(), expired: false, renewed: false }
    }

    /// Returns whether the next request is for a token.
    pub(super) fn is_due(&self) -> bool {
        self.expired || self.text.is_empty()
    }

    /// Returns the current token.
    pub(super) fn text(&self) -> Option<&str> {
        (!self.text.is_empty()).then_some(self.text.as_str())
    }

    /// Creates a request for a token, or one with the current token.
    pub(super) fn request<'e>(&'e self, [path, rest]: [&'e str; 2]) -> Request<'e> {
        if self.is_due() {
            return Request::plain("PUT", [PATH, "", ""], [Some(TTL_HEADER), None]);
        }
        Request::plain("GET", [path, rest, ""], [Some((HEADER, &self.text)), None])
    }

    /// Takes the response to the request for a token.
    pub(super) fn take<'b>(
        &mut self,
        status: u16,
        body: &[u8],
    ) -> Result<(), ConversationError<'b>> {
        match status {
            200..=299 => {
                take_text(&mut self.text, trim_ascii(body), |byte| byte.is_ascii_graphic())
                    .map_err(|error| ConversationError::Document { asked: TOKEN, error })?;
                self.expired = false;
                Ok(())
            }
            403 => Err(ConversationError::NotHere(NotHere::MetadataDisabled)),
            404 | 405 => Err(ConversationError::NotHere(NotHere::NoImdsV2)),
            _ => Err(ConversationError::Status { asked: TOKEN, status }),
        }
    }

    /// Handles a 401 to a request with the token: the first time, another token is fetched.
    pub(super) fn expired<'b>(&mut self, asked: &'static str) -> Result<(), ConversationError<'b>> {
        if self.renewed {
            return Err(ConversationError::Status { asked, status: 401 });
        }
        self.renewed = true;
        self.expired = true;
        Ok(())
    }

    /// Begins another round, with the current token.
    pub(super) fn restart(&mut self) {
        self.expired = false;
        self.renewed = false;
    }
}

impl<const N: usize> Drop for MetadataToken<N> {
    fn drop(&mut self) {
        wipe(&mut self.text);
    }
}

/// Overwrites a text, and forgets it.
fn wipe<const N: usize>(text: &mut String<N>) {
    text.as_mut_str().zeroize();
    text.clear();
}

/// Puts a short text from a body in place of the old one.
pub(super) fn take_text<const N: usize>(
    text: &mut String<N>,
    body: &[u8],
    may_have: impl Fn(u8) -> bool,
) -> Result<(), DocumentError> {
    if body.is_empty() {
        return Err(DocumentError::Empty);
    }
    if !body.iter().all(|byte| may_have(*byte)) {
        return Err(DocumentError::BadText);
    }
    let body = core::str::from_utf8(body).map_err(|_| DocumentError::BadText)?;
    let too_long = DocumentError::TooLong { limit: N };
    if body.len() > N {
        return Err(too_long);
    }
    wipe(text);
    text.push_str(body).map_err(|_| too_long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_old_text_if_the_new_fits() {
        let mut text = String::<4>::new();
        take_text(&mut text, b"abcd", |_| true).unwrap();
        for (body, error) in [
            (&b""[..], DocumentError::Empty),
            (b"a b", DocumentError::BadText),
            (b"a\xff", DocumentError::BadText),
            (b"abcde", DocumentError::TooLong { limit: 4 }),
        ] {
            assert_eq!(take_text(&mut text, body, |byte| byte != b' '), Err(error));
            assert_eq!(text, "abcd");
        }
        take_text(&mut text, b"x", |_| true).unwrap();
        assert_eq!(text, "x");
        wipe(&mut text);
        assert_eq!(text, "");
    }
}
