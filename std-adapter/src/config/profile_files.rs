//! AWS's two files, `config` and `credentials`, and the profiles in them.
//!
//! Sources: "Shared config and credentials files", "Location of the shared config and credentials
//! files" and "File format", AWS SDKs and Tools Reference Guide. Where the guide says nothing,
//! files are read as botocore reads them, and each difference from it is on purpose:
//!
//! | botocore | here | why |
//! |---|---|---|
//! | refuses a file with a byte order mark | takes it | Windows' editors write one |
//! | ignores a file that it may not read, and a directory | an error | otherwise another identity would be used silently |
//! | ignores a pipe | reads it | `AWS_CONFIG_FILE=<(...)` is meant to be read |
//! | expands `$NAME` and `~name` in the files' locations | only `~`; `~name` is an error | shells do the rest |
//! | reads the locale's encoding | UTF-8 | a file means the same everywhere |
//! | `AWS_DEFAULT_PROFILE` before `AWS_PROFILE` | the other way round | the guide, and all other SDKs, know the second only |
//! | an empty setting is a setting | counts as not set | as in [`Environment`] |

mod choice;
mod error;
mod ini;
mod location;
mod section;
mod section_name;

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use self::choice::{ProfileChoice, ProfileNotFoundError};
pub use self::error::ProfileFilesError;
pub use self::ini::ProfileSyntaxError;
use self::ini::Settings;
use self::location::{location, read, utf8};
pub use self::section::{Profile, Section};
use self::section_name::Kind;
use crate::config::environment::Environment;

/// All that AWS's two files say. Values are wiped when it is dropped, and `Debug` shows none.
///
/// ```
/// use rolesig_std::config::{ProfileChoice, ProfileFiles};
///
/// let config = "[profile ci]\nrole_arn = arn:aws:iam::123456789012:role/ci\n\
///               s3 =\n  addressing_style = path\n";
/// let files = ProfileFiles::parse(config, "[ci]\naws_access_key_id = AKIDEXAMPLE\n")?;
/// let Some(profile) = files.profile("ci") else { panic!() };
/// assert_eq!(profile.get("role_arn"), Some("arn:aws:iam::123456789012:role/ci"));
/// assert_eq!(profile.get("aws_access_key_id"), Some("AKIDEXAMPLE"), "both files are one");
/// assert_eq!(profile.nested("s3", "addressing_style"), Some("path"));
/// assert!(files.choose(ProfileChoice::Default)?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ProfileFiles {
    profiles: BTreeMap<String, Settings>,
    sso_sessions: BTreeMap<String, Settings>,
    services: BTreeMap<String, Settings>,
    /// For each profile in `credentials`, the names of its settings there.
    in_credentials: BTreeMap<String, BTreeSet<String>>,
    /// The names of sections in `config` that are not of AWS's tools, or misspelt.
    others: Vec<String>,
    read: Vec<PathBuf>,
}

impl ProfileFiles {
    /// Reads both files: those that `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name, else
    /// `~/.aws/config` and `~/.aws/credentials`. A file that does not exist is empty.
    ///
    /// `~` is `HOME`, or where that is not set `USERPROFILE`, or `HOMEDRIVE` and `HOMEPATH`
    /// together. Blocks while it reads.
    ///
    /// # Errors
    /// If an existing file cannot be read, is not UTF-8, or has an invalid line.
    pub fn of(environment: &Environment) -> Result<Self, ProfileFilesError> {
        let config = location(environment, "AWS_CONFIG_FILE", "config")?;
        let credentials = location(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials")?;
        let text = |path: &Option<PathBuf>| path.as_deref().map(read).transpose();
        let texts = (text(&config)?.flatten(), text(&credentials)?.flatten());
        let shown = |path: &Option<PathBuf>| path.clone().unwrap_or_default();
        let mut files = Self::merge(
            (&shown(&config), utf8(texts.0.as_ref())),
            (&shown(&credentials), utf8(texts.1.as_ref())),
        )?;
        files.read = config.into_iter().chain(credentials).collect();
        Ok(files)
    }

    /// Takes the texts of both files.
    ///
    /// # Errors
    /// If one has an invalid line.
    pub fn parse(config: &str, credentials: &str) -> Result<Self, ProfileFilesError> {
        Self::merge((Path::new("config"), Ok(config)), (Path::new("credentials"), Ok(credentials)))
    }

    fn merge(config: Text<'_>, credentials: Text<'_>) -> Result<Self, ProfileFilesError> {
        let mut files = Self {
            profiles: BTreeMap::new(),
            sso_sessions: BTreeMap::new(),
            services: BTreeMap::new(),
            in_credentials: BTreeMap::new(),
            others: Vec::new(),
            read: Vec::new(),
        };
        for section in sections(config)? {
            let Some((kind, name)) = section_name::read(&section.name) else {
                files.others.push(section.name);
                continue;
            };
            let sections = match kind {
                Kind::Profile => &mut files.profiles,
                Kind::SsoSession => &mut files.sso_sessions,
                Kind::Services => &mut files.services,
            };
            // The last of `[default]` and `[profile default]` holds, and not a mixture of both.
            sections.insert(name, section.settings);
        }
        for section in sections(credentials)? {
            let names = section.settings.keys().cloned();
            files.in_credentials.entry(section.name.clone()).or_default().extend(names);
            files.profiles.entry(section.name).or_default().extend(section.settings);
        }
        Ok(files)
    }

    /// Returns a profile, from both files; settings in `credentials` take precedence over those in
    /// `config`.
    pub fn profile(&self, name: &str) -> Option<Profile<'_>> {
        let section = Section::find(&self.profiles, name)?;
        Some(Profile::new(section, self))
    }

