//! The calls to STS, and what each asks for.

use super::response;
use crate::conversation::form::Form;
use crate::conversation::{CREDENTIALS, DocumentError, RoleCredentials};

mod session;

pub use session::{GetCallerIdentity, GetFederationToken, GetSessionToken};

/// A call to STS: [`AssumeRole`], [`AssumeRoleWithWebIdentity`], [`GetSessionToken`],
/// [`GetFederationToken`] or [`GetCallerIdentity`].
///
/// ```
/// use rolesig::conversation::{GetCallerIdentity, SignedStsCall, Sts, StsCallError};
/// use rolesig::{Credentials, Timestamp};
///
/// /// Prepares any call that is signed.
/// fn ask<'a, C: SignedStsCall>(
///     call: C,
///     credentials: Credentials<'a>,
///     now: Timestamp,
/// ) -> Result<Sts<'a, C>, StsCallError> {
///     Sts::signed(call, "sts.eu-west-1.amazonaws.com", credentials, "eu-west-1", now)
/// }
/// # let credentials =
/// #     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// # assert!(ask(GetCallerIdentity, credentials, Timestamp::EPOCH).is_ok());
/// ```
///
/// Source: AWS Security Token Service API Reference, "Actions".
pub trait StsCall: Call {}

impl<C: Call> StsCall for C {}

/// A call that is signed by its caller: all but [`AssumeRoleWithWebIdentity`].
///
/// ```
/// use rolesig::conversation::{AssumeRole, SignedStsCall};
///
/// fn is_signed(_: &impl SignedStsCall) {}
/// is_signed(&AssumeRole::new("arn:aws:iam::111122223333:role/my-role", "my-session"));
/// ```
pub trait SignedStsCall: StsCall {}

/// The conversation's view of an [`StsCall`]; not for others to implement.
#[expect(unnameable_types, reason = "it seals `StsCall`")]
pub trait Call: Sync {
    /// The requested value.
    const ASKED: &'static str;

    /// The contents of the response.
    type Outcome<'b>;

    fn form(&self) -> Form<'_>;

    fn read(body: &mut [u8]) -> Result<Self::Outcome<'_>, DocumentError>;
}

/// A call for the credentials of a role, with credentials that the role's trust policy names.
///
/// The role's session lasts for one hour if nothing else is asked for.
///
/// Source: "`AssumeRole`" (AWS STS API Reference).
///
/// ```
/// use rolesig::conversation::AssumeRole;
///
/// let call = AssumeRole {
///     external_id: Some("12345"),
///     ..AssumeRole::new("arn:aws:iam::111122223333:role/my-role", "my-session")
/// };
/// assert_eq!(call.duration_seconds, None);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AssumeRole<'a> {
    /// The ARN of the role.
    pub role_arn: &'a str,
    /// The name of the session in logs: 2 to 64 letters, digits, or `_+=,.@-`.
    pub role_session_name: &'a str,
    /// The lifetime of the credentials in seconds: at AWS 900 to 43,200, and no more than the role
    /// allows; 3,600 if it is not given. Other servers have other limits. See
    /// [`chained`](Self::chained).
    pub duration_seconds: Option<u32>,
    /// The ID that the role's owner requires of a third party: 2 to 1,224 characters.
    pub external_id: Option<&'a str>,
    /// A policy in JSON, which narrows what the session may do.
    pub policy: Option<&'a str>,
    /// ARNs of managed policies that do the same: up to 10.
    pub policy_arns: &'a [&'a str],
    /// The session's tags, names and values: up to 50.
    pub tags: &'a [(&'a str, &'a str)],
    /// Names of those tags that are handed on to roles that the session assumes.
    pub transitive_tag_keys: &'a [&'a str],
    /// The MFA device, if the role's trust policy requires one.
    pub mfa: Option<Mfa<'a>>,
    /// The person or program behind the session, in logs and for all roles that it assumes: 2 to 64
    /// letters, digits, or `_+=,.@-`.
    pub source_identity: Option<&'a str>,
}

impl<'a> AssumeRole<'a> {
    /// The longest session, in seconds, for a caller whose own credentials are a role's.
    pub const MAX_CHAINED_SECONDS: u32 = 3600;

    /// Creates a call with its required parameters.
    pub const fn new(role_arn: &'a str, role_session_name: &'a str) -> Self {
        Self {
            role_arn,
            role_session_name,
            duration_seconds: None,
            external_id: None,
            policy: None,
            policy_arns: &[],
            tags: &[],
            transitive_tag_keys: &[],
            mfa: None,
            source_identity: None,
        }
    }

    /// Returns the same call for a caller whose own credentials are those of a role (role
    /// chaining): STS refuses it more than an hour, so a longer duration becomes
    /// [`MAX_CHAINED_SECONDS`](Self::MAX_CHAINED_SECONDS). Compare the two to warn.
    ///
    /// Credentials do not show their origin: a session token may also be that of a user
    /// ([`GetSessionToken`]), who may ask for more. The code that fetched them knows.
    ///
    /// Source: "Terms and concepts: Role chaining" (AWS IAM User Guide).
    ///
    /// ```
    /// use rolesig::conversation::AssumeRole;
    ///
    /// let call = AssumeRole {
    ///     duration_seconds: Some(43_200),
    ///     ..AssumeRole::new("arn:aws:iam::111122223333:role/my-role", "my-session")
    /// };
    /// assert_eq!(call.chained().duration_seconds, Some(3600));
    /// ```
    #[must_use]
    pub const fn chained(mut self) -> Self {
        if let Some(Self::MAX_CHAINED_SECONDS..) = self.duration_seconds {
            self.duration_seconds = Some(Self::MAX_CHAINED_SECONDS);
        }
        self
    }
}

