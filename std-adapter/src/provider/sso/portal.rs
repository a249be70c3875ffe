//! The portal, which gives credentials for a token: `GetRoleCredentials`.

use bytes::Bytes;
use http::header::{ACCEPT, HOST};
use http::{HeaderValue, Request};
use http_body_util::Full;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rolesig::{Credentials, Timestamp};
use zeroize::Zeroizing;

use super::SsoSettings;
use super::access_token::AccessToken;
use super::error::SsoError;
use super::service::{SsoRefusal, ask};
use crate::http::exchange::Transport;
use crate::identity::{Identity, Source};
use crate::read::json::{JsonError, JsonObject};

/// Fetches the credentials of a role from the portal. Source: "`GetRoleCredentials`", IAM Identity
/// Center Portal API Reference.
pub(super) async fn role_credentials(
    settings: &SsoSettings,
    token: &AccessToken,
    transport: Transport<'_>,
    source: Source,
) -> Result<Identity, SsoError> {
    let portal = &settings.portal;
    let asked = "the credentials of the role";
    let sent = [token.secret.as_str()];
    let request = || request(settings, token);
    let response = ask(portal.origin(), transport, asked, &sent, request).await;
    let response = response.map_err(|error| SsoError::of(error, portal))?;
    let response = response.map_err(|refusal| refused(settings, refusal))?;
    let wrong = |error| SsoError::Response { endpoint: portal.to_string(), error };
    let identity = identity(&response.body, settings, source).map_err(wrong)?;
    Ok(identity.with_clock_skew(response.skew))
}

fn request(
    settings: &SsoSettings,
    token: &AccessToken,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let account_id = encoded(&settings.account_id);
    let role_name = encoded(&settings.role_name);
    let bearer = Zeroizing::new(token.secret.as_bytes().to_vec());
    let mut bearer = HeaderValue::from_maybe_shared(Bytes::from_owner(bearer))?;
    bearer.set_sensitive(true);
    let path = format!("/federation/credentials?account_id={account_id}&role_name={role_name}");
    Request::get(settings.portal.join(&path))
        .header(HOST, settings.portal.origin().host_header())
        .header(ACCEPT, "*/*")
        .header("x-amz-sso_bearer_token", bearer)
        .body(Full::default())
}

pub(super) fn identity(
    body: &[u8],
    settings: &SsoSettings,
    source: Source,
) -> Result<Identity, JsonError> {
    let response = JsonObject::read(body)?;
    let object = response.object("roleCredentials")?;
    let expires_at = expiration(&object)?;
    let credentials = Credentials {
        access_key_id: &object.visible("accessKeyId")?,
        secret_access_key: &object.visible("secretAccessKey")?,
        session_token: Some(&object.visible("sessionToken")?),
    };
    Ok(Identity::new(credentials, Some(expires_at), Some(&settings.account_id), source))
}

/// Reads milliseconds since 1970; services that stand in for AWS's may write seconds or a date.
fn expiration(object: &JsonObject<'_>) -> Result<Timestamp, JsonError> {
    const FIELD: &str = "expiration";
    // Of the year 1973: in seconds it is the year 5138.
    const LEAST_MILLISECONDS: u64 = 100_000_000_000;
    let Ok(number) = object.seconds(FIELD) else {
        return object.time(FIELD);
    };
    let seconds = if number < LEAST_MILLISECONDS { number } else { number / 1000 };
    let wants = "a number of milliseconds since 1970";
    Timestamp::from_unix(seconds).ok_or(JsonError::Wrong { field: FIELD, wants })
}

fn refused(settings: &SsoSettings, refusal: SsoRefusal) -> SsoError {
    let has_reason = refusal.has_reason();
    let SsoRefusal { status, code, message } = refusal;
    let SsoSettings { login, account_id, role_name, portal, .. } = settings;
    match status {
        401 if has_reason => SsoError::LoggedOut { login: login.command(), code, message },
        400 | 403 | 404 if has_reason => SsoError::NotAssigned {
            account_id: account_id.clone(),
            role: role_name.clone(),
            code,
            message,
        },
        _ => SsoError::status(portal, "the credentials of the role", status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_expiration_in_milliseconds_and_in_seconds() {
        let of = |value: &str| {
            let text = format!("{{\"expiration\":{value}}}");
            expiration(&JsonObject::read(text.as_bytes()).unwrap()).map(Timestamp::as_unix_signed)
        };
        for value in ["2072111760000", "2072111760999", "2072111760000.5", "2.07211176e12"] {
            assert_eq!(of(value), Ok(2_072_111_760), "{value}");
        }
        for value in ["2072111760", "2072111760.5", "\"2072111760\"", "\"2035-08-30T18:36:00Z\""] {
            assert_eq!(of(value), Ok(2_072_111_760), "{value}");
        }
        assert_eq!(of("0"), Ok(0));
        assert!(of("2072111760000000000").is_err() && of("\"soon\"").is_err());
    }
}
