//! Values of settings, or what is wrong with them.

use core::time::Duration;

use rolesig_std::url::BaseUrl;

use super::secret::{is_secret, without_user};
use crate::configuration::{Configuration, ConfigurationError, Setting, value};

/// Reads values of a kind.
pub(super) trait Read {
    /// A text that is not empty.
    fn text(&self, name: &str) -> Result<Option<String>, ConfigurationError>;
    /// Whether it is true. Hadoop takes the default for what is neither true nor false; here it is
    /// an error, since a misspelt `true` protects nothing.
    fn is_true(&self, name: &str) -> Result<bool, ConfigurationError>;
    /// Whether it is true; `default` if nothing is said.
    fn is_true_or(&self, name: &str, default: bool) -> Result<bool, ConfigurationError>;
    /// A size in bytes; `default` if nothing is said.
    fn bytes(&self, name: &str, default: u64) -> Result<u64, ConfigurationError>;
    /// A number; `default` if nothing is said.
    fn number(&self, name: &str, default: u32) -> Result<u32, ConfigurationError>;
    /// A duration; without a unit, `unit` is meant, and if nothing is said, `default`.
    fn duration(
        &self,
        name: &str,
        unit: Duration,
        default: Duration,
    ) -> Result<Duration, ConfigurationError>;
}

impl Read for Configuration {
    fn text(&self, name: &str) -> Result<Option<String>, ConfigurationError> {
        Ok(self.get(name)?.map(|setting| setting.value.to_string()))
    }

    fn is_true(&self, name: &str) -> Result<bool, ConfigurationError> {
        self.is_true_or(name, false)
    }

    fn is_true_or(&self, name: &str, default: bool) -> Result<bool, ConfigurationError> {
        Ok(parsed(self, name, "true or false", value::boolean)?.unwrap_or(default))
    }

    fn bytes(&self, name: &str, default: u64) -> Result<u64, ConfigurationError> {
        let expected = "a size such as 67108864 or 64M";
        Ok(parsed(self, name, expected, value::bytes)?.unwrap_or(default))
    }

    fn number(&self, name: &str, default: u32) -> Result<u32, ConfigurationError> {
        Ok(parsed(self, name, "a whole number such as 4", value::number)?.unwrap_or(default))
    }

    fn duration(
        &self,
        name: &str,
        unit: Duration,
        default: Duration,
    ) -> Result<Duration, ConfigurationError> {
        let parse = |text: &str| value::duration(text, unit);
        Ok(parsed(self, name, "a duration such as 500ms or 15m", parse)?.unwrap_or(default))
    }
}

fn parsed<T>(
    configuration: &Configuration,
    name: &str,
    expected: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, ConfigurationError> {
    let Some(setting) = configuration.get(name)? else { return Ok(None) };
    parse(&setting.value).map(Some).ok_or_else(|| invalid(&setting, expected))
}

/// Parses a URL; one without a scheme gets `scheme`.
pub(super) fn base_url(setting: &Setting<'_>, scheme: &str) -> Result<BaseUrl, ConfigurationError> {
    let text = setting.value.as_str();
    let url = if text.contains("://") { text.to_owned() } else { format!("{scheme}://{text}") };
    let expected = "a URL such as https://host:8443/path, without user, query and fragment";
    url.parse().map_err(|_| invalid(setting, expected))
}

/// Returns that a value is not what it should be. It may hold a password.
pub(super) fn invalid(setting: &Setting<'_>, expected: &'static str) -> ConfigurationError {
    let name = setting.written.to_owned();
    let value =
        if is_secret(&name) { "...".into() } else { without_user(&setting.value).into_owned() };
    ConfigurationError::Value { at: setting.origin.clone(), value, name, expected }
}

/// That a setting must not be ignored.
pub(super) fn refused(setting: &Setting<'_>, fix: impl Into<String>) -> ConfigurationError {
    let (name, at) = (setting.written.to_owned(), setting.origin.clone());
    ConfigurationError::Refused { name, at, fix: fix.into() }
}
