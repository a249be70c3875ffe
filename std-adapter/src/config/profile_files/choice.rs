//! The choice of a profile.

use core::fmt;
use std::path::PathBuf;

use crate::config::environment::Environment;

const DEFAULT: &str = "default";

/// The profile to use, and whether a setting names it.
///
/// ```
/// use rolesig_std::Environment;
/// use rolesig_std::config::ProfileChoice;
///
/// let environment: Environment = [("AWS_PROFILE", "ci")].into_iter().collect();
/// assert_eq!(ProfileChoice::of(&environment).name(), "ci");
/// assert_eq!(ProfileChoice::of(&Environment::default()), ProfileChoice::Default);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileChoice<'c> {
    /// A setting names it, so it must exist.
    Named {
        /// The profile's name.
        name: &'c str,
        /// The setting, for the error: `AWS_PROFILE`, `--profile`, `source_profile`.
        by: &'static str,
    },
    /// No setting names one: `default`, if it exists.
    Default,
}

impl<'c> ProfileChoice<'c> {
    /// Returns the profile that an option [names](Environment::name_profile), else that of
    /// `AWS_PROFILE`, else that of `AWS_DEFAULT_PROFILE`, else [`Default`](Self::Default).
    pub fn of(environment: &'c Environment) -> Self {
        let named = |by| environment.get(by).map(|name| Self::Named { name, by });
        if let (true, Some(name)) = (environment.is_profile_named(), environment.get("AWS_PROFILE"))
        {
            return Self::Named { name, by: "--profile" };
        }
        named("AWS_PROFILE").or_else(|| named("AWS_DEFAULT_PROFILE")).unwrap_or(Self::Default)
    }

    /// Returns the profile's name.
    pub const fn name(&self) -> &'c str {
        match self {
            Self::Named { name, .. } => name,
            Self::Default => DEFAULT,
        }
    }
}

/// A named profile does not exist.
///
/// ```
/// use rolesig_std::config::{ProfileChoice, ProfileFiles};
///
/// let files = ProfileFiles::parse("[profile dev]\nregion = eu-west-1\n", "")?;
/// let choice = ProfileChoice::Named { name: "ci", by: "AWS_PROFILE" };
/// let error = files.choose(choice).err().ok_or("there is one")?;
/// assert_eq!((error.by, error.exist), ("AWS_PROFILE", vec!["dev".to_owned()]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProfileNotFoundError {
    /// The name.
    pub name: String,
    /// The setting that names it.
    pub by: &'static str,
    /// The files it was looked for in.
    pub files: Vec<PathBuf>,
    /// The profiles that exist.
    pub exist: Vec<String>,
    /// The remedy, if a section is nearly the profile's.
    pub nearly: Option<String>,
}

impl fmt::Display for ProfileNotFoundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: Vec<_> = self.files.iter().map(|path| path.display().to_string()).collect();
        write!(f, "{} names the profile {:?}, which is not in ", self.by, self.name)?;
        match files.as_slice() {
            [] => f.write_str("the files, since HOME is not set")?,
            files => f.write_str(&files.join(" or "))?,
        }
        if let Some(remedy) = &self.nearly {
            return write!(f, ": {remedy}");
        }
        match self.exist.as_slice() {
            [] => f.write_str(": there are no profiles; add [profile NAME] to the first"),
            exist => write!(f, ": name one of {}", exist.join(", ")),
        }
    }
}

impl core::error::Error for ProfileNotFoundError {}
