//! A provider from the settings of a profile.
//!
//! Sources: "Assume role credential provider", "Process credential provider", "IAM Identity Center
//! credential provider" (AWS SDKs and Tools Reference Guide); where they are silent, botocore 1.44.

use rolesig::Credentials;

use super::report::NotConfiguredError;
use super::settings::{Configured, Settings};
use super::sso::is_sso;
use crate::config::profile_error::{InvalidProfileError, ProfileError};
use crate::config::profile_files::Profile;
use crate::identity::{Identity, Source};
use crate::provider::any::{AssumeRoleProvider, Provider, ProviderError, RoleToAssume};
use crate::provider::keys::StaticProvider;
use crate::provider::login::LoginSessionError;
use crate::provider::process::ProcessProvider;
use crate::provider::sts::{WebIdentity, WebIdentityProvider};

/// The settings that make a role: with other credentials, unless there is a token file too.
const ROLE_ARN: &str = "role_arn";
const TOKEN_FILE: &str = "web_identity_token_file";
const SOURCE_PROFILE: &str = "source_profile";
const CREDENTIAL_SOURCE: &str = "credential_source";

/// The longest chain of roles. Each role is fetched within the call of the one before it.
const LONGEST_CHAIN: usize = 32;

impl<'s> Settings<'s> {
    /// Returns the provider that the chosen profile configures.
    pub(super) fn profile(&self) -> Configured {
        let Some(profile) = self.profile else {
            return Ok(Err(NotConfiguredError::new(
                "there is no profile default in AWS's config and credentials files",
            )));
        };
        let found = if is_role(profile) {
            Some(self.role(profile, &mut vec![profile.name()])?)
        } else {
            self.without_role(profile)?
        };
        let name = profile.name();
        Ok(found.ok_or_else(|| {
            NotConfiguredError::new(format!("the profile {name} has no credentials"))
        }))
    }

    /// Returns a role that the profile assumes with credentials from elsewhere. `visited` has the
    /// profiles on the way here, this one last.
    fn role(
        &self,
        profile: Profile<'s>,
        visited: &mut Vec<&'s str>,
    ) -> Result<Provider, ProviderError> {
        let error = |why| ProfileError::new(profile, why);
        let by = match (profile.get(SOURCE_PROFILE), profile.get(CREDENTIAL_SOURCE)) {
            (Some(_), Some(_)) => return Err(error(InvalidProfileError::TwoSources).into()),
            (None, None) => return Err(error(InvalidProfileError::NoSource).into()),
            (None, Some(source)) => self.named_source(profile, source)?,
            (Some(source), None) => self.source_profile(profile, source, visited)?,
        };
        let own = |setting| profile.get(setting).map(str::to_owned);
        let role = RoleToAssume {
            role_arn: own(ROLE_ARN).unwrap_or_default(),
            role_session_name: own("role_session_name"),
            duration_seconds: duration_seconds(profile)?,
            external_id: own("external_id"),
            mfa_serial: own("mfa_serial"),
            ..RoleToAssume::default()
        };
        let sts = self.sts(&role.role_arn)?;
        let ask = self.ask_token_code.cloned();
        Ok(Provider::AssumeRole(Box::new(AssumeRoleProvider::new(role, by, sts, ask))))
    }

    /// Returns the provider that `credential_source` names.
    fn named_source(&self, profile: Profile<'_>, source: &str) -> Result<Provider, ProviderError> {
        let error = |why| ProfileError::new(profile, why);
        let configured = match source {
            _ if source.eq_ignore_ascii_case("Environment") => self.environment(),
            _ if source.eq_ignore_ascii_case("EcsContainer") => Ok(self.container()),
            _ if source.eq_ignore_ascii_case("Ec2InstanceMetadata") => self.imds(),
            _ => return Err(error(InvalidProfileError::UnknownSource).into()),
        };
        configured?.map_err(|missing| {
            error(InvalidProfileError::SourceNotThere {
                source_name: source.to_owned(),
                missing: missing.to_string(),
            })
            .into()
        })
    }

