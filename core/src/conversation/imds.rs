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
//! An [extended](Imds::extended) conversation asks below `…/iam/security-credentials-extended/` for
//! the document, which then names the account, and where that does not exist for the one above.
//!
//! The region is asked for in the same way, with one GET in place of two.
//!
//! Source: "Use the Instance Metadata Service to access instance metadata", "Retrieve security
//! credentials from instance metadata", "Instance metadata categories" (Amazon EC2 User Guide).

use core::fmt;

use heapless::String;

use super::{
    CREDENTIALS, Conversation, ConversationError, DocumentError, NotHere, Request, RoleCredentials,
    json,
};
use crate::emit::byte_class::trim_ascii;

mod region;
mod token;

pub use region::ImdsRegion;
use token::{MetadataToken, take_text};

const ROLES_PATH: &str = "/latest/meta-data/iam/security-credentials/";

const EXTENDED_PATH: &str = "/latest/meta-data/iam/security-credentials-extended/";

const NAME: &str = "the name of the role";

/// The conversation with IMDSv2: a metadata token, the name of the role, its credentials.
///
/// The metadata token is valid for six hours (21,600 s) and kept for [`restart`](Self::restart); if
/// the service no longer knows it (401), a new one is fetched, once. IMDSv1 is never used. About
/// 350 bytes; the metadata token is wiped when it is dropped.
///
/// AWS's metadata tokens have 56 characters, and its role names at most 64 ("IAM and AWS STS
/// quotas"). For services that stand in for AWS's, whose tokens may be longer and whose roles may
/// be paths or whole ARNs, there is more [room](Self::with_room): `TOKEN` and `ROLE` are bytes.
///
/// ```
/// use rolesig::conversation::{Conversation, Imds};
///
/// let mut imds = Imds::new();
/// assert_eq!(imds.request().unwrap().method(), "PUT");
/// imds.response(200, b"the-metadata-token")?;
/// imds.response(200, b"my-role")?;
/// let document = br#"{"Code": "Success", "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "secret",
///     "Token": "token", "Expiration": "2015-08-30T18:36:00Z"}"#;
/// let mut body = document.to_vec();
/// imds.response(200, &body).map_err(|_| "refused")?;
/// assert_eq!(imds.outcome(&mut body).unwrap().credentials.access_key_id, "ASIAEXAMPLE");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: "Use the Instance Metadata Service to access instance metadata" and "Retrieve security
/// credentials from instance metadata" (Amazon EC2 User Guide).
pub struct Imds<const TOKEN: usize = 256, const ROLE: usize = 64> {
    token: MetadataToken<TOKEN>,
    step: Step,
    role: String<ROLE>,
    /// True if the name was given, and is not asked for.
    is_given: bool,
    paths: Paths,
}

/// The step after the metadata token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Role,
    Document,
    Done,
}

/// The paths that the service has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Paths {
    /// Those that all services have.
    Plain,
    /// Perhaps the extended ones too. The name of the role is asked for at the plain one: proxies
    /// that give each container its own role know that one only, and hand on all others to the
    /// instance's service, which would name the instance's role.
    Unknown,
    /// The extended ones, for the name too.
    Extended,
}

impl Imds {
    /// Creates a conversation that has not begun.
    pub const fn new() -> Self {
        Self::with_room()
    }
}

impl<const TOKEN: usize, const ROLE: usize> Imds<TOKEN, ROLE> {
    /// Creates a conversation that has not begun, with room for a metadata token of `TOKEN` bytes
    /// and the name of a role of `ROLE` bytes.
    pub const fn with_room() -> Self {
        Self {
            token: MetadataToken::new(),
            step: Step::Role,
            role: String::new(),
            is_given: false,
            paths: Paths::Plain,
        }
    }

    /// Asks for the document that names the account too, and where the service does not have it for
    /// the usual one, from then on.
    ///
    /// Source: version 2.1 of the provider in AWS's SDKs for Java and Rust (2025).
    #[must_use]
    pub fn extended(mut self) -> Self {
        self.paths = Paths::Unknown;
        self
    }

