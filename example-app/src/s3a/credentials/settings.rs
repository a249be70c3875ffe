//! The settings of credentials.

use core::time::Duration;

use rolesig_std::config::BaseUrl;
use zeroize::Zeroizing;

use super::provider_class::ProviderClass;
use crate::configuration::{Configuration, ConfigurationError, Setting, ValueOrigin, value};
use crate::s3a::table::form::List;
use crate::s3a::table::read::{base_url, invalid, refused};
use crate::s3a::table::{Name, rows};

/// The settings of credentials.
#[derive(Debug)]
pub struct CredentialSettings {
    /// `fs.s3a.aws.credentials.provider`, if it is set.
    pub providers: Option<Vec<ProviderClass>>,
    /// The keys in the configuration itself.
    pub keys: Option<KeySettings>,
    /// `fs.s3a.auth.profile.file`.
    pub profile_file: Option<String>,
    /// `fs.s3a.auth.profile.name`.
    pub profile_name: Option<String>,
    /// The role to assume, if a provider assumes one.
    pub role: Option<RoleSettings>,
}

/// Keys in the configuration. Secrets are wiped when this is dropped; `Debug` shows none.
pub struct KeySettings {
    /// `fs.s3a.access.key`.
    pub access_key_id: String,
    /// `fs.s3a.secret.key`.
    pub secret_access_key: Zeroizing<String>,
    /// `fs.s3a.session.token`.
    pub session_token: Option<Zeroizing<String>>,
    /// The origin of the secret key.
    pub origin: ValueOrigin,
}

/// `fs.s3a.assumed.role.*`.
#[derive(Debug)]
pub struct RoleSettings {
    /// `.arn`.
    pub arn: String,
    /// `.session.name`.
    pub session_name: Option<String>,
    /// `.session.duration`, in seconds.
    pub duration_seconds: u32,
    /// `.policy`.
    pub policy: Option<String>,
    /// `.external.id`.
    pub external_id: Option<String>,
    /// `.sts.endpoint`, as a URL.
    pub sts_endpoint: Option<BaseUrl>,
    /// `.sts.endpoint.region`.
    pub sts_region: Option<String>,
    /// `.credentials.provider`: the sources of the credentials that assume it.
    pub by: Vec<ProviderClass>,
}

impl CredentialSettings {
    pub(in crate::s3a) fn of(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        let providers = classes(configuration, rows::PROVIDERS)?;
        let has_role = |classes: &Vec<_>| classes.contains(&ProviderClass::AssumedRole);
        let role = if providers.as_ref().is_some_and(has_role) {
            Some(RoleSettings::of(configuration)?)
        } else {
            None
        };
        Ok(Self {
            keys: KeySettings::of(configuration)?,
            providers,
            profile_file: rows::PROFILE_FILE.read(configuration)?,
            profile_name: rows::PROFILE_NAME.read(configuration)?,
            role,
        })
    }

    /// Assumes a role of `fs.s3a.authorization.roleMapping` with the configured credentials.
    ///
    /// # Errors
    /// If these are already those of a role at STS, or if a setting of STS is invalid.
    pub fn assuming(
        self,
        arn: &str,
        configuration: &Configuration,
    ) -> Result<Self, ConfigurationError> {
        let by = match (self.providers, &self.keys) {
            (Some(classes), _) => classes,
            (None, Some(_)) => vec![ProviderClass::Temporary, ProviderClass::Simple],
            (None, None) => vec![ProviderClass::Standard],
        };
        if by.contains(&ProviderClass::AssumedRole) {
            return Err(error_at(configuration, rows::PROVIDERS, |setting| {
                let fix = "with AssumedRoleCredentialProvider beside \
                           fs.s3a.authorization.roleMapping: leave one of the two out";
                refused(setting, fix)
            }));
        }
        let role = Some(RoleSettings::at_sts(configuration, arn.to_owned(), by)?);
        Ok(Self { providers: Some(vec![ProviderClass::AssumedRole]), role, ..self })
    }
}

impl KeySettings {
    fn of(configuration: &Configuration) -> Result<Option<Self>, ConfigurationError> {
        let half = |setting: &Setting<'_>, other| {
            Err(refused(setting, format!("without {other}: set both, or neither")))
        };
        let key = rows::ACCESS_KEY.setting(configuration)?;
        let secret = rows::SECRET_KEY.setting(configuration)?;
        let (key, secret) = match (key, secret) {
            (None, None) => return Ok(None),
            (Some(key), None) => return half(&key, rows::SECRET_KEY.name),
            (None, Some(secret)) => return half(&secret, rows::ACCESS_KEY.name),
            (Some(key), Some(secret)) => (key, secret),
        };
        let session_token = rows::SESSION_TOKEN.read(configuration)?;
        Ok(Some(Self {
            access_key_id: key.value.to_string(),
            origin: secret.origin.clone(),
            secret_access_key: secret.value,
            session_token,
        }))
    }
}