    /// Returns the names of all profiles, in order.
    pub fn profile_names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// Returns `[sso-session NAME]` of `config`.
    pub fn sso_session(&self, name: &str) -> Option<Section<'_>> {
        Section::find(&self.sso_sessions, name)
    }

    /// Returns the names of all SSO sessions, in order.
    pub fn sso_session_names(&self) -> impl Iterator<Item = &str> {
        self.sso_sessions.keys().map(String::as_str)
    }

    /// Returns `[services NAME]` of `config`.
    pub fn services(&self, name: &str) -> Option<Section<'_>> {
        Section::find(&self.services, name)
    }

    /// Returns the names of all sections of services, in order.
    pub fn services_names(&self) -> impl Iterator<Item = &str> {
        self.services.keys().map(String::as_str)
    }

    /// Returns all profiles, SSO sessions and sections of services.
    pub(crate) fn all_sections(&self) -> impl Iterator<Item = Section<'_>> {
        let all = [&self.profiles, &self.sso_sessions, &self.services];
        all.into_iter()
            .flat_map(|sections| sections.keys().filter_map(|name| Section::find(sections, name)))
    }

    /// Returns the paths of the files, whether they exist or not; without a home directory there
    /// can be none.
    pub fn locations(&self) -> &[PathBuf] {
        &self.read
    }

    /// Returns whether a profile's setting is in `credentials`, and so not in `config`.
    fn is_in_credentials(&self, profile: &str, setting: &str) -> bool {
        self.in_credentials.get(profile).is_some_and(|names| names.contains(setting))
    }

    /// Finds the section that would be a profile's if it were written in another way: without
    /// white space, with `profile` in `config`, and without it in `credentials`.
    fn nearly(&self, profile: &str) -> Option<String> {
        let is_nearly = |section: &&str| {
            let section = section.trim();
            section.strip_prefix("profile").map_or(section, str::trim) == profile
        };
        let config = self.others.iter().map(String::as_str).find(is_nearly);
        let right = |kind: &str| format!("[{kind}{profile}]");
        if let Some(section) = config {
            return Some(format!("write {} for [{section}] in config", right("profile ")));
        }
        let section = self.in_credentials.keys().map(String::as_str).find(is_nearly)?;
        Some(format!("write {} for [{section}] in credentials", right("")))
    }

    /// Returns the chosen profile; `None` if none was chosen and there is no profile `default`.
    ///
    /// # Errors
    /// If a profile was chosen by name and does not exist.
    pub fn choose(
        &self,
        choice: ProfileChoice<'_>,
    ) -> Result<Option<Profile<'_>>, ProfileNotFoundError> {
        match choice {
            ProfileChoice::Named { name, by } => self.named(name, by).map(Some),
            ProfileChoice::Default => Ok(self.profile(choice.name())),
        }
    }

    /// Returns the profile that a setting names.
    pub(crate) fn named(
        &self,
        name: &str,
        by: &'static str,
    ) -> Result<Profile<'_>, ProfileNotFoundError> {
        self.profile(name).ok_or_else(|| ProfileNotFoundError {
            name: name.to_owned(),
            by,
            files: self.read.clone(),
            exist: self.profile_names().map(str::to_owned).collect(),
            nearly: self.nearly(name),
        })
    }
}