    /// Asks for the credentials of this role, and not for its name
    /// (`AWS_EC2_INSTANCE_PROFILE_NAME`).
    ///
    /// # Errors
    /// [`ConversationError`] if it cannot be the name of a role, or is longer than `ROLE` bytes.
    pub fn of_role(mut self, name: &str) -> Result<Self, ConversationError<'static>> {
        self.keep_role(name.trim_ascii().as_bytes())?;
        self.is_given = true;
        self.step = Step::Document;
        Ok(self)
    }

    /// Returns the current metadata token, to keep it out of errors. It is a secret.
    pub fn metadata_token(&self) -> Option<&str> {
        self.token.text()
    }

    /// Returns whether the current document, if there is one, is an [extended](Self::extended) one.
    pub fn is_extended(&self) -> bool {
        self.paths != Paths::Plain
    }

    /// Asks for the usual document from now on: what answered is not an extended one.
    pub fn forget_extended(&mut self) {
        self.paths = Paths::Plain;
    }

    /// Returns the name of the instance's role, once it is known.
    pub fn role(&self) -> Option<&str> {
        (!self.role.is_empty()).then_some(self.role.as_str())
    }

    /// Returns the conversation about the region that the instance is in, with the same metadata
    /// token.
    ///
    /// ```
    /// use rolesig::conversation::{Conversation, Imds};
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
    pub fn region(&mut self) -> ImdsRegion<'_, TOKEN> {
        ImdsRegion::new(&mut self.token)
    }

    /// Takes the name of the role. Proxies for the service have been seen to list several roles, to
    /// add line ends, and to name a role by its path or its ARN.
    fn take_role<'b>(&mut self, status: u16, body: &[u8]) -> Result<(), ConversationError<'b>> {
        match status {
            200 => {
                let mut lines = body.split(|byte| *byte == b'\n').map(trim_ascii);
                let first = lines.find(|line| !line.is_empty()).unwrap_or_default();
                self.keep_role(first)?;
                self.step = Step::Document;
                Ok(())
            }
            401 => self.token.expired(NAME),
            404 if self.paths == Paths::Unknown => {
                self.paths = Paths::Extended;
                Ok(())
            }
            404 => Err(ConversationError::NotHere(NotHere::NoRoleAttached)),
            _ => Err(ConversationError::Status { asked: NAME, status }),
        }
    }

    /// Keeps the role's name, which becomes segments of a path, where `.` and `..` would lead
    /// elsewhere. It holds what a path does (RFC 3986 §3.3) except `%`, and what is percent-encoded
    /// there: spaces and letters beyond ASCII.
    fn keep_role<'b>(&mut self, name: &[u8]) -> Result<(), ConversationError<'b>> {
        let in_name = |byte: u8| {
            byte.is_ascii_alphanumeric()
                || !byte.is_ascii()
                || matches!(
                    byte,
                    b' ' | b'!' | b'$' | b'&'..=b'/' | b':' | b';' | b'=' | b'@' | b'_' | b'~'
                )
        };
        let mut segments = name.split(|byte| *byte == b'/');
        let taken = if segments.any(|segment| matches!(segment, b"." | b"..")) {
            Err(DocumentError::BadText)
        } else {
            take_text(&mut self.role, name, in_name)
        };
        taken.map_err(|error| ConversationError::Document { asked: NAME, error })
    }

    fn take_document<'b>(&mut self, status: u16) -> Result<(), ConversationError<'b>> {
        match status {
            200 => {
                self.step = Step::Done;
                Ok(())
            }
            401 => {
                self.token.expired(CREDENTIALS)?;
                self.step = self.first_step();
                Ok(())
            }
            // Whatever a service says of a path that it does not know.
            400..=428 | 430..=499 if self.paths == Paths::Unknown => {
                self.paths = Paths::Plain;
                Ok(())
            }
            // The role was detached since its name was read.
            404 if !self.is_given => Err(ConversationError::NotHere(NotHere::NoRoleAttached)),
            _ => Err(ConversationError::Status { asked: CREDENTIALS, status }),
        }
    }

    /// Returns the step that follows the metadata token.
    fn first_step(&self) -> Step {
        if self.is_given { Step::Document } else { Step::Role }
    }
}

impl<const TOKEN: usize, const ROLE: usize> Conversation for Imds<TOKEN, ROLE> {
    type Outcome<'b> = RoleCredentials<'b>;

    fn request(&self) -> Option<Request<'_>> {
        match self.step {
            Step::Role => {
                let is_extended = self.paths == Paths::Extended;
                let path = if is_extended { EXTENDED_PATH } else { ROLES_PATH };
                Some(self.token.request([path, ""]))
            }
            Step::Document => {
                let path = if self.is_extended() { EXTENDED_PATH } else { ROLES_PATH };
                Some(self.token.request([path, &self.role]))
            }
            Step::Done => None,
        }
    }

    fn response<'b>(&mut self, status: u16, body: &'b [u8]) -> Result<(), ConversationError<'b>> {
        match self.step {
            Step::Role | Step::Document if self.token.is_due() => self.token.take(status, body),
            Step::Role => self.take_role(status, body),
            Step::Document => self.take_document(status),
            Step::Done => Err(ConversationError::OutOfTurn),
        }
    }

    fn outcome<'b>(
        &self,
        body: &'b mut [u8],
    ) -> Result<RoleCredentials<'b>, ConversationError<'b>> {
        if self.step != Step::Done {
            return Err(ConversationError::OutOfTurn);
        }
        json::provided(body)
    }

    fn restart(&mut self) {
        self.step = self.first_step();
        if !self.is_given {
            self.role.clear();
        }
        self.token.restart();
    }
}

impl Default for Imds {
    fn default() -> Self {
        Self::new()
    }
}

impl<const TOKEN: usize, const ROLE: usize> fmt::Debug for Imds<TOKEN, ROLE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Imds")
            .field("step", &self.step)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
