//! The endpoint that hands a container its role's credentials.
//!
//! ```text
//!   Open ──── 200 ────▶ Done: outcome()
//!    │  ▲                 │
//!    │  └─── restart() ───┤
//!    └── 400 to 499 ──▶ Refused: outcome() says why
//! ```
//!
//! Source: "Container credential provider" (AWS SDKs and Tools Reference Guide), "Task IAM role"
//! (Amazon ECS Developer Guide), "Learn how EKS Pod Identity grants pods access to AWS services"
//! (Amazon EKS User Guide).

use core::fmt;

use super::json::{self, Document};
use super::single::Single;
use super::{CREDENTIALS, Conversation, ConversationError, Request, RoleCredentials};

mod uri;

pub use uri::{ContainerUri, ContainerUriError};

/// As AWS's SDKs send it.
const ACCEPT: (&str, &str) = ("accept", "application/json");

/// More than any agent explains; what is longer is some other server's page.
const MESSAGE_LIMIT: usize = 1024;

/// The conversation with a container's credential endpoint: ECS, EKS Pod Identity, Lambda
/// `SnapStart`, Greengrass. It has one request.
///
/// It borrows its settings and is about 100 bytes: make a new one for each renewal when there is a
/// token file, since the file's content changes. Nothing here is ever
/// [`NotHere`](super::NotHere): the endpoint was set on purpose, so a chain must not continue to
/// the role of the node.
///
/// ```
/// use rolesig::conversation::{Container, ContainerUri, Conversation};
///
/// // AWS_CONTAINER_CREDENTIALS_FULL_URI, and what AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE holds.
/// let uri = ContainerUri::full("http://169.254.170.23/v1/credentials").unwrap();
/// let mut container = Container::authorized(uri, "eyJhbGciOiJSUzI1NiJ9.e30.c2ln\n").unwrap();
///
/// let request = container.request().unwrap();
/// assert_eq!(request.target().to_string(), "/v1/credentials");
/// assert!(request.headers().any(|(name, value)| {
///     (name, &*value.to_string()) == ("authorization", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln")
/// }));
///
/// let mut body = *br#"{"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "a\/b", "Token": "t",
///     "AccountId": "111122223333", "Expiration": "2015-08-30T18:36:00Z"}"#;
/// container.response(200, &body).unwrap();
/// let provided = container.outcome(&mut body).unwrap();
/// assert_eq!(provided.credentials.secret_access_key, "a/b");
/// assert_eq!(provided.account_id, Some("111122223333"));
/// ```
///
/// Source: "Container credential provider" (AWS SDKs and Tools Reference Guide).
#[derive(Clone)]
pub struct Container<'a> {
    uri: ContainerUri<'a>,
    token: Option<&'a str>,
    step: Single,
}

impl<'a> Container<'a> {
    /// Creates a conversation without an `authorization` header, as ECS has it.
    pub const fn new(uri: ContainerUri<'a>) -> Self {
        Self { uri, token: None, step: Single::Open }
    }

    /// Creates a conversation with the content of `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` or, if
    /// that is not set, `AWS_CONTAINER_AUTHORIZATION_TOKEN` as its `authorization` header. White
    /// space and line ends around it are dropped.
    ///
    /// # Errors
    /// [`AuthorizationTokenError`] if it is empty, or cannot be sent in a header.
    pub fn authorized(
        uri: ContainerUri<'a>,
        token: &'a str,
    ) -> Result<Self, AuthorizationTokenError> {
        let token = token.trim_ascii();
        if token.is_empty() {
            return Err(AuthorizationTokenError::Empty);
        }
        if !token.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
            return Err(AuthorizationTokenError::BadText);
        }
        Ok(Self { token: Some(token), ..Self::new(uri) })
    }

    /// Returns the URI to connect to.
    pub const fn uri(&self) -> ContainerUri<'a> {
        self.uri
    }
}

impl Conversation for Container<'_> {
    type Outcome<'b> = RoleCredentials<'b>;

    fn request(&self) -> Option<Request<'_>> {
        let authorization = self.token.map(|token| ("authorization", token));
        let headers = [Some(ACCEPT), authorization];
        self.step.is_open().then(|| Request::plain("GET", self.uri.target(), headers))
    }

    fn response<'b>(&mut self, status: u16, _: &'b [u8]) -> Result<(), ConversationError<'b>> {
        self.step.take(status, CREDENTIALS)
    }

    fn outcome<'b>(
        &self,
        body: &'b mut [u8],
    ) -> Result<RoleCredentials<'b>, ConversationError<'b>> {
        match self.step {
            Single::Open => Err(ConversationError::OutOfTurn),
            Single::Done => json::provided(body),
            Single::Refused(status) => {
                Err(refusal(body)
                    .unwrap_or(ConversationError::Status { asked: CREDENTIALS, status }))
            }
        }
    }

    fn restart(&mut self) {
        self.step = Single::Open;
    }
}

/// Reads the body of an error: ECS sends JSON, EKS Pod Identity plain text. Returns `None` for
/// another server's page.
fn refusal(body: &mut [u8]) -> Option<ConversationError<'_>> {
    match body.trim_ascii_start().first()? {
        b'{' => match json::read(body) {
            Ok(Document::Refusal { code, message }) => {
                Some(ConversationError::Refused { code, message })
            }
            _ => None,
        },
        b'<' => None,
        _ => {
            let message = core::str::from_utf8(body.trim_ascii()).ok()?;
            let is_short = message.len() <= MESSAGE_LIMIT;
            is_short.then_some(ConversationError::Refused { code: "", message })
        }
    }
}

impl fmt::Debug for Container<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Container")
            .field("uri", &self.uri)
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}

/// The reason why a container's authorization token cannot be sent.
///
/// ```
/// use rolesig::conversation::{AuthorizationTokenError, Container, ContainerUri};
///
/// let uri = ContainerUri::relative("/v2/credentials/1").unwrap();
/// let error = Container::authorized(uri, "a\nb").unwrap_err();
/// assert_eq!(error, AuthorizationTokenError::BadText);
/// ```
///
/// Source: "Container credential provider" (AWS SDKs and Tools Reference Guide).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum AuthorizationTokenError {
    /// Nothing but white space.
    Empty,
    /// Has a line end within, or another character that is neither visible ASCII nor a space.
    BadText,
}

impl fmt::Display for AuthorizationTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => {
                "the container's authorization token is empty: fill \
                 AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or AWS_CONTAINER_AUTHORIZATION_TOKEN, or \
                 unset it"
            }
            Self::BadText => {
                "the container's authorization token has a line end or another character within \
                 that no header has: it must be one line of visible ASCII"
            }
        })
    }
}

impl core::error::Error for AuthorizationTokenError {}