/// The names only: a value may be a secret.
impl fmt::Debug for ProfileFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileFiles")
            .field("profiles", &self.profiles.keys())
            .field("sso_sessions", &self.sso_sessions.keys())
            .field("services", &self.services.keys())
            .field("locations", &self.read)
            .finish_non_exhaustive()
    }
}

/// A file's location, and its text or the line that is not UTF-8.
type Text<'t> = (&'t Path, Result<&'t str, usize>);

fn sections((path, text): Text<'_>) -> Result<Vec<ini::Section>, ProfileFilesError> {
    let text = text.map_err(|line| ProfileFilesError::Encoding { path: path.to_owned(), line })?;
    ini::parse(text).map_err(|(line, malformed)| ProfileFilesError::Malformed {
        path: path.to_owned(),
        line,
        malformed,
    })
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn reads_a_missing_file_as_empty_and_fails_on_an_unreadable_one() {
        let of = |path: &str| {
            let variables =
                [("AWS_CONFIG_FILE", path), ("AWS_SHARED_CREDENTIALS_FILE", "/no/file")];
            ProfileFiles::of(&variables.into_iter().collect())
        };
        assert_eq!(of("/dev/null/config").unwrap().profile_names().count(), 0);
        assert!(of("/").unwrap_err().to_string().starts_with("/: "));
    }

    #[test]
    fn prefers_credentials_over_config() {
        let config = "[profile a]\nx = 1\ny = 2\n[default]\nx = 3\n[a]\nz = 4";
        let files = ProfileFiles::parse(config, "[a]\ny = 5\n[profile b]\n").unwrap();
        let a = files.profile("a").unwrap();
        assert_eq!((a.get("x"), a.get("y"), a.get("z")), (Some("1"), Some("5"), None));
        assert!(files.profile_names().eq(["a", "default", "profile b"]));
    }

    #[test]
    fn uses_the_last_default_section() {
        let files = ProfileFiles::parse("[profile default]\nx=1\ny=1\n[default]\nx=2", "").unwrap();
        let profile = files.choose(ProfileChoice::Default).unwrap().unwrap();
        assert_eq!((profile.get("x"), profile.get("y")), (Some("2"), None));
    }

    #[test]
    fn names_file_and_line_but_no_value_in_errors() {
        let error = ProfileFiles::parse("", "[a]\naws_secret_access_key hush\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "credentials:2: neither [section] nor name = value: add the =, or make it a comment with #"
        );
        let path = Path::new("x");
        let error = sections((path, utf8(Some(&Zeroizing::new(b"a\n\xff".to_vec()))))).err();
        assert_eq!(error.unwrap().to_string(), "x:2: not UTF-8: save the file in that encoding");
    }

    #[test]
    fn requires_a_named_profile_to_exist() {
        let files = ProfileFiles::parse("[default]\n[profile ci]", "").unwrap();
        let environment = [("AWS_DEFAULT_PROFILE", "cd")].into_iter().collect();
        let mut error = files.choose(ProfileChoice::of(&environment)).unwrap_err();
        error.files = vec!["/h/.aws/config".into(), "/h/.aws/credentials".into()];
        assert_eq!(
            error.to_string(),
            "AWS_DEFAULT_PROFILE names the profile \"cd\", which is not in /h/.aws/config or \
             /h/.aws/credentials: name one of ci, default"
        );
    }

    #[test]
    fn suggests_the_section_with_a_similar_name() {
        let choice = ProfileChoice::Named { name: "q", by: "--profile" };
        for (config, credentials, expected) in [
            ("[q]", "", ": write [profile q] for [q] in config"),
            ("[ profile q ]", "", ": write [profile q] for [ profile q ] in config"),
            ("", "[profile q]", ": write [q] for [profile q] in credentials"),
            ("", "[ q ]", ": write [q] for [ q ] in credentials"),
            ("[profile other]", "", ": name one of other"),
        ] {
            let files = ProfileFiles::parse(config, credentials).unwrap();
            let error = files.choose(choice).unwrap_err().to_string();
            assert!(error.ends_with(expected), "{error}");
        }
    }

    #[test]
    fn hides_values_in_debug() {
        let files = ProfileFiles::parse("", "[a]\naws_secret_access_key = hush").unwrap();
        let shown = format!("{files:?} {:?}", files.profile("a"));
        assert!(shown.contains("aws_secret_access_key") && !shown.contains("hush"), "{shown}");
    }
}
