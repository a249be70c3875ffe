//! The EC2 instance metadata service, version 2.
//!
//! ```text
//!          PUT /latest/api/token
//!   Token ────────────────────────────▶ Role ◀─────── restart() with a metadata token
//!     ▲                                  │ GET …/iam/security-credentials/
//!     │ 401, the first time              ▼
//!     ├────────────────────────────── Document
//!     │                                  │ GET …/iam/security-credentials/ROLE
//!     └── 401, the first time            ▼
//!                                      Done: outcome()
//! ```
//!
//! Source: "Use the Instance Metadata Service to access instance metadata", "Retrieve security
//! credentials from instance metadata" (Amazon EC2 User Guide).

use core::fmt;

use heapless::String;
use zeroize::Zeroize;

use super::{
    CREDENTIALS, Conversation, DocumentError, Exchange, NotHere, Provided, ProviderError, json,
};

const TOKEN_PATH: &str = "/latest/api/token";
const ROLES_PATH: &str = "/latest/meta-data/iam/security-credentials/";
const TTL_HEADER: (&str, &str) = ("x-aws-ec2-metadata-token-ttl-seconds", "21600");
const TOKEN_HEADER: &str = "x-aws-ec2-metadata-token";

const TOKEN: &str = "the metadata token";
const ROLE: &str = "the name of the role";

/// The service's tokens have 56 characters; nothing promises that they keep to it.
const TOKEN_LIMIT: usize = 256;
/// "IAM and AWS STS quotas": role names have at most 64 characters.
const ROLE_LIMIT: usize = 64;

/// The conversation with IMDSv2: a metadata token, the name of the role, its credentials.
///
/// The metadata token is good for six hours (21,600 s) and kept for [`restart`](Self::restart); if
/// the service no longer knows it (401), a new one is fetched, once. IMDSv1 is never used. About
/// 350 bytes; the metadata token is wiped when it is dropped.
pub struct Imds {
    step: Step,
    token: String<TOKEN_LIMIT>,
    role: String<ROLE_LIMIT>,
    /// Whether the metadata token was already replaced in this round.
    renewed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Token,
    Role,
    Document,
    Done,
}

impl Imds {
    /// A conversation that has not begun.
    pub const fn new() -> Self {
        Self { step: Step::Token, token: String::new(), role: String::new(), renewed: false }
    }

    /// The name of the instance's role, once it is known.
    pub fn role(&self) -> Option<&str> {
        (!self.role.is_empty()).then_some(self.role.as_str())
    }

    fn take_token<'b>(&mut self, status: u16, body: &[u8]) -> Result<(), ProviderError<'b>> {
        match status {
            200 => {
                take_text(&mut self.token, body.trim_ascii(), |byte| byte.is_ascii_graphic())
                    .map_err(|error| ProviderError::Document { asked: TOKEN, error })?;
                self.step = Step::Role;
                Ok(())
            }
            403 => Err(ProviderError::NotHere(NotHere::MetadataDisabled)),
            404 | 405 => Err(ProviderError::NotHere(NotHere::NoImdsV2)),
            _ => Err(ProviderError::Status { asked: TOKEN, status }),
        }
    }

    /// Proxies for the service have been seen to list several roles, and to add line ends. The name
    /// becomes a segment of a path, where `.` and `..` would lead elsewhere.
    fn take_role<'b>(&mut self, status: u16, body: &[u8]) -> Result<(), ProviderError<'b>> {
        match status {
            200 => {
                let first_line = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
                let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
                let name = match first_line.trim_ascii() {
                    b"." | b".." => Err(DocumentError::BadText),
                    name => take_text(&mut self.role, name, in_name),
                };
                name.map_err(|error| ProviderError::Document { asked: ROLE, error })?;
                self.step = Step::Document;
                Ok(())
            }
            401 => self.renew_token(ROLE),
            404 => Err(ProviderError::NotHere(NotHere::NoRoleAttached)),
            _ => Err(ProviderError::Status { asked: ROLE, status }),
        }
    }

    fn take_document<'b>(&mut self, status: u16) -> Result<(), ProviderError<'b>> {
        match status {
            200 => {
                self.step = Step::Done;
                Ok(())
            }
            401 => self.renew_token(CREDENTIALS),
            // The role was detached since its name was read.
            404 => Err(ProviderError::NotHere(NotHere::NoRoleAttached)),
            _ => Err(ProviderError::Status { asked: CREDENTIALS, status }),
        }
    }

    fn renew_token<'b>(&mut self, asked: &'static str) -> Result<(), ProviderError<'b>> {
        if self.renewed {
            return Err(ProviderError::Status { asked, status: 401 });
        }
        self.renewed = true;
        self.step = Step::Token;
        Ok(())
    }
}

/// Overwrites a text, and forgets it.
fn wipe<const N: usize>(text: &mut String<N>) {
    text.as_mut_str().zeroize();
    text.clear();
}

/// Puts a short text from a body in the place of the old one.
fn take_text<const N: usize>(
    text: &mut String<N>,
    body: &[u8],
    may_have: impl Fn(u8) -> bool,
) -> Result<(), DocumentError> {
    if body.is_empty() {
        return Err(DocumentError::Empty);
    }
    if !body.iter().all(|byte| byte.is_ascii_graphic() && may_have(*byte)) {
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

impl Conversation for Imds {
    type Outcome<'b> = Provided<'b>;

    fn request(&self) -> Option<Exchange<'_>> {
        let get = |role| Exchange {
            method: "GET",
            target: [ROLES_PATH, role, ""],
            headers: [Some((TOKEN_HEADER, &self.token)), None],
        };
        match self.step {
            Step::Token => Some(Exchange {
                method: "PUT",
                target: [TOKEN_PATH, "", ""],
                headers: [Some(TTL_HEADER), None],
            }),
            Step::Role => Some(get("")),
            Step::Document => Some(get(&self.role)),
            Step::Done => None,
        }
    }

    fn response<'b>(&mut self, status: u16, body: &'b [u8]) -> Result<(), ProviderError<'b>> {
        match self.step {
            Step::Token => self.take_token(status, body),
            Step::Role => self.take_role(status, body),
            Step::Document => self.take_document(status),
            Step::Done => Err(ProviderError::OutOfTurn),
        }
    }

    fn outcome<'b>(&self, body: &'b mut [u8]) -> Result<Provided<'b>, ProviderError<'b>> {
        if self.step != Step::Done {
            return Err(ProviderError::OutOfTurn);
        }
        json::provided(body)
    }

    fn restart(&mut self) {
        self.step = if self.token.is_empty() { Step::Token } else { Step::Role };
        self.role.clear();
        self.renewed = false;
    }
}

impl Default for Imds {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Imds {
    fn drop(&mut self) {
        wipe(&mut self.token);
    }
}

impl fmt::Debug for Imds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Imds")
            .field("step", &self.step)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