    /// Returns the provider that `source_profile` names: the profile itself, for its keys, or
    /// another one, for its keys before its role.
    fn source_profile(
        &self,
        profile: Profile<'s>,
        source: &str,
        visited: &mut Vec<&'s str>,
    ) -> Result<Provider, ProviderError> {
        let error = |why| ProfileError::new(profile, why);
        let files = profile.files();
        let source = files.named(source, SOURCE_PROFILE)?;
        let has_keys = has_keys(source);
        let is_itself = source.name() == profile.name();
        if visited.contains(&source.name()) && !(is_itself && has_keys) {
            let way = visited.iter().chain([&source.name()]).copied().collect::<Vec<_>>();
            return Err(error(InvalidProfileError::Circle { way: way.join(" -> ") }).into());
        }
        if visited.len() >= LONGEST_CHAIN {
            let first = visited.first().copied().unwrap_or_default().to_owned();
            return Err(error(InvalidProfileError::LongChain { most: LONGEST_CHAIN, first }).into());
        }
        visited.push(source.name());
        if is_role(source) && !has_keys {
            return self.role(source, visited);
        }
        let found = self.without_role(source)?;
        found.ok_or_else(|| {
            error(InvalidProfileError::EmptySource { source_name: source.name().to_owned() }).into()
        })
    }

    /// Returns the provider of a profile, except a role that it assumes with other credentials.
    fn without_role(&self, profile: Profile<'_>) -> Result<Option<Provider>, ProviderError> {
        if let Some(token_file) = profile.get(TOKEN_FILE) {
            return self.web_identity_of(profile, token_file).map(Some);
        }
        if is_sso(profile) {
            return self.sso(profile).map(Some);
        }
        if has_keys(profile) {
            return Ok(Some(keys(profile)?));
        }
        if profile.get("login_session").is_some() {
            return Err(LoginSessionError { profile: profile.name().to_owned() }.into());
        }
        let Some(command) = profile.get("credential_process") else { return Ok(None) };
        let account_id = profile.get("aws_account_id").map(str::to_owned);
        let process = ProcessProvider::new(profile.name(), command)?.with_account_id(account_id);
        Ok(Some(Provider::Process(process)))
    }

    fn web_identity_of(
        &self,
        profile: Profile<'_>,
        token_file: &str,
    ) -> Result<Provider, ProviderError> {
        let role_arn = profile
            .get(ROLE_ARN)
            .ok_or_else(|| ProfileError::new(profile, InvalidProfileError::NoRoleArn))?;
        let identity = WebIdentity {
            role_arn: role_arn.to_owned(),
            role_session_name: profile.get("role_session_name").map(str::to_owned),
            token_file: token_file.into(),
            duration_seconds: duration_seconds(profile)?,
            provider_id: None,
        };
        let provider = WebIdentityProvider::new(identity, self.sts(role_arn)?);
        Ok(Provider::WebIdentity(Box::new(provider)))
    }
}

/// Returns the life that the profile asks for a role's credentials.
fn duration_seconds(profile: Profile<'_>) -> Result<Option<u32>, ProfileError> {
    let seconds = profile.get("duration_seconds").map(str::parse).transpose();
    seconds.map_err(|_| ProfileError::new(profile, InvalidProfileError::Duration))
}

/// Returns whether a profile assumes a role with other credentials.
fn is_role(profile: Profile<'_>) -> bool {
    profile.get(ROLE_ARN).is_some() && profile.get(TOKEN_FILE).is_none()
}

/// Returns whether a profile has keys, or one of the two.
fn has_keys(profile: Profile<'_>) -> bool {
    KEYS.iter().any(|setting| profile.get(setting).is_some())
}

const KEY: &str = "aws_access_key_id";
const SECRET: &str = "aws_secret_access_key";
const KEYS: [&str; 2] = [KEY, SECRET];

fn keys(profile: Profile<'_>) -> Result<Provider, ProfileError> {
    let missing =
        |is, is_not| ProfileError::new(profile, InvalidProfileError::HalfKeys { is, is_not });
    let get = |setting| profile.get_beside(&KEYS, setting);
    let access_key_id = get(KEY).ok_or_else(|| missing(SECRET, KEY))?;
    let secret_access_key = get(SECRET).ok_or_else(|| missing(KEY, SECRET))?;
    // The second name is what botocore took from boto.
    let token = ["aws_session_token", "aws_security_token"];
    let session_token = token.iter().find_map(|setting| get(setting));
    let credentials = Credentials { access_key_id, secret_access_key, session_token };
    let source = Source::Profile { profile: profile.name().to_owned() };
    let identity = Identity::new(credentials, None, get("aws_account_id"), source);
    Ok(Provider::Static(StaticProvider::new(identity)))
}