impl SignedStsCall for AssumeRole<'_> {}

impl Call for AssumeRole<'_> {
    const ASKED: &'static str = CREDENTIALS;
    type Outcome<'b> = RoleCredentials<'b>;

    fn form(&self) -> Form<'_> {
        Form {
            action: "AssumeRole",
            role_arn: Some(self.role_arn),
            role_session_name: Some(self.role_session_name),
            duration_seconds: self.duration_seconds,
            external_id: self.external_id,
            policy: self.policy,
            policy_arns: self.policy_arns,
            tags: self.tags,
            transitive_tag_keys: self.transitive_tag_keys,
            serial_number: self.mfa.map(|mfa| mfa.serial_number),
            token_code: self.mfa.map(|mfa| mfa.token_code),
            source_identity: self.source_identity,
            ..Form::default()
        }
    }

    fn read(body: &mut [u8]) -> Result<RoleCredentials<'_>, DocumentError> {
        response::provided(body)
    }
}

/// An MFA device, and its current code.
///
/// ```
/// use rolesig::conversation::{Conversation, GetSessionToken, Mfa, Sts};
/// use rolesig::{Credentials, Timestamp};
///
/// # let credentials =
/// #     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let mfa = Mfa { serial_number: "arn:aws:iam::111122223333:mfa/user", token_code: "123456" };
/// let call = GetSessionToken { mfa: Some(mfa), ..GetSessionToken::default() };
/// let host = "sts.eu-west-1.amazonaws.com";
/// let sts = Sts::signed(call, host, credentials, "eu-west-1", Timestamp::from(1_440_938_160))?;
/// assert!(sts.request().unwrap().body().to_string().contains("Action=GetSessionToken"));
/// # Ok::<(), rolesig::conversation::StsCallError>(())
/// ```
///
/// Source: `AssumeRole`, `SerialNumber` and `TokenCode` (AWS STS API Reference).
#[derive(Clone, Copy)]
pub struct Mfa<'a> {
    /// Its serial number or, for a virtual one, its ARN.
    pub serial_number: &'a str,
    /// The 6 digits that it shows. Each code is valid for one call.
    pub token_code: &'a str,
}

/// The code is a secret until it is used, and not shown.
impl core::fmt::Debug for Mfa<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Mfa").field("serial_number", &self.serial_number).finish_non_exhaustive()
    }
}

/// A call for the credentials of a role with a token of an identity provider, as pods on EKS (IRSA)
/// and CI services have it. It is not signed: the token is the proof.
///
/// Source: "`AssumeRoleWithWebIdentity`" (AWS STS API Reference).
///
/// ```
/// use rolesig::conversation::{AssumeRoleWithWebIdentity, Conversation, Sts};
///
/// let role = "arn:aws:iam::111122223333:role/my-role";
/// let call = AssumeRoleWithWebIdentity::new(role, "my-session", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln");
/// let sts = Sts::unsigned(call, "sts.eu-west-1.amazonaws.com")?;
/// assert!(sts.request().unwrap().body().to_string().contains("Action=AssumeRoleWithWebIdentity"));
/// # Ok::<(), rolesig::conversation::StsCallError>(())
/// ```
#[derive(Clone, Copy)]
pub struct AssumeRoleWithWebIdentity<'a> {
    /// The ARN of the role: `AWS_ROLE_ARN`.
    pub role_arn: &'a str,
    /// The name of the session in logs: `AWS_ROLE_SESSION_NAME`, or a name of your own of 2 to 64
    /// letters, digits, or `_+=,.@-`.
    pub role_session_name: &'a str,
    /// The token: the content of `AWS_WEB_IDENTITY_TOKEN_FILE`, which must be read again for each
    /// call. White space and line ends around it are dropped. Of any length: 20 KB have been seen.
    pub web_identity_token: &'a str,
    /// The host name of an OAuth 2.0 provider, such as `www.amazon.com`. Not for OpenID Connect.
    pub provider_id: Option<&'a str>,
    /// As in [`AssumeRole`].
    pub duration_seconds: Option<u32>,
    /// As in [`AssumeRole`].
    pub policy: Option<&'a str>,
    /// As in [`AssumeRole`].
    pub policy_arns: &'a [&'a str],
}

impl<'a> AssumeRoleWithWebIdentity<'a> {
    /// Creates a call with its required parameters.
    pub const fn new(
        role_arn: &'a str,
        role_session_name: &'a str,
        web_identity_token: &'a str,
    ) -> Self {
        Self {
            role_arn,
            role_session_name,
            web_identity_token,
            provider_id: None,
            duration_seconds: None,
            policy: None,
            policy_arns: &[],
        }
    }
}

/// The token is a secret, and not shown.
impl core::fmt::Debug for AssumeRoleWithWebIdentity<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("AssumeRoleWithWebIdentity")
            .field("role_arn", &self.role_arn)
            .field("role_session_name", &self.role_session_name)
            .finish_non_exhaustive()
    }
}

impl Call for AssumeRoleWithWebIdentity<'_> {
    const ASKED: &'static str = CREDENTIALS;
    type Outcome<'b> = RoleCredentials<'b>;

    fn form(&self) -> Form<'_> {
        Form {
            action: "AssumeRoleWithWebIdentity",
            role_arn: Some(self.role_arn),
            role_session_name: Some(self.role_session_name),
            web_identity_token: Some(self.web_identity_token.trim_ascii()),
            provider_id: self.provider_id,
            duration_seconds: self.duration_seconds,
            policy: self.policy,
            policy_arns: self.policy_arns,
            ..Form::default()
        }
    }

    fn read(body: &mut [u8]) -> Result<RoleCredentials<'_>, DocumentError> {
        response::provided(body)
    }
}
