//! The responses of STS.

use crate::conversation::document::{CredentialTexts, required};
use crate::conversation::xml::{self, Leaf};
use crate::conversation::{ConversationError, DocumentError, RoleCredentials};

/// The identity of a caller, as AWS knows it.
///
/// Source: "`GetCallerIdentity`" (AWS STS API Reference).
///
/// ```
/// use rolesig::conversation::CallerIdentity;
///
/// fn is_of(identity: &CallerIdentity<'_>, account: &str, role: &str) -> bool {
///     identity.account_id == account && identity.arn.contains(role)
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct CallerIdentity<'b> {
    /// The account of the credentials: 12 digits.
    pub account_id: &'b str,
    /// Such as `arn:aws:sts::111122223333:assumed-role/my-role/my-session`.
    pub arn: &'b str,
    /// The unique id of the user or role, with the session's name if it is one.
    pub user_id: &'b str,
}

const CODE: Leaf = ("Error", "Code");
const MESSAGE: Leaf = ("Error", "Message");

/// Reads the credentials that any of the calls gives.
pub(super) fn provided(body: &mut [u8]) -> Result<RoleCredentials<'_>, DocumentError> {
    let leaves = [
        ("Credentials", "AccessKeyId"),
        ("Credentials", "SecretAccessKey"),
        ("Credentials", "SessionToken"),
        ("Credentials", "Expiration"),
        ("AssumedRoleUser", "Arn"),
        ("FederatedUser", "Arn"),
    ];
    let [access_key_id, secret_access_key, session_token, expiration, role, user] =
        xml::texts(body, &leaves)?;
    let texts = CredentialTexts {
        access_key_id: required("AccessKeyId", access_key_id)?,
        secret_access_key: required("SecretAccessKey", secret_access_key)?,
        session_token: Some(required("SessionToken", session_token)?),
        expiration: required("Expiration", expiration)?,
        account_id: role.or(user).and_then(account_id),
    };
    texts.provided()
}

/// Reads who the caller is.
pub(super) fn caller_identity(body: &mut [u8]) -> Result<CallerIdentity<'_>, DocumentError> {
    const RESULT: &str = "GetCallerIdentityResult";
    let leaves = [(RESULT, "Account"), (RESULT, "Arn"), (RESULT, "UserId")];
    let [account_id, arn, user_id] = xml::texts(body, &leaves)?;
    Ok(CallerIdentity {
        account_id: required("Account", account_id)?,
        arn: required("Arn", arn)?,
        user_id: required("UserId", user_id)?,
    })
}

/// Reads why a call was refused. `None` for another server's page.
pub(super) fn refusal(body: &mut [u8]) -> Option<ConversationError<'_>> {
    let [code, message] = xml::texts(body, &[CODE, MESSAGE]).ok()?;
    if code.is_none() && message.is_none() {
        return None;
    }
    let (code, message) = (code.unwrap_or_default(), message.unwrap_or_default());
    Some(ConversationError::Refused { code, message })
}

/// Returns the account in an ARN. Servers other than AWS leave it out, or the whole ARN.
///
/// Source: "Amazon Resource Names (ARNs)" (AWS IAM User Guide).
fn account_id(arn: &str) -> Option<&str> {
    // By bytes: the library's search for a character can panic, as far as a linker can see.
    let parts = arn.as_bytes().strip_prefix(b"arn:")?;
    let account_id = parts.split(|byte| *byte == b':').nth(3)?;
    let is_account = !account_id.is_empty() && account_id.iter().all(u8::is_ascii_digit);
    is_account.then_some(core::str::from_utf8(account_id).ok()?)
}
