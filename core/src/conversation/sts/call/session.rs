//! The calls that are about the caller, and no role.

use super::super::response::{self, CallerIdentity};
use super::{Call, Mfa, SignedStsCall};
use crate::conversation::form::Form;
use crate::conversation::{DocumentError, RoleCredentials};

/// A call for temporary credentials of the user who calls, mostly to prove an MFA device. For
/// long-lived credentials only.
///
/// Source: "`GetSessionToken`" (AWS STS API Reference).
///
/// ```
/// use rolesig::conversation::{Conversation, GetSessionToken, Sts};
/// use rolesig::{Credentials, Timestamp};
///
/// # let credentials =
/// #     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let call = GetSessionToken { duration_seconds: Some(3600), mfa: None };
/// let host = "sts.eu-west-1.amazonaws.com";
/// let sts = Sts::signed(call, host, credentials, "eu-west-1", Timestamp::from(1_440_938_160))?;
/// assert!(sts.request().unwrap().body().to_string().contains("Action=GetSessionToken"));
/// # Ok::<(), rolesig::conversation::StsCallError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct GetSessionToken<'a> {
    /// In seconds: 900 to 129,600; 43,200 if it is not given.
    pub duration_seconds: Option<u32>,
    /// The user's MFA device, if there is one.
    pub mfa: Option<Mfa<'a>>,
}

impl SignedStsCall for GetSessionToken<'_> {}

impl Call for GetSessionToken<'_> {
    const ASKED: &'static str = "the credentials of the session";
    type Outcome<'b> = RoleCredentials<'b>;

    fn form(&self) -> Form<'_> {
        Form {
            action: "GetSessionToken",
            duration_seconds: self.duration_seconds,
            serial_number: self.mfa.map(|mfa| mfa.serial_number),
            token_code: self.mfa.map(|mfa| mfa.token_code),
            ..Form::default()
        }
    }

    fn read(body: &mut [u8]) -> Result<RoleCredentials<'_>, DocumentError> {
        response::provided(body)
    }
}

/// A call for temporary credentials for a user whom the caller, a user of IAM, vouches for. They
/// may do what both the caller and the policies here may: without a policy, nothing.
///
/// Source: "`GetFederationToken`" (AWS STS API Reference).
///
/// ```
/// use rolesig::conversation::{Conversation, GetFederationToken, Sts};
/// use rolesig::{Credentials, Timestamp};
///
/// # let credentials =
/// #     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"];
/// let call = GetFederationToken { policy_arns: &arns, ..GetFederationToken::new("bob") };
/// let host = "sts.eu-west-1.amazonaws.com";
/// let sts = Sts::signed(call, host, credentials, "eu-west-1", Timestamp::from(1_440_938_160))?;
/// assert!(sts.request().unwrap().body().to_string().contains("Action=GetFederationToken"));
/// # Ok::<(), rolesig::conversation::StsCallError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GetFederationToken<'a> {
    /// The name of the federated user: 2 to 32 letters, digits, or `_+=,.@-`.
    pub name: &'a str,
    /// In seconds: 900 to 129,600; 43,200 if it is not given.
    pub duration_seconds: Option<u32>,
    /// A policy in JSON.
    pub policy: Option<&'a str>,
    /// ARNs of managed policies: up to 10.
    pub policy_arns: &'a [&'a str],
    /// The session's tags, names and values: up to 50.
    pub tags: &'a [(&'a str, &'a str)],
}

impl<'a> GetFederationToken<'a> {
    /// Creates a call with its required parameters.
    pub const fn new(name: &'a str) -> Self {
        Self { name, duration_seconds: None, policy: None, policy_arns: &[], tags: &[] }
    }
}

impl SignedStsCall for GetFederationToken<'_> {}

impl Call for GetFederationToken<'_> {
    const ASKED: &'static str = "the credentials of the federated user";
    type Outcome<'b> = RoleCredentials<'b>;

    fn form(&self) -> Form<'_> {
        Form {
            action: "GetFederationToken",
            name: Some(self.name),
            duration_seconds: self.duration_seconds,
            policy: self.policy,
            policy_arns: self.policy_arns,
            tags: self.tags,
            ..Form::default()
        }
    }

    fn read(body: &mut [u8]) -> Result<RoleCredentials<'_>, DocumentError> {
        response::provided(body)
    }
}

/// A call that asks who the caller is. No policy can forbid that.
///
/// Source: "`GetCallerIdentity`" (AWS STS API Reference).
///
/// ```
/// use rolesig::conversation::{Conversation, GetCallerIdentity, Sts};
/// use rolesig::{Credentials, Timestamp};
///
/// # let credentials =
/// #     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let call = GetCallerIdentity;
/// let host = "sts.eu-west-1.amazonaws.com";
/// let sts = Sts::signed(call, host, credentials, "eu-west-1", Timestamp::from(1_440_938_160))?;
/// assert!(sts.request().unwrap().body().to_string().contains("Action=GetCallerIdentity"));
/// # Ok::<(), rolesig::conversation::StsCallError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct GetCallerIdentity;

impl SignedStsCall for GetCallerIdentity {}

impl Call for GetCallerIdentity {
    const ASKED: &'static str = "the identity of the caller";
    type Outcome<'b> = CallerIdentity<'b>;

    fn form(&self) -> Form<'_> {
        Form { action: "GetCallerIdentity", ..Form::default() }
    }

    fn read(body: &mut [u8]) -> Result<CallerIdentity<'_>, DocumentError> {
        response::caller_identity(body)
    }
}
