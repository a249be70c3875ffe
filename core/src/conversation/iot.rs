//! The credential provider of AWS IoT Core: a device's certificate for a role's credentials.
//!
//! ```text
//!   Open ──── 200 ────▶ Done: outcome()
//!    │  ▲                 │
//!    │  └─── restart() ───┤
//!    └── 400 to 499 ──▶ Refused: outcome() says why
//! ```
//!
//! Source: "Authorizing direct calls to AWS services using AWS IoT Core credential provider" (AWS
//! IoT Core Developer Guide).

use core::fmt;

use super::json::{self, Document};
use super::single::Single;
use super::{CREDENTIALS, Conversation, ConversationError, Request, RoleCredentials};

/// `CreateRoleAlias`: 1 to 128 characters.
const ALIAS_LIMIT: usize = 128;
/// `CreateThing`: 1 to 128 characters.
const THING_NAME_LIMIT: usize = 128;

/// The conversation with the credential provider of AWS IoT Core. It has one request.
///
/// The device proves who it is by its certificate, so the connection must be TLS with it (mTLS), to
/// the account's endpoint: `aws iot describe-endpoint --endpoint-type iot:CredentialProvider`. The
/// credentials last an hour, or as long as the role alias says.
///
/// ```
/// use rolesig::conversation::{Conversation, IotCredentials};
///
/// let mut iot = IotCredentials::new("my-alias", Some("my-thing")).unwrap();
/// let request = iot.request().unwrap();
/// assert_eq!(request.target().to_string(), "/role-aliases/my-alias/credentials");
/// let (name, value) = request.headers().next().unwrap();
/// assert_eq!((name, &*value.to_string()), ("x-amzn-iot-thingname", "my-thing"));
///
/// let mut body = *br#"{"credentials": {"accessKeyId": "ASIAEXAMPLE", "secretAccessKey": "a\/b",
///     "sessionToken": "t", "expiration": "2015-08-30T18:36:00Z"}}"#;
/// iot.response(200, &body).unwrap();
/// assert_eq!(iot.outcome(&mut body).unwrap().credentials.secret_access_key, "a/b");
/// ```
///
/// Source: "Authorizing direct calls to AWS services using AWS IoT Core credential provider" (AWS
/// IoT Core Developer Guide).
#[derive(Clone, Debug)]
pub struct IotCredentials<'a> {
    role_alias: &'a str,
    thing_name: Option<&'a str>,
    step: Single,
}

impl<'a> IotCredentials<'a> {
    /// Creates a conversation about the role that a role alias points to. The name of the thing is
    /// for policies with `${credentials-iot:ThingName}`, and must be that of the certificate's
    /// thing.
    ///
    /// # Errors
    /// [`IotNameError`] names the one that AWS IoT does not allow, or that would change the path.
    pub fn new(role_alias: &'a str, thing_name: Option<&'a str>) -> Result<Self, IotNameError> {
        let in_alias = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'=' | b',' | b'@' | b'-')
        };
        let in_thing_name =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-');
        if !is_name(role_alias, ALIAS_LIMIT, in_alias) {
            return Err(IotNameError::RoleAlias);
        }
        if thing_name.is_some_and(|name| !is_name(name, THING_NAME_LIMIT, in_thing_name)) {
            return Err(IotNameError::ThingName);
        }
        Ok(Self { role_alias, thing_name, step: Single::Open })
    }
}

fn is_name(text: &str, limit: usize, may_have: impl Fn(u8) -> bool) -> bool {
    (1..=limit).contains(&text.len()) && text.bytes().all(may_have)
}

impl Conversation for IotCredentials<'_> {
    type Outcome<'b> = RoleCredentials<'b>;

    fn request(&self) -> Option<Request<'_>> {
        let target = ["/role-aliases/", self.role_alias, "/credentials"];
        let thing_name = self.thing_name.map(|name| ("x-amzn-iot-thingname", name));
        self.step.is_open().then(|| Request::plain("GET", target, [thing_name, None]))
    }

    fn response<'b>(&mut self, status: u16, _: &'b [u8]) -> Result<(), ConversationError<'b>> {
        self.step.take(status, CREDENTIALS)
    }

    fn outcome<'b>(
        &self,
        body: &'b mut [u8],
    ) -> Result<RoleCredentials<'b>, ConversationError<'b>> {
        let asked = CREDENTIALS;
        let otherwise = match self.step {
            Single::Open => return Err(ConversationError::OutOfTurn),
            Single::Done => None,
            Single::Refused(status) => Some(ConversationError::Status { asked, status }),
        };
        match (json::read_iot(body), otherwise) {
            (Ok(Document::Credentials(provided)), None) => Ok(provided),
            (Ok(Document::Refusal { code, message }), _) => {
                Err(ConversationError::Refused { code, message })
            }
            (_, Some(status)) => Err(status),
            (Err(error), None) => Err(ConversationError::Document { asked, error }),
        }
    }

    fn restart(&mut self) {
        self.step = Single::Open;
    }
}

/// The name that AWS IoT does not allow.
///
/// ```
/// use rolesig::conversation::{IotCredentials, IotNameError};
///
/// assert_eq!(IotCredentials::new("my alias", None).err(), Some(IotNameError::RoleAlias));
/// ```
///
/// Source: `CreateRoleAlias` and `CreateThing` (AWS IoT API Reference).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum IotNameError {
    /// The role alias is not 1 to 128 letters, digits, or `_=,@-`.
    RoleAlias,
    /// The thing's name is not 1 to 128 letters, digits, or `:_-`.
    ThingName,
}

impl fmt::Display for IotNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RoleAlias => "the role alias must be 1 to 128 letters, digits, or _=,@-",
            Self::ThingName => "the thing's name must be 1 to 128 letters, digits, or :_-",
        })
    }
}

impl core::error::Error for IotNameError {}
