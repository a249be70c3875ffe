//! Settings of AWS's SDKs that nothing here follows.

use crate::config::environment::Environment;
use crate::config::profile_files::Profile;
use crate::config::setting::Setting;

/// Variables, the settings of profiles that stand for them, and why they change nothing here.
///
/// Source: "Settings reference", AWS SDKs and Tools Reference Guide.
const UNFOLLOWED: [(&str, &str, &str); 10] = [
    (
        "AWS_ACCOUNT_ID_ENDPOINT_MODE",
        "account_id_endpoint_mode",
        "endpoints with an account id are those of DynamoDB",
    ),
    (
        "AWS_AUTH_SCHEME_PREFERENCE",
        "auth_scheme_preference",
        "requests are signed by Signature Version 4, or by 4a where that is asked for",
    ),
    ("AWS_DEFAULTS_MODE", "defaults_mode", "timeouts and retries have other settings"),
    (
        "AWS_EC2_METADATA_V1_DISABLED",
        "ec2_metadata_v1_disabled",
        "version 1 of the metadata service is never used",
    ),
    ("AWS_MAX_ATTEMPTS", "max_attempts", "retries have other settings"),
    ("AWS_RETRY_MODE", "retry_mode", "retries have other settings"),
    (
        "AWS_REQUEST_CHECKSUM_CALCULATION",
        "request_checksum_calculation",
        "checksums have other settings",
    ),
    (
        "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH",
        "s3_disable_express_session_auth",
        "no sessions of S3 Express are made",
    ),
    (
        "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS",
        "s3_disable_multiregion_access_points",
        "ARNs of access points are not resolved",
    ),
    ("AWS_S3_USE_ARN_REGION", "s3_use_arn_region", "ARNs of access points are not resolved"),
];

/// Returns a line for each setting that is set, that AWS's SDKs follow, and that changes nothing
/// here: by its name, and with the reason. For a program that explains its settings to its user.
/// `AWS_MAX_ATTEMPTS` is among them for programs with other retries; the client of a `Config`
/// follows it.
///
/// ```
/// use rolesig_std::Environment;
/// use rolesig_std::config::unfollowed_settings;
///
/// let environment: Environment = [("AWS_RETRY_MODE", "adaptive")].into_iter().collect();
/// let lines = unfollowed_settings(&environment, None);
/// assert_eq!(lines, ["AWS_RETRY_MODE is not followed: retries have other settings"]);
/// ```
pub fn unfollowed_settings(environment: &Environment, profile: Option<Profile<'_>>) -> Vec<String> {
    let line = |(variable, setting, why): &(&str, &str, &str)| {
        let Setting { by, .. } = Setting::find(environment, &[variable], profile, setting)?;
        Some(format!("{by} is not followed: {why}"))
    };
    UNFOLLOWED.iter().filter_map(line).collect()
}