impl RoleSettings {
    fn of(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        let Some(arn) = rows::ROLE_ARN.read(configuration)? else {
            return Err(error_at(configuration, rows::PROVIDERS, |setting| {
                refused(setting, "with AssumedRoleCredentialProvider: set fs.s3a.assumed.role.arn")
            }));
        };
        let by = classes(configuration, rows::ROLE_PROVIDERS)?.unwrap_or_default();
        if by.contains(&ProviderClass::AssumedRole) {
            return Err(error_at(configuration, rows::ROLE_PROVIDERS, |setting| {
                let fix = "with AssumedRoleCredentialProvider, whose role it is to assume: name \
                           providers of other credentials";
                refused(setting, fix)
            }));
        }
        Ok(Self {
            session_name: rows::ROLE_SESSION_NAME.read(configuration)?,
            policy: rows::ROLE_POLICY.read(configuration)?,
            external_id: rows::ROLE_EXTERNAL_ID.read(configuration)?,
            ..Self::at_sts(configuration, arn, by)?
        })
    }

    /// Returns a role with the settings of STS.
    fn at_sts(
        configuration: &Configuration,
        arn: String,
        by: Vec<ProviderClass>,
    ) -> Result<Self, ConfigurationError> {
        let duration = rows::ROLE_DURATION.read(configuration)?;
        let seconds = duration.unwrap_or(Duration::from_hours(1)).as_secs();
        let endpoint = rows::STS_ENDPOINT.setting(configuration)?;
        Ok(Self {
            arn,
            session_name: None,
            duration_seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
            policy: None,
            external_id: None,
            sts_endpoint: endpoint.map(|setting| base_url(&setting, "https")).transpose()?,
            sts_region: rows::STS_REGION.read(configuration)?,
            by,
        })
    }
}

/// Builds the error about an existing setting.
fn error_at(
    configuration: &Configuration,
    name: Name<List>,
    error: impl Fn(&Setting<'_>) -> ConfigurationError,
) -> ConfigurationError {
    match name.setting(configuration) {
        Ok(Some(setting)) => error(&setting),
        Ok(None) => ConfigurationError::Definition { name: name.name.to_owned() },
        Err(error) => error,
    }
}

/// Returns the providers that a setting names, in their order.
fn classes(
    configuration: &Configuration,
    name: Name<List>,
) -> Result<Option<Vec<ProviderClass>>, ConfigurationError> {
    let Some(setting) = name.setting(configuration)? else { return Ok(None) };
    let mapping = rows::PROVIDER_MAPPING.read(configuration)?.unwrap_or_default();
    let mapped = |class: &'_ str| {
        let mut pairs = mapping.iter().filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(from, _)| from.trim() == class);
        found.map_or_else(|| class.to_owned(), |(_, to)| to.trim().to_owned())
    };
    let mut classes = Vec::new();
    for class in value::list(&setting.value) {
        let known =
            ProviderClass::from_name(&mapped(class)).ok_or_else(|| unknown(&setting, class))?;
        if classes.last() == Some(&ProviderClass::Anonymous) {
            return Err(invalid(&setting, "in order: the anonymous provider must be the last"));
        }
        classes.push(known);
    }
    if classes.is_empty() {
        let expected = "a list of classes, such as \
                        org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider; without one, \
                        leave it out";
        return Err(invalid(&setting, expected));
    }
    if classes == [ProviderClass::Anonymous] {
        let fix = "without credentials: rolefs signs every request; name a provider \
                   such as org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider";
        return Err(refused(&setting, fix));
    }
    Ok(Some(classes))
}

/// Builds the error for an unsupported class.
fn unknown(setting: &Setting<'_>, class: &str) -> ConfigurationError {
    let remedy = ProviderClass::remedy(class);
    refused(setting, format!("with {class}, which rolefs cannot stand in for: {remedy}"))
}

impl core::fmt::Debug for KeySettings {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut shown = f.debug_struct("KeySettings");
        shown.field("access_key_id", &self.access_key_id).field("origin", &self.origin);
        shown.finish_non_exhaustive()
    }
}
