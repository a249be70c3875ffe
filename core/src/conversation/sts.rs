//! AWS's Security Token Service: one form out, one XML document in.
//!
//! ```text
//!   Open ──── 200 ────▶ Done: outcome()
//!    │  ▲                 │
//!    │  └─── restart() ───┤
//!    └── 400 to 499 ──▶ Refused: outcome() says why
//! ```
//!
//! Source: AWS Security Token Service API Reference, "Making Query Requests" and the five actions.

use core::fmt;

use super::request::header;
use super::signature::{CONTENT_TYPE, Signature};
use super::single::Single;
use super::{Conversation, ConversationError, Request};
use crate::credentials::Credentials;
use crate::emit::sink::{Emit, Stage};
use crate::sigv4::canonical::is_host;
use crate::sigv4::error::SignError;
use crate::time::timestamp::Timestamp;

mod call;
mod invalid;
mod response;

pub use call::{
    AssumeRole, AssumeRoleWithWebIdentity, GetCallerIdentity, GetFederationToken, GetSessionToken,
    Mfa, SignedStsCall, StsCall,
};
pub use invalid::StsCallError;
pub use response::CallerIdentity;

/// The path of AWS's STS, and of most others.
const ROOT: &str = "/";

/// The conversation with STS: one call. MinIO and SeaweedFS speak the same protocol.
///
/// The form is never assembled: it is hashed when it is signed, and written when it is sent. So
/// tokens and policies may have any length.
///
/// A refusal is in the outcome. One that [`is_transient`](ConversationError::is_transient) is worth
/// another try, such as `IDPCommunicationError`: STS could not ask the identity provider.
///
/// ```
/// use rolesig::conversation::{AssumeRole, Conversation, Sts};
/// use rolesig::{Credentials, Timestamp};
///
/// let credentials = Credentials {
///     access_key_id: "AKIAIOSFODNN7EXAMPLE",
///     secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
///     session_token: None,
/// };
/// let call = AssumeRole::new("arn:aws:iam::111122223333:role/my-role", "my-session");
/// let now: Timestamp = "2015-08-30T12:36:00Z".parse()?;
/// let host = "sts.eu-west-1.amazonaws.com";
/// let mut sts = Sts::signed(call, host, credentials, "eu-west-1", now)?;
///
/// let request = sts.request().unwrap();
/// assert_eq!((request.method(), &*request.target().to_string()), ("POST", "/"));
/// assert!(request.body().to_string().starts_with("Action=AssumeRole&Version=2011-06-15&RoleArn="));
/// let names: Vec<_> = request.headers().map(|(name, _)| name).collect();
/// assert_eq!(names, ["content-type", "x-amz-date", "authorization"]);
///
/// let mut body = *b"<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser>\
///     <Arn>arn:aws:sts::111122223333:assumed-role/my-role/my-session</Arn></AssumedRoleUser>\
///     <Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
///     <SessionToken>t</SessionToken><Expiration>2015-08-30T13:36:00Z</Expiration></Credentials>\
///     </AssumeRoleResult></AssumeRoleResponse>";
/// sts.response(200, &body).unwrap();
/// let provided = sts.outcome(&mut body).unwrap();
/// assert_eq!(provided.credentials.access_key_id, "ASIAEXAMPLE");
/// assert_eq!(provided.account_id, Some("111122223333"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: AWS Security Token Service API Reference, "Making Query Requests".
#[derive(Clone)]
pub struct Sts<'a, C> {
    call: CallBody<C>,
    host: &'a str,
    path: &'a str,
    signature: Option<Signature<'a>>,
    step: Single,
}

/// The body of a call's request: its form.
#[derive(Clone)]
struct CallBody<C>(C);

impl<C: StsCall> Emit for CallBody<C> {
    fn emit(&self, out: &mut Stage<'_>) {
        self.0.form().emit(out);
    }
}

impl<'a, C: SignedStsCall> Sts<'a, C> {
    /// Creates a call, signed as of `now` with the caller's own credentials.
    ///
    /// The host is the endpoint's, and is sent as `Host`: the regional one, such as
    /// `sts.eu-west-1.amazonaws.com`, in China `sts.cn-north-1.amazonaws.com.cn`. The region is
    /// that of the endpoint. For another try after some minutes make a new conversation: STS takes
    /// a signature for at most 15 minutes.
    ///
    /// # Errors
    /// [`StsCallError::Sign`] if the call could not be signed; another one if STS would certainly
    /// refuse it.
    pub fn signed(
        call: C,
        host: &'a str,
        credentials: Credentials<'a>,
        region: &'a str,
        now: Timestamp,
    ) -> Result<Self, StsCallError> {
        Self::signed_at(call, host, ROOT, credentials, region, now)
    }

