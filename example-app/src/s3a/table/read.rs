//! Values of settings, read by their names, and the errors of invalid ones.

use rolesig_std::config::{BaseUrl, Region, mask_login};

use super::form::{Switch, Text, ValueType};
use super::row::Name;
use crate::configuration::{Configuration, ConfigurationError, Setting};
use crate::s3a::secret::is_secret;

impl<F: ValueType> Name<F> {
    /// Reads the value; `None` if it is not set.
    pub(in crate::s3a) fn read(
        &self,
        configuration: &Configuration,
    ) -> Result<Option<F::Value>, ConfigurationError> {
        parsed::<F>(configuration, self.name)
    }

    /// Returns the value as it is written, with its origin.
    pub(in crate::s3a) fn setting<'c>(
        &self,
        configuration: &'c Configuration,
    ) -> Result<Option<Setting<'c>>, ConfigurationError> {
        configuration.get(self.name)
    }
}

impl Name<Switch> {
    /// Returns whether the setting is `true`.
    pub(in crate::s3a) fn is_on(
        &self,
        configuration: &Configuration,
    ) -> Result<bool, ConfigurationError> {
        Ok(self.read(configuration)?.unwrap_or(false))
    }
}

/// Reads a value in a form under any name.
pub(in crate::s3a) fn parsed<F: ValueType>(
    configuration: &Configuration,
    name: &str,
) -> Result<Option<F::Value>, ConfigurationError> {
    let Some(setting) = configuration.get(name)? else { return Ok(None) };
    F::parse(&setting.value).map(Some).ok_or_else(|| invalid(&setting, F::EXPECTED))
}

/// Parses a URL; one without a scheme gets `scheme`.
pub(in crate::s3a) fn base_url(
    setting: &Setting<'_>,
    scheme: &str,
) -> Result<BaseUrl, ConfigurationError> {
    let text = setting.value.as_str();
    let url = if text.contains("://") { text.to_owned() } else { format!("{scheme}://{text}") };
    let expected = "a URL such as https://host:8443/path, without user, query and fragment";
    url.parse().map_err(|_| invalid(setting, expected))
}

/// Reads the name of a region.
pub(in crate::s3a) fn region(
    name: &Name<Text>,
    configuration: &Configuration,
) -> Result<Option<String>, ConfigurationError> {
    let Some(setting) = name.setting(configuration)? else { return Ok(None) };
    let region = setting.value.parse::<Region>();
    let region = region.map_err(|_| invalid(&setting, "a region such as eu-west-1"))?;
    Ok(Some(region.to_string()))
}

/// Builds the error for an invalid value, which is masked where it can hold a password.
pub(in crate::s3a) fn invalid(setting: &Setting<'_>, expected: &'static str) -> ConfigurationError {
    let name = setting.written.to_owned();
    let value =
        if is_secret(&name) { "...".into() } else { mask_login(&setting.value).into_owned() };
    ConfigurationError::Value { at: setting.origin.clone(), value, name, expected }
}

/// Builds the error for an unsupported setting.
pub(in crate::s3a) fn refused(setting: &Setting<'_>, fix: impl Into<String>) -> ConfigurationError {
    let (name, at) = (setting.written.to_owned(), setting.origin.clone());
    ConfigurationError::Refused { name, at, fix: fix.into() }
}
