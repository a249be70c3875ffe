//! Sessions of `aws login`, which are not supported.

use thiserror::Error;

/// A profile with `login_session`: `aws login` has signed a person in to the console's session. Its
/// cache is not read here, since a renewal takes another kind of signature (`DPoP`, RFC 9449). Such
/// a profile is an error; the AWS CLI reads it instead.
///
/// Source: "Sign in through the AWS Command Line Interface", AWS CLI User Guide.
///
/// ```
/// use rolesig_std::provider::LoginSessionError;
///
/// /// Returns the profile to read through the AWS CLI.
/// fn to_export(refusal: LoginSessionError) -> String {
///     refusal.profile
/// }
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "profile {profile} has login_session (aws login), which is not read here: in another profile set \
     credential_process = aws configure export-credentials --profile {profile} --format process"
)]
#[non_exhaustive]
pub struct LoginSessionError {
    /// The profile's name.
    pub profile: String,
}
