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
//! The region is asked for in the same way, with one GET in place of two.
//!
//! Source: "Use the Instance Metadata Service to access instance metadata", "Retrieve security
//! credentials from instance metadata", "Instance metadata categories" (Amazon EC2 User Guide).

use core::fmt;

use heapless::String;

use super::{
    CREDENTIALS, Conversation, DocumentError, Exchange, NotHere, Provided, ProviderError, json,
};

mod region;
mod token;

pub use region::ImdsRegion;

use token::{MetadataToken, take_text};

const ROLES_PATH: &str = "/latest/meta-data/iam/security-credentials/";

const ROLE: &str = "the name of the role";

/// "IAM and AWS STS quotas": role names have at most 64 characters.
const ROLE_LIMIT: usize = 64;

/// The conversation with IMDSv2: a metadata token, the name of the role, its credentials.
///
/// The metadata token is good for six hours (21,600 s) and kept for [`restart`](Self::restart); if
/// the service no longer knows it (401), a new one is fetched, once. IMDSv1 is never used. About
/// 350 bytes; the metadata token is wiped when it is dropped.
pub struct Imds {
    token: MetadataToken,
    step: Step,
    role: String<ROLE_LIMIT>,
}

/// What comes after the metadata token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Role,
    Document,
    Done,
}

impl Imds {
    /// A conversation that has not begun.
    pub const fn new() -> Self {
        Self { token: MetadataToken::new(), step: Step::Role, role: String::new() }
    }

    /// The name of the instance's role, once it is known.
    pub fn role(&self) -> Option<&str> {
        (!self.role.is_empty()).then_some(self.role.as_str())
    }

    /// The conversation about the region that the instance is in, with the same metadata token.
    ///
    /// ```
    /// use rolesig::provider::{Conversation, Imds};
    ///
    /// let mut imds = Imds::new();
    /// let mut region = imds.region();
    /// let mut body = *b"eu-west-1";
    /// region.response(200, b"metadata-token").unwrap();
    /// let target = region.request().unwrap().target().to_string();
    /// assert_eq!(target, "/latest/meta-data/placement/region");
    /// region.response(200, &body).unwrap();
    /// assert_eq!(region.outcome(&mut body).unwrap(), "eu-west-1");
    ///
    /// let target = imds.request().unwrap().target().to_string();
    /// assert_eq!(target, "/latest/meta-data/iam/security-credentials/");
    /// ```
    pub fn region(&mut self) -> ImdsRegion<'_> {
        ImdsRegion::new(&mut self.token)
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
            401 => self.token.expired(ROLE),
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
            401 => {
                self.token.expired(CREDENTIALS)?;
                self.step = Step::Role;
                Ok(())
            }
            // The role was detached since its name was read.
            404 => Err(ProviderError::NotHere(NotHere::NoRoleAttached)),
            _ => Err(ProviderError::Status { asked: CREDENTIALS, status }),
        }
    }
}

impl Conversation for Imds {
    type Outcome<'b> = Provided<'b>;

    fn request(&self) -> Option<Exchange<'_>> {
        match self.step {
            Step::Role => Some(self.token.request([ROLES_PATH, ""])),
            Step::Document => Some(self.token.request([ROLES_PATH, &self.role])),
            Step::Done => None,
        }
    }

    fn response<'b>(&mut self, status: u16, body: &'b [u8]) -> Result<(), ProviderError<'b>> {
        match self.step {
            Step::Role | Step::Document if self.token.is_due() => self.token.take(status, body),
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
        self.step = Step::Role;
        self.role.clear();
        self.token.restart();
    }
}

impl Default for Imds {
    fn default() -> Self {
        Self::new()
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
