//! The token of a login, as the AWS CLI keeps it.

use std::io;
use std::path::PathBuf;

use rolesig::Timestamp;
use zeroize::Zeroizing;

use crate::clock::thread::unblocked;
use crate::read::json::{JsonError, JsonObject};
use crate::read::secret_file;

pub(super) const ACCESS_TOKEN: &str = "accessToken";
pub(super) const EXPIRES_AT: &str = "expiresAt";
pub(super) const REFRESH_TOKEN: &str = "refreshToken";

/// The access token of a login. It is wiped when it is dropped.
pub(super) struct AccessToken {
    pub(super) secret: Zeroizing<String>,
    pub(super) expires_at: Timestamp,
    pub(super) registration: Option<Registration>,
}

/// The registration of a client, by which a token is renewed.
pub(super) struct Registration {
    pub(super) client_id: Zeroizing<String>,
    pub(super) client_secret: Zeroizing<String>,
    pub(super) refresh_token: Zeroizing<String>,
    pub(super) expires_at: Timestamp,
}

/// The reason why there is no token.
#[derive(Debug)]
pub(super) enum AccessTokenError {
    Absent,
    Unreadable(io::Error),
    Json(JsonError),
}

impl AccessToken {
    /// Returns the registration to renew it with at `now`, if it can be renewed.
    pub(super) fn registration(&self, now: Timestamp) -> Option<&Registration> {
        self.registration.as_ref().filter(|registration| now < registration.expires_at)
    }

    pub(super) fn seconds_left(&self, now: Timestamp) -> u64 {
        self.expires_at.seconds_since(now).unwrap_or(0)
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.secret == other.secret
    }

    pub(super) fn of(object: &JsonObject<'_>) -> Result<Self, JsonError> {
        Ok(Self {
            secret: object.visible(ACCESS_TOKEN)?,
            expires_at: object.time(EXPIRES_AT)?,
            // A login without is as good, until it expires.
            registration: Registration::of(object).ok(),
        })
    }
}

impl Registration {
    fn of(object: &JsonObject<'_>) -> Result<Self, JsonError> {
        Ok(Self {
            client_id: object.text("clientId")?,
            client_secret: object.text("clientSecret")?,
            refresh_token: object.text(REFRESH_TOKEN)?,
            expires_at: object.time("registrationExpiresAt")?,
        })
    }
}

/// Reads a file, which may be on a slow network.
pub(super) async fn read(path: PathBuf) -> Result<AccessToken, AccessTokenError> {
    let text = unblocked(move || secret_file::read(&path)).await;
    let text = text.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => AccessTokenError::Absent,
        _ => AccessTokenError::Unreadable(error),
    })?;
    let object = JsonObject::read(&text).map_err(AccessTokenError::Json)?;
    AccessToken::of(&object).map_err(AccessTokenError::Json)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Result<AccessToken, JsonError> {
        AccessToken::of(&JsonObject::read(text.as_bytes()).unwrap())
    }

    #[test]
    fn reads_both_ways_to_write_utc() {
        for expires_at in ["2015-08-30T12:36:00Z", "2015-08-30T12:36:00UTC"] {
            let text = format!(r#"{{"accessToken": "a", "expiresAt": "{expires_at}"}}"#);
            let token = token(&text).unwrap();
            assert_eq!(token.expires_at, Timestamp::from(1_440_938_160));
            assert_eq!(token.seconds_left(Timestamp::from(1_440_938_150)), 10);
            assert_eq!(token.seconds_left(Timestamp::from(1_440_938_170)), 0);
        }
        assert!(token(r#"{"accessToken": "a", "expiresAt": "UTC"}"#).is_err());
    }

    #[test]
    fn renews_only_with_a_whole_registration() {
        let whole = r#"{"accessToken": "a", "expiresAt": "2015-08-30T12:36:00Z", "clientId": "c",
            "clientSecret": "s", "refreshToken": "r", "registrationExpiresAt": "2015-09-30T00:00:00Z"}"#;
        let (before, after) = (Timestamp::from(1_440_938_160), Timestamp::from(1_443_571_200));
        assert!(token(whole).unwrap().registration(before).is_some());
        assert!(token(whole).unwrap().registration(after).is_none());
        for field in ["clientId", "clientSecret", "refreshToken", "registrationExpiresAt"] {
            assert!(token(&whole.replace(field, "other")).unwrap().registration(before).is_none());
        }
    }
}
