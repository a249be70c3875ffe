//! The part of a profile that is about IAM Identity Center.

use super::settings::Settings;
use crate::config::endpoint::{Endpoint, EndpointService};
use crate::config::profile_error::{InvalidProfileError, ProfileError};
use crate::config::profile_files::{Profile, Section};
use crate::config::region::Region;
use crate::http::exchange::Timeouts;
use crate::http::network::Network;
use crate::provider::any::{Provider, ProviderError};
use crate::provider::sso::{SsoLogin, SsoProvider, SsoSettings};
use crate::read::base_url::BaseUrl;

const ACCOUNT: &str = "sso_account_id";
const ROLE: &str = "sso_role_name";
const REGION: &str = "sso_region";
const START_URL: &str = "sso_start_url";

/// Returns whether a profile uses IAM Identity Center. One that only names a session does not: it
/// is for other tools.
pub(super) fn is_sso(profile: Profile<'_>) -> bool {
    profile.get(ACCOUNT).is_some() || profile.get(ROLE).is_some()
}

impl Settings<'_> {
    pub(super) fn sso(&self, profile: Profile<'_>) -> Result<Provider, ProviderError> {
        let session = session(profile)?;
        let setting = |setting| of_both(profile, session, setting);
        let region: Region = setting(REGION)?.parse()?;
        let start_url = setting(START_URL)?;
        let url = |service| self.url(service, &region);
        let login = match session {
            Some(session) => SsoLogin::Session {
                name: session.name().to_owned(),
                oidc: url(EndpointService::SsoOidc)?,
            },
            None => {
                SsoLogin::StartUrl { url: start_url.to_owned(), profile: profile.name().to_owned() }
            }
        };
        let home = self
            .environment
            .home()
            .ok_or_else(|| ProfileError::new(profile, InvalidProfileError::NoHome))?;
        let own = |setting| {
            let value = profile.get(setting).map(str::to_owned);
            value.ok_or_else(|| ProfileError::new(profile, InvalidProfileError::Sso { setting }))
        };
        let settings = SsoSettings {
            login,
            account_id: own(ACCOUNT)?,
            role_name: own(ROLE)?,
            portal: url(EndpointService::Sso)?,
            cache: home.join(".aws/sso/cache"),
            network: Network::of(self.environment, self.profile),
        };
        Ok(Provider::Sso(Box::new(SsoProvider::new(settings, Timeouts::INTERNET))))
    }

    fn url(&self, service: EndpointService, region: &Region) -> Result<BaseUrl, ProviderError> {
        Ok(Endpoint::of(service, region, self.environment, self.profile)?.url)
    }
}

/// Returns the session that a profile names.
fn session(profile: Profile<'_>) -> Result<Option<Section<'_>>, ProviderError> {
    let Some(name) = profile.get("sso_session") else { return Ok(None) };
    let session = profile.files().sso_session(name);
    let missing = || {
        ProfileError::new(profile, InvalidProfileError::NoSsoSession { session: name.to_owned() })
    };
    Ok(Some(session.ok_or_else(missing)?))
}

/// Returns a setting that can be in the profile, in its session, or with the same value in both.
fn of_both<'f>(
    profile: Profile<'f>,
    session: Option<Section<'f>>,
    setting: &'static str,
) -> Result<&'f str, ProviderError> {
    let of_session = session.and_then(|session| session.get(setting));
    match (profile.get(setting), of_session, session) {
        (Some(own), Some(other), Some(session)) if own != other => {
            let session = session.name().to_owned();
            Err(ProfileError::new(
                profile,
                InvalidProfileError::SsoContradiction { setting, session },
            )
            .into())
        }
        (own, other, _) => own
            .or(other)
            .ok_or_else(|| ProfileError::new(profile, InvalidProfileError::Sso { setting }).into()),
    }
}
