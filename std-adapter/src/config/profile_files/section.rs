//! Sections and profiles.

use core::fmt;
use std::collections::BTreeMap;

use super::ProfileFiles;
use super::ini::{Settings, Value};

/// A section of a file, with its settings. Names of settings are in lower case.
///
/// ```
/// use rolesig_std::config::ProfileFiles;
///
/// let config = "[sso-session corp]\nsso_region = eu-west-1\n";
/// let files = ProfileFiles::parse(config, "")?;
/// let session = files.sso_session("corp").ok_or("no session corp")?;
/// assert_eq!((session.name(), session.get("sso_region")), ("corp", Some("eu-west-1")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Section<'f> {
    name: &'f str,
    settings: &'f Settings,
}

impl<'f> Section<'f> {
    pub(super) fn find(sections: &'f BTreeMap<String, Settings>, name: &str) -> Option<Self> {
        sections.get_key_value(name).map(|(name, settings)| Self { name, settings })
    }

    /// Returns its name, without the word `profile`, `sso-session` or `services`.
    pub const fn name(&self) -> &'f str {
        self.name
    }

    /// Returns a setting, unless it is empty or has sub-settings.
    pub fn get(&self, setting: &str) -> Option<&'f str> {
        match self.settings.get(setting)? {
            Value::Text(text) => Some(text.as_str()).filter(|text| !text.is_empty()),
            Value::Nested(_) => None,
        }
    }

    /// Returns a sub-setting, such as `addressing_style` of `s3`, unless it is empty.
    pub fn nested(&self, setting: &str, subsetting: &str) -> Option<&'f str> {
        match self.settings.get(setting)? {
            Value::Text(_) => None,
            Value::Nested(nested) => {
                nested.get(subsetting).map(|text| text.as_str()).filter(|text| !text.is_empty())
            }
        }
    }

    /// Returns all settings and their values, empty ones included; sub-settings with both names.
    pub fn settings(&self) -> impl Iterator<Item = (&'f str, Option<&'f str>, &'f str)> {
        self.settings.iter().flat_map(|(name, value)| -> Vec<_> {
            match value {
                Value::Text(text) => vec![(name.as_str(), None, text.as_str())],
                Value::Nested(nested) => nested
                    .iter()
                    .map(|(subsetting, text)| {
                        (name.as_str(), Some(subsetting.as_str()), text.as_str())
                    })
                    .collect(),
            }
        })
    }
}

/// The names only: a value may be a secret.
impl fmt::Debug for Section<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Section")
            .field("name", &self.name)
            .field("settings", &self.settings.keys())
            .finish()
    }
}

/// A profile. `Debug` shows the names of its settings only.
///
/// ```
/// use rolesig_std::config::ProfileFiles;
///
/// let config = "[profile dev]\nregion = eu-west-1\ns3 =\n  addressing_style = path\n";
/// let files = ProfileFiles::parse(config, "[dev]\naws_access_key_id = AKID\n")?;
/// let dev = files.profile("dev").ok_or("no profile dev")?;
/// assert_eq!(dev.get("region"), Some("eu-west-1"));
/// assert_eq!(dev.get("aws_access_key_id"), Some("AKID"));
/// assert_eq!(dev.nested("s3", "addressing_style"), Some("path"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Profile<'f> {
    section: Section<'f>,
    files: &'f ProfileFiles,
}

impl<'f> Profile<'f> {
    pub(super) const fn new(section: Section<'f>, files: &'f ProfileFiles) -> Self {
        Self { section, files }
    }

    /// Returns its name.
    pub const fn name(&self) -> &'f str {
        self.section.name()
    }

    /// Returns a setting, unless it is empty or has sub-settings.
    pub fn get(&self, setting: &str) -> Option<&'f str> {
        self.section.get(setting)
    }

    /// Returns a setting that belongs to the profile's keys, only from the file with the keys. A
    /// token in the other file belongs to other keys.
    pub(crate) fn get_beside(&self, keys: &[&str], setting: &str) -> Option<&'f str> {
        let is_in_credentials = |setting| self.files.is_in_credentials(self.name(), setting);
        let are_keys = keys.iter().any(|key| is_in_credentials(key) && self.get(key).is_some());
        self.get(setting).filter(|_| is_in_credentials(setting) == are_keys)
    }

    /// Returns a sub-setting, such as `addressing_style` of `s3`, unless it is empty.
    pub fn nested(&self, setting: &str, subsetting: &str) -> Option<&'f str> {
        self.section.nested(setting, subsetting)
    }

    /// Returns whether a setting is `true`, in any case; `None` if it is not set.
    pub fn is_true(&self, setting: &str) -> Option<bool> {
        self.get(setting).map(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Returns the settings without the files.
    pub const fn section(&self) -> Section<'f> {
        self.section
    }

    /// Returns its files, for the other profiles and sections that it names.
    pub const fn files(&self) -> &'f ProfileFiles {
        self.files
    }
}

impl fmt::Debug for Profile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.section.fmt(f)
    }
}
