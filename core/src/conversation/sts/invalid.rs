//! The checks of a call for errors that STS would refuse.

use core::fmt;

use crate::conversation::form::Form;
use crate::sigv4::error::SignError;

/// The reason why a call to STS was not made. Only what STS refuses for certain is found here.
///
/// Source: the parameters' constraints in the AWS STS API Reference.
///
/// ```
/// use rolesig::conversation::{AssumeRoleWithWebIdentity, Sts, StsCallError};
///
/// let call = AssumeRoleWithWebIdentity::new("", "my-session", "token");
/// assert_eq!(Sts::unsigned(call, "sts.amazonaws.com").err(), Some(StsCallError::RoleArn));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum StsCallError {
    /// The call could not be signed, or its host has invalid characters.
    Sign(SignError),
    /// The ARN of the role is empty, or longer than 2,048 characters.
    RoleArn,
    /// The role session's name is not 2 to 64 letters, digits, or `_+=,.@-`.
    RoleSessionName,
    /// The federated user's name is not 2 to 32 letters, digits, or `_+=,.@-`.
    Name,
    /// The web identity token is empty, or has white space or other invalid characters within.
    WebIdentityToken,
    /// A session of 0 s. AWS's STS takes 900 s at least, but other servers take less.
    DurationSeconds,
    /// The external id is not 2 to 1,224 letters, digits, or `_+=,.@:/-`.
    ExternalId,
    /// The source identity is not 2 to 64 letters, digits, or `_+=,.@-`.
    SourceIdentity,
    /// The MFA device's serial number is not 9 to 256 characters, or its code not 6 digits.
    Mfa,
    /// More than 10 policy ARNs.
    TooManyPolicyArns,
    /// More than 50 tags.
    TooManyTags,
}

/// Checks a call, and returns the first error in it.
pub(super) fn check(form: &Form<'_>) -> Result<(), StsCallError> {
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    let in_external_id = |byte: u8| in_name(byte) || matches!(byte, b':' | b'/');
    let is_digit = |byte: u8| byte.is_ascii_digit();
    let is_graphic = |byte: u8| byte.is_ascii_graphic();
    let any = |_| true;
    for (is_valid, invalid) in [
        (has(form.role_arn, 1, 2048, any), StsCallError::RoleArn),
        (has(form.role_session_name, 2, 64, in_name), StsCallError::RoleSessionName),
        (has(form.name, 2, 32, in_name), StsCallError::Name),
        (has(form.web_identity_token, 1, usize::MAX, is_graphic), StsCallError::WebIdentityToken),
        (form.duration_seconds.is_none_or(|seconds| seconds > 0), StsCallError::DurationSeconds),
        (has(form.external_id, 2, 1224, in_external_id), StsCallError::ExternalId),
        (has(form.source_identity, 2, 64, in_name), StsCallError::SourceIdentity),
        (has(form.serial_number, 9, 256, any), StsCallError::Mfa),
        (has(form.token_code, 6, 6, is_digit), StsCallError::Mfa),
        (form.policy_arns.len() <= 10, StsCallError::TooManyPolicyArns),
        (form.tags.len() <= 50, StsCallError::TooManyTags),
    ] {
        if !is_valid {
            return Err(invalid);
        }
    }
    Ok(())
}

/// Returns whether a text, if there is one, has a length within bounds and only allowed bytes.
fn has(text: Option<&str>, min: usize, max: usize, may_have: impl Fn(u8) -> bool) -> bool {
    text.is_none_or(|text| (min..=max).contains(&text.len()) && text.bytes().all(may_have))
}

impl fmt::Display for StsCallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sign(error) => return error.fmt(f),
            Self::RoleArn => {
                "the ARN of the role is empty or too long: give it as \
                 arn:aws:iam::111122223333:role/NAME"
            }
            Self::RoleSessionName => {
                "the role session's name must be 2 to 64 letters, digits, or _+=,.@-"
            }
            Self::Name => "the federated user's name must be 2 to 32 letters, digits, or _+=,.@-",
            Self::WebIdentityToken => {
                "the web identity token is empty or has white space within: read the whole file \
                 that AWS_WEB_IDENTITY_TOKEN_FILE names"
            }
            Self::DurationSeconds => {
                "the session must last longer than 0 s (at AWS at least 900 s): raise its duration"
            }
            Self::ExternalId => "the external id must be 2 to 1224 letters, digits, or _+=,.@:/-",
            Self::SourceIdentity => {
                "the source identity must be 2 to 64 letters, digits, or _+=,.@-"
            }
            Self::Mfa => {
                "the MFA device must have a serial number of 9 to 256 characters, and a code of 6 \
                 digits"
            }
            Self::TooManyPolicyArns => "a session can have at most 10 policy ARNs: leave some out",
            Self::TooManyTags => "a session can have at most 50 tags: leave some out",
        })
    }
}

impl core::error::Error for StsCallError {}

impl From<SignError> for StsCallError {
    fn from(error: SignError) -> Self {
        Self::Sign(error)
    }
}
