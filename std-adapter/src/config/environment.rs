//! The environment variables that AWS's tools agree on, as a value.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;

use rolesig::Credentials;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::identity::{Identity, Source};
use crate::read::point_in_time::point_in_time;
use crate::read::white_space::trim;

/// Environment variables, read once. A value rather than the process's own, so that tests and
/// programs can give another.
///
/// ```
/// use rolesig_std::Environment;
///
/// let environment: Environment =
///     [("AWS_REGION", "eu-west-1"), ("AWS_PROFILE", "")].into_iter().collect();
/// assert_eq!(environment.get("AWS_REGION"), Some("eu-west-1"));
/// assert_eq!(environment.get("AWS_PROFILE"), None, "empty counts as not set");
/// ```
#[derive(Clone, Default)]
pub struct Environment {
    variables: HashMap<String, Zeroizing<String>>,
    /// The setting of the program that stands for a variable, for errors.
    set_by: HashMap<String, String>,
    is_profile_named: bool,
}

/// The variables for the user's home directory, by system.
const HOME: [&str; 4] = ["HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH"];

/// The variables for proxies and certificates.
const NETWORK: [&str; 11] = [
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "REQUEST_METHOD",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// The role of EMR's `AssumeRoleAWSCredentialsProvider`.
const EMR_ROLE: &str = "ASSUME_ROLE_CREDENTIALS_ROLE_ARN";

/// Returns whether this library, or a program that uses it, reads a variable.
fn is_ours(name: &str) -> bool {
    name == EMR_ROLE || name.starts_with("AWS_") || HOME.contains(&name) || NETWORK.contains(&name)
}

impl Environment {
    /// Reads the variables of this process whose names begin with `AWS_`, and those for the user's
    /// files, for proxies (`HTTPS_PROXY`, …), for certificates (`SSL_CERT_FILE`, `SSL_CERT_DIR`)
    /// and for EMR (`ASSUME_ROLE_CREDENTIALS_ROLE_ARN`). In a value that is not Unicode, U+FFFD
    /// replaces what cannot be read: a file of such a name is an error, and the default does not
    /// silently take its place. Only directories of the user are left out then. Where `HOME` is not
    /// set, as in a service of systemd, the system's database of users is asked.
    pub fn of_process() -> Self {
        let mut environment = Self::of_system(std::env::vars_os());
        if environment.home().is_none()
            && let Some(home) =
                std::env::home_dir().and_then(|home| home.into_os_string().into_string().ok())
        {
            environment.set("HOME", home);
        }
        environment
    }

    /// Takes the variables that this library reads.
    fn of_system(variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let named = variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        named
            .filter(|(name, _)| is_ours(name))
            .filter_map(|(name, value)| match value.into_string() {
                Ok(value) => Some((name, value)),
                // Files are written there, and no directory of another name must be made.
                Err(_) if HOME.contains(&name.as_str()) => None,
                Err(value) => Some((name, value.to_string_lossy().into_owned())),
            })
            .collect()
    }

    /// Returns a variable's value without the white space around it, unless it is not set or empty.
    /// Values from Kubernetes, Docker and CI services often end with a line end.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| trim(value)).filter(|value| !value.is_empty())
    }

    /// Returns the names of the variables that are set and not empty, in order.
    ///
    /// ```
    /// use rolesig_std::Environment;
    ///
    /// let environment: Environment =
    ///     [("AWS_REGION", "eu-west-1"), ("AWS_PROFILE", "")].into_iter().collect();
    /// assert_eq!(environment.names(), ["AWS_REGION"]);
    /// ```
    pub fn names(&self) -> Vec<&str> {
        let names = self.variables.keys().map(String::as_str);
        let mut names: Vec<_> = names.filter(|name| self.get(name).is_some()).collect();
        names.sort_unstable();
        names
    }

    /// Returns whether a variable is `true`, in any case.
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Sets a variable in this value, not in the process.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.variables.insert(name.into(), Zeroizing::new(value.into()));
    }

    /// Sets a variable as [`set`](Self::set) does, for a setting of the program that stands for it:
    /// errors name `by`.
    pub fn set_by(
        &mut self,
        name: impl Into<String>,
        value: impl Into<String>,
        by: impl Into<String>,
    ) {
        let name = name.into();
        self.set_by.insert(name.clone(), by.into());
        self.set(name, value);
    }

    /// Returns what errors call a variable.
    pub(crate) fn setter<'e>(&'e self, name: &'e str) -> &'e str {
        self.set_by.get(name).map_or(name, String::as_str)
    }

    /// Returns whether a variable is set, even to an empty value.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    /// Removes a variable from this value, not from the process.
    pub fn remove(&mut self, name: &str) {
        self.variables.remove(name);
    }

    /// Chooses a profile by an option of a program. Unlike `AWS_PROFILE`, this takes precedence
    /// over keys in the environment, which are then only for a profile whose `credential_source`
    /// they are.
    pub fn name_profile(&mut self, profile: impl Into<String>) {
        self.set("AWS_PROFILE", profile);
        self.is_profile_named = true;
    }

    /// Returns whether a profile was [named](Self::name_profile).
    pub(crate) const fn is_profile_named(&self) -> bool {
        self.is_profile_named
    }

    /// Returns the user's home directory: `HOME`, or where that is not set `USERPROFILE`, or
    /// `HOMEDRIVE` and `HOMEPATH` together.
    pub(crate) fn home(&self) -> Option<PathBuf> {
        let in_two = || Some(format!("{}{}", self.get("HOMEDRIVE")?, self.get("HOMEPATH")?).into());
        let in_one = ["HOME", "USERPROFILE"].into_iter().find_map(|name| self.get(name));
        in_one.map(PathBuf::from).or_else(in_two)
    }

    /// Returns the credentials in `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
    /// `AWS_SESSION_TOKEN`, if the first two are set. Reads `AWS_CREDENTIAL_EXPIRATION` and
    /// `AWS_ACCOUNT_ID`, too.
    ///
    /// # Errors
    /// If only one of the two is set, or the expiration is not a valid time.
    pub fn credentials(&self) -> Result<Option<Identity>, EnvironmentError> {
        const KEY: &str = "AWS_ACCESS_KEY_ID";
        const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
        const EXPIRATION: &str = "AWS_CREDENTIAL_EXPIRATION";
        let (access_key_id, secret_access_key) = match (self.get(KEY), self.get(SECRET)) {
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(EnvironmentError::Half { is: KEY, is_not: SECRET }),
            (None, Some(_)) => return Err(EnvironmentError::Half { is: SECRET, is_not: KEY }),
            (Some(key), Some(secret)) => (key, secret),
        };
        let expiration = self.get(EXPIRATION).map(point_in_time);
        let session_token = self.get("AWS_SESSION_TOKEN");
        Ok(Some(Identity::new(
            Credentials { access_key_id, secret_access_key, session_token },
            expiration.transpose().map_err(|_| EnvironmentError::Expiration)?,
            self.get("AWS_ACCOUNT_ID"),
            Source::Environment,
        )))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables.into_iter();
        let variables = variables.map(|(name, value)| (name.into(), Zeroizing::new(value.into())));
        Self { variables: variables.collect(), ..Self::default() }
    }
}

/// The names only: a value may be a secret.
impl core::fmt::Debug for Environment {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set().entries(self.variables.keys().filter(|name| is_ours(name))).finish()
    }
}

/// Credentials in the environment that are not whole.
///
/// ```
/// use rolesig_std::Environment;
///
/// let environment: Environment = [("AWS_ACCESS_KEY_ID", "AKID")].into_iter().collect();
/// let error = environment.credentials().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not: set both, or neither"
/// );
/// ```
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvironmentError {
    /// One of the two variables that belong together.
    #[error("{is} is set but {is_not} is not: set both, or neither")]
    Half {
        /// The one that is set.
        is: &'static str,
        /// The one that is not.
        is_not: &'static str,
    },
    /// The expiration is not a valid point in time.
    #[error(
        "AWS_CREDENTIAL_EXPIRATION must be a point in time with its offset, such as \
         2015-08-30T12:36:00Z"
    )]
    Expiration,
    /// They have expired.
    #[error("AWS_CREDENTIAL_EXPIRATION has passed: set fresh credentials")]
    Expired,
}

#[cfg(test)]
mod tests;
