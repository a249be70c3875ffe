//! Which credentials, from where.
//!
//! Source: "Authenticating with S3", "Working with IAM Assumed Roles" (Hadoop 3.4).

use core::time::Duration;

use rolesig_std::url::BaseUrl;
use zeroize::Zeroizing;

use super::provider_class::ProviderClass;
use super::read::{Read as _, base_url, invalid, refused};
use crate::configuration::{Configuration, ConfigurationError, Origin, Setting, value};

mod providers;

/// Which credentials, from where.
#[derive(Debug)]
pub struct CredentialSettings {
    /// `fs.s3a.aws.credentials.provider`, if it is said.
    pub providers: Option<Vec<ProviderClass>>,
    /// Keys in the configuration itself.
    pub keys: Option<KeySettings>,
    /// `fs.s3a.auth.profile.file`.
    pub profile_file: Option<String>,
    /// `fs.s3a.auth.profile.name`.
    pub profile_name: Option<String>,
    /// The role to assume, if a provider is about one.
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
    /// Where the secret key is.
    pub origin: Origin,
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
    /// `.credentials.provider`: whose credentials assume it.
    pub by: Vec<ProviderClass>,
}

const PROVIDERS: &str = "fs.s3a.aws.credentials.provider";
const BY: &str = "fs.s3a.assumed.role.credentials.provider";

impl CredentialSettings {
    pub(super) fn of(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        let providers = classes(configuration, PROVIDERS)?;
        let has_role = |classes: &Vec<_>| classes.contains(&ProviderClass::AssumedRole);
        let role = if providers.as_ref().is_some_and(has_role) {
            Some(RoleSettings::of(configuration)?)
        } else {
            None
        };
        Ok(Self {
            keys: KeySettings::of(configuration)?,
            providers,
            profile_file: configuration.text("fs.s3a.auth.profile.file")?,
            profile_name: configuration.text("fs.s3a.auth.profile.name")?,
            role,
        })
    }

    /// Assumes a role of `fs.s3a.authorization.roleMapping` with the credentials that the settings
    /// name otherwise.
    ///
    /// # Errors
    /// If these are a role's already that STS gives, or a setting of STS is wrong.
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
            return Err(said(configuration, PROVIDERS, |setting| {
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
        const KEY: &str = "fs.s3a.access.key";
        const SECRET: &str = "fs.s3a.secret.key";
        let half = |setting: &Setting<'_>, other| {
            Err(refused(setting, format!("without {other}: set both, or neither")))
        };
        let (key, secret) = match (configuration.get(KEY)?, configuration.get(SECRET)?) {
            (None, None) => return Ok(None),
            (Some(key), None) => return half(&key, SECRET),
            (None, Some(secret)) => return half(&secret, KEY),
            (Some(key), Some(secret)) => (key, secret),
        };
        let token = configuration.get("fs.s3a.session.token")?;
        Ok(Some(Self {
            access_key_id: key.value.to_string(),
            origin: secret.origin.clone(),
            secret_access_key: secret.value,
            session_token: token.map(|token| token.value),
        }))
    }
}

impl RoleSettings {
    fn of(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        let own = |rest: &str| configuration.text(&format!("fs.s3a.assumed.role.{rest}"));
        let Some(arn) = own("arn")? else {
            return Err(said(configuration, PROVIDERS, |setting| {
                refused(setting, "with AssumedRoleCredentialProvider: set fs.s3a.assumed.role.arn")
            }));
        };
        let by = classes(configuration, BY)?.unwrap_or_default();
        if by.contains(&ProviderClass::AssumedRole) {
            return Err(said(configuration, BY, |setting| {
                refused(
                    setting,
                    "with AssumedRoleCredentialProvider, which is what it is for: name \
                                  providers of other credentials",
                )
            }));
        }
        Ok(Self {
            session_name: own("session.name")?,
            policy: own("policy")?,
            external_id: own("external.id")?,
            ..Self::at_sts(configuration, arn, by)?
        })
    }

    /// A role, and what is said of STS.
    fn at_sts(
        configuration: &Configuration,
        arn: String,
        by: Vec<ProviderClass>,
    ) -> Result<Self, ConfigurationError> {
        let duration_name = "fs.s3a.assumed.role.session.duration";
        let duration = configuration.duration(
            duration_name,
            Duration::from_secs(1),
            Duration::from_hours(1),
        )?;
        let endpoint = configuration.get("fs.s3a.assumed.role.sts.endpoint")?;
        Ok(Self {
            arn,
            session_name: None,
            duration_seconds: u32::try_from(duration.as_secs()).unwrap_or(u32::MAX),
            policy: None,
            external_id: None,
            sts_endpoint: endpoint.map(|setting| base_url(&setting, "https")).transpose()?,
            sts_region: configuration.text("fs.s3a.assumed.role.sts.endpoint.region")?,
            by,
        })
    }
}

/// The error about a setting that is there.
fn said(
    configuration: &Configuration,
    name: &str,
    error: impl Fn(&Setting<'_>) -> ConfigurationError,
) -> ConfigurationError {
    match configuration.get(name) {
        Ok(Some(setting)) => error(&setting),
        Ok(None) => ConfigurationError::Definition { name: name.to_owned() },
        Err(error) => error,
    }
}

/// The providers that a setting names, in their order.
fn classes(
    configuration: &Configuration,
    name: &str,
) -> Result<Option<Vec<ProviderClass>>, ConfigurationError> {
    let Some(setting) = configuration.get(name)? else { return Ok(None) };
    let mapping = configuration.get("fs.s3a.aws.credentials.provider.mapping")?;
    let mapped = |class: &'_ str| {
        let pairs = value::list(mapping.as_ref().map_or("", |mapping| &mapping.value));
        let mut pairs = pairs.filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(from, _)| from.trim() == class);
        found.map_or_else(|| class.to_owned(), |(_, to)| to.trim().to_owned())
    };
    let mut classes = Vec::new();
    for class in value::list(&setting.value) {
        let known = ProviderClass::of(&mapped(class)).ok_or_else(|| unknown(&setting, class))?;
        if classes.last() == Some(&ProviderClass::Anonymous) {
            return Err(invalid(&setting, "in order: the anonymous provider must be the last"));
        }
        classes.push(known);
    }
    if classes == [ProviderClass::Anonymous] {
        let fix = "without credentials: rolefs signs all that it sends; name a provider of some, \
                   such as org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider";
        return Err(refused(&setting, fix));
    }
    Ok(Some(classes))
}

/// That rolefs has nothing for a class.
fn unknown(setting: &Setting<'_>, class: &str) -> ConfigurationError {
    let remedy = ProviderClass::remedy(class);
    refused(setting, format!("with {class}, for which rolefs has nothing: {remedy}"))
}

impl core::fmt::Debug for KeySettings {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut shown = f.debug_struct("KeySettings");
        shown.field("access_key_id", &self.access_key_id).field("origin", &self.origin);
        shown.finish_non_exhaustive()
    }
}