    /// Signs a call as [`signed`](Self::signed) does, for a server whose STS has its own path,
    /// such as `/sts` (Dell ECS). The path is as on the wire, and is signed, too.
    ///
    /// # Errors
    /// [`StsCallError::Sign`] if the call could not be signed; another one if STS would certainly
    /// refuse it.
    pub fn signed_at(
        call: C,
        host: &'a str,
        path: &'a str,
        credentials: Credentials<'a>,
        region: &'a str,
        now: Timestamp,
    ) -> Result<Self, StsCallError> {
        invalid::check(&call.form())?;
        check_path(path)?;
        let call = CallBody(call);
        let signature = Signature::of(&call, (host, path), credentials, region, now)?;
        Ok(Self { call, host, path, signature: Some(signature), step: Single::Open })
    }
}

impl<'a> Sts<'a, AssumeRoleWithWebIdentity<'a>> {
    /// Creates a call that is not signed: the token proves who the caller is. The host is that of
    /// [`signed`](Sts::signed).
    ///
    /// # Errors
    /// [`StsCallError`] names the parameter that STS would certainly refuse, or the host or path
    /// that could not be sent.
    pub fn unsigned(
        call: AssumeRoleWithWebIdentity<'a>,
        host: &'a str,
    ) -> Result<Self, StsCallError> {
        Self::unsigned_at(call, host, ROOT)
    }

    /// Makes a call as [`unsigned`](Self::unsigned) does, for a server whose STS has its own path,
    /// as [`signed_at`](Sts::signed_at).
    ///
    /// # Errors
    /// [`StsCallError`] names the parameter that STS would certainly refuse, or the host or path
    /// that could not be sent.
    pub fn unsigned_at(
        call: AssumeRoleWithWebIdentity<'a>,
        host: &'a str,
        path: &'a str,
    ) -> Result<Self, StsCallError> {
        use call::Call as _;

        invalid::check(&call.form())?;
        if !is_host(host) {
            return Err(SignError::InvalidHost.into());
        }
        check_path(path)?;
        Ok(Self { call: CallBody(call), host, path, signature: None, step: Single::Open })
    }
}

/// Checks that a path can be written in a request line, and in the signature.
fn check_path(path: &str) -> Result<(), SignError> {
    let in_path = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#');
    let is_path = path.as_bytes().first() == Some(&b'/') && path.as_bytes().iter().all(in_path);
    if is_path { Ok(()) } else { Err(SignError::InvalidPath) }
}

impl<'a, C> Sts<'a, C> {
    /// Returns where to connect, always by https except in tests: the host, and its port if it is
    /// not the default one.
    pub const fn host(&self) -> &'a str {
        self.host
    }
}

impl<C: StsCall> Conversation for Sts<'_, C> {
    type Outcome<'b> = C::Outcome<'b>;

    fn request(&self) -> Option<Request<'_>> {
        let signature = self.signature.as_ref();
        let [date, token, authorization] = signature.map_or([None; 3], Signature::headers);
        self.step.is_open().then(|| Request {
            method: "POST",
            target: [self.path, "", ""],
            headers: [header(Some(CONTENT_TYPE)), date, token, authorization],
            body: Some(&self.call),
        })
    }

    fn response<'b>(&mut self, status: u16, _: &'b [u8]) -> Result<(), ConversationError<'b>> {
        self.step.take(status, C::ASKED)
    }

    fn outcome<'b>(&self, body: &'b mut [u8]) -> Result<C::Outcome<'b>, ConversationError<'b>> {
        let asked = C::ASKED;
        match self.step {
            Single::Open => Err(ConversationError::OutOfTurn),
            Single::Done => {
                C::read(body).map_err(|error| ConversationError::Document { asked, error })
            }
            Single::Refused(status) => {
                Err(response::refusal(body).unwrap_or(ConversationError::Status { asked, status }))
            }
        }
    }

    /// Sends the same form again, with the signature that it has.
    fn restart(&mut self) {
        self.step = Single::Open;
    }
}

/// Shows no secret: neither the form nor the headers.
impl<C> fmt::Debug for Sts<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sts")
            .field("host", &self.host)
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}
