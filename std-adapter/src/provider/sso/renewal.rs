//! Renewing a login without the person: `CreateToken`, and leaving the outcome to others.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http::header::{ACCEPT, CONTENT_TYPE, HOST};
use http_body_util::Full;
use rolesig::Timestamp;
use zeroize::Zeroizing;

use super::access_token::{ACCESS_TOKEN, AccessToken, EXPIRES_AT, REFRESH_TOKEN, Registration};
use super::error::SsoError;
use super::service::ask;
use crate::http::exchange::Transport;
use crate::read::base_url::BaseUrl;
use crate::read::json::{JsonError, JsonObject};
use crate::read::secret_file;

/// The room for what JSON adds to names and values, escapes aside.
const FRAME: usize = 256;

/// Renews a login. Source: "`CreateToken`", IAM Identity Center OIDC API Reference; RFC 6749 §6.
pub(super) async fn renew(
    oidc: &BaseUrl,
    registration: &Registration,
    transport: Transport<'_>,
    login: impl Fn() -> String,
) -> Result<AccessToken, SsoError> {
    let Registration { client_id, client_secret, refresh_token, .. } = registration;
    let sent = transport.clock.now();
    let asked = "a renewal of the login";
    let secrets = [client_id, client_secret, refresh_token].map(|secret| secret.as_str());
    let request = || request(oidc, registration);
    let response = ask(oidc.origin(), transport, asked, &secrets, request);
    let response = response.await.map_err(|error| SsoError::of(error, oidc))?;
    let response = response.map_err(|refusal| {
        if !refusal.has_reason() {
            return SsoError::status(oidc, asked, refusal.status);
        }
        SsoError::LoggedOut { login: login(), code: refusal.code, message: refusal.message }
    })?;
    let wrong = |error| SsoError::Response { endpoint: oidc.to_string(), error };
    token(&response.body, registration, sent).map_err(wrong)
}

fn request(
    oidc: &BaseUrl,
    registration: &Registration,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let Registration { client_id, client_secret, refresh_token, .. } = registration;
    let fields = [
        ("clientId", client_id.as_str()),
        ("clientSecret", client_secret),
        ("grantType", "refresh_token"),
        ("refreshToken", refresh_token),
    ];
    Request::post(oidc.join("/token"))
        .header(HOST, oidc.origin().host_header())
        .header(ACCEPT, "*/*")
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from_owner(object(&[], &fields))))
}

fn token(
    body: &[u8],
    registration: &Registration,
    sent: Timestamp,
) -> Result<AccessToken, JsonError> {
    let response = JsonObject::read(body)?;
    let expires_at = sent.checked_add(response.seconds("expiresIn")?);
    let wants = "a number of seconds";
    // Without a new one the old one stays valid (RFC 6749 §6).
    let refresh_token = response.optional(REFRESH_TOKEN)?;
    let registration = Registration {
        client_id: registration.client_id.clone(),
        client_secret: registration.client_secret.clone(),
        refresh_token: refresh_token.unwrap_or_else(|| registration.refresh_token.clone()),
        expires_at: registration.expires_at,
    };
    Ok(AccessToken {
        secret: response.visible(ACCESS_TOKEN)?,
        expires_at: expires_at.ok_or(JsonError::Wrong { field: "expiresIn", wants })?,
        registration: Some(registration),
    })
}

/// Puts a renewed token where the old one is, even if nobody waits for it any longer: the old one
/// may renew nothing any more. So this is the one use of tokio's own threads for what may block: a
/// runtime that ends waits until the token is kept, where a separate thread would end with the
/// program.
pub(super) async fn store(
    path: PathBuf,
    old: Arc<AccessToken>,
    new: Arc<AccessToken>,
) -> Result<(), io::Error> {
    let storing = tokio::task::spawn_blocking(move || replace(&path, &old, &new));
    storing.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// Replaces the file in one step, so that no reader sees half of it, and so that the old one is
/// still there if this fails. Keeps what else is in it.
fn replace(path: &Path, old: &AccessToken, new: &AccessToken) -> Result<(), io::Error> {
    let kept = secret_file::read(path)?;
    let kept = JsonObject::read(&kept).map_err(io::Error::other)?;
    // A login, logout or renewal in the meantime takes precedence.
    if kept.text(ACCESS_TOKEN).ok().as_ref() != Some(&old.secret) {
        return Ok(());
    }
    let expires_at = rfc3339(new.expires_at);
    let mut fields = vec![(ACCESS_TOKEN, new.secret.as_str()), (EXPIRES_AT, &expires_at)];
    if let Some(registration) = &new.registration {
        fields.push((REFRESH_TOKEN, &registration.refresh_token));
    }
    let others = kept.fields().filter(|(name, _)| fields.iter().all(|(new, _)| name != new));
    let text = object(&others.collect::<Vec<_>>(), &fields);
    let directory = path.parent().unwrap_or(Path::new("."));
    // Mode 0600.
    let mut file = tempfile::Builder::new().suffix(".tmp").tempfile_in(directory)?;
    file.write_all(&text)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Writes a JSON object of values that are JSON already, and of texts.
fn object(json: &[(&str, &str)], texts: &[(&str, &str)]) -> Zeroizing<Vec<u8>> {
    let len: usize = json.iter().chain(texts).map(|(name, value)| name.len() + value.len()).sum();
    // At the worst `\u0000` for each byte; never grows, so leaves no copies behind.
    let mut object = Zeroizing::new(Vec::with_capacity(6 * len + FRAME));
    object.push(b'{');
    for (name, value) in json {
        quote(&mut object, name);
        object.push(b':');
        object.extend_from_slice(value.as_bytes());
        object.push(b',');
    }
    for (name, value) in texts {
        quote(&mut object, name);
        object.push(b':');
        quote(&mut object, value);
        object.push(b',');
    }
    // The last comma.
    object.pop();
    object.push(b'}');
    object
}

/// Writes a text as JSON. Neither a text nor a `Vec` gives `serde_json` a reason to fail.
fn quote(out: &mut Vec<u8>, text: &str) {
    let _ = serde_json::to_writer(out, text);
}

/// Formats a time as `2015-08-30T12:36:00Z`, as the AWS CLI writes and reads it.
fn rfc3339(at: Timestamp) -> String {
    let mut text = String::with_capacity(20);
    for (index, c) in at.amz_date().to_string().chars().enumerate() {
        match index {
            4 | 6 => text.push('-'),
            11 | 13 => text.push(':'),
            _ => {}
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_times_it_writes() {
        assert_eq!(rfc3339(Timestamp::from(1_440_938_160)), "2015-08-30T12:36:00Z");
    }

    #[test]
    fn writes_objects_as_json() {
        let json = [("a", "[1, {}]"), ("b\"", "null")];
        let object = object(&json, &[("c", "d\"\u{1}")]);
        assert_eq!(&object[..], b"{\"a\":[1, {}],\"b\\\"\":null,\"c\":\"d\\\"\\u0001\"}");
    }
}
