//! The region: where requests go, and the one they are signed for.

use core::fmt;
use core::str::FromStr;

use thiserror::Error;

use crate::config::environment::Environment;
use crate::config::profile_files::Profile;
use crate::config::setting::Setting;

/// A region's name: letters, digits and hyphens, up to 63, as in a host's name. That it exists is
/// not checked: there are new ones each year, and other makers' servers have their own.
///
/// ```
/// use rolesig_std::config::Region;
///
/// let region: Region = "eu-west-1".parse()?;
/// assert_eq!(region.as_str(), "eu-west-1");
/// assert!("eu-west-1.example.com/".parse::<Region>().is_err());
/// # Ok::<(), rolesig_std::config::RegionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Region(String);

impl Region {
    /// Returns the region in `AWS_REGION`, else in `AWS_DEFAULT_REGION`, else in the profile's
    /// `region`; `None` if none is set. The metadata service of an instance, or the user, can be
    /// asked then.
    ///
    /// `AWS_REGION` is what all SDKs but botocore read, and what Lambda and ECS set;
    /// `AWS_DEFAULT_REGION` is all that botocore and the AWS CLI read. So with both set botocore
    /// takes the other one. Source: "AWS Region", AWS SDKs and Tools Reference Guide.
    ///
    /// # Errors
    /// If it is not a region's name.
    pub fn of(
        environment: &Environment,
        profile: Option<Profile<'_>>,
    ) -> Result<Option<Self>, RegionError> {
        let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"];
        let setting = Setting::find(environment, &variables, profile, "region");
        let Some(Setting { by, value }) = setting else { return Ok(None) };
        value.parse().map(Some).map_err(|error: RegionError| RegionError { by: Some(by), ..error })
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the region that an old name of S3's means at AWS: `EU` is `eu-west-1`, and `US` and
    /// `s3-external-1` are `us-east-1`. AWS's own names are in lower case. Other makers' stores can
    /// have a region of such a name.
    ///
    /// Sources: `GetBucketLocation`, Amazon S3 API Reference (`EU`); "Amazon S3 endpoints and
    /// quotas", AWS General Reference (`s3-external-1`); `Region` of the AWS SDK for Java 1 (`US`).
    ///
    /// ```
    /// use rolesig_std::config::Region;
    ///
    /// let region: Region = "EU".parse()?;
    /// assert_eq!(region.at_aws().as_str(), "eu-west-1");
    /// # Ok::<(), rolesig_std::config::RegionError>(())
    /// ```
    #[must_use]
    pub fn at_aws(&self) -> Self {
        match self.as_str() {
            "EU" | "eu" => Self::known("eu-west-1"),
            "US" | "us" | "s3-external-1" => Self::known("us-east-1"),
            name => Self::known(&name.to_ascii_lowercase()),
        }
    }

    /// Returns the region of an availability zone of AWS's, such as `us-east-1a`; `None` if it is
    /// none.
    pub(crate) fn of_zone(&self) -> Option<Self> {
        let (before, last) = self.0.rsplit_once('-')?;
        let number = last.strip_suffix(|c: char| c.is_ascii_lowercase())?;
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let is_words = before.split('-').count() >= 2;
        // A local zone has the region in front, as `us-west-2-lax-1a`.
        let parts: Vec<_> = before.split('-').collect();
        let region = match parts.iter().position(|part| is_number(part)) {
            Some(at) => parts.get(..=at)?.join("-"),
            None => format!("{before}-{number}"),
        };
        (is_number(number) && is_words).then(|| Self::known(&region))
    }

    /// Creates a region from a name that the program itself knows to be valid.
    pub(crate) fn known(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(name: &str) -> Result<Self, RegionError> {
        let wrong = |why| Err(RegionError { by: None, why });
        let is_label = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && (1..=63).contains(&name.len())
            && !name.starts_with('-')
            && !name.ends_with('-')
            && !name.bytes().all(|byte| byte.is_ascii_digit());
        if !is_label {
            return wrong(InvalidRegionError::Form);
        }
        if name.starts_with("fips-") || name.ends_with("-fips") {
            return wrong(InvalidRegionError::Fips);
        }
        Ok(Self(name.to_owned()))
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is not a region's name.
///
/// ```
/// use rolesig_std::Environment;
/// use rolesig_std::config::Region;
///
/// let environment: Environment = [("AWS_REGION", "eu west 1")].into_iter().collect();
/// let error = Region::of(&environment, None).unwrap_err();
/// assert_eq!(error.by.as_deref(), Some("AWS_REGION"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}: {why}", by.as_deref().unwrap_or("the region"))]
#[non_exhaustive]
pub struct RegionError {
    /// The setting with that value, if it is known.
    pub by: Option<String>,
    /// The reason why it is invalid.
    pub why: InvalidRegionError,
}

/// The reason why a text is not a region's name.
///
/// ```
/// use rolesig_std::config::{InvalidRegionError, Region};
///
/// let error = "fips-us-gov-west-1".parse::<Region>().unwrap_err();
/// assert_eq!(error.why, InvalidRegionError::Fips);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidRegionError {
    /// It cannot be part of a host's name.
    #[error("not a region such as eu-west-1: letters, digits and hyphens, up to 63")]
    Form,
    /// An old way to ask for FIPS endpoints.
    #[error("not a region: leave out \"fips\", and set AWS_USE_FIPS_ENDPOINT=true")]
    Fips,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::profile_files::ProfileFiles;

    #[test]
    fn prefers_variables_over_the_profile() {
        let files = ProfileFiles::parse("[default]\nregion = c-3", "").unwrap();
        let region = |variables: &[(&str, &str)]| {
            let environment = variables.iter().copied().collect();
            Region::of(&environment, files.profile("default")).unwrap().unwrap().to_string()
        };
        assert_eq!(region(&[("AWS_REGION", "a-1"), ("AWS_DEFAULT_REGION", "b-2")]), "a-1");
        assert_eq!(region(&[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "b-2")]), "b-2");
        assert_eq!(region(&[]), "c-3");
        assert_eq!(Region::of(&Environment::default(), None), Ok(None));
    }

    #[test]
    fn accepts_only_names_of_hosts() {
        let good = ["eu-west-1", "RegionOne", "auto", "a", "1a", &"a".repeat(63)];
        let bad = ["", "-a", "a-", "1", "a.b", "a/", "a b", "é", "a_b", &"a".repeat(64)];
        assert!(good.iter().all(|name| name.parse::<Region>().is_ok()));
        assert!(bad.iter().all(|name| name.parse::<Region>().is_err()));
    }

    #[test]
    fn names_the_source_of_a_wrong_region() {
        let files = ProfileFiles::parse("[profile x]\nregion = fips-us-east-1", "").unwrap();
        let of = |environment| Region::of(&environment, files.profile("x")).unwrap_err();
        assert_eq!(
            of(Environment::default()).to_string(),
            "region of profile \"x\": not a region: leave out \"fips\", and set \
             AWS_USE_FIPS_ENDPOINT=true"
        );
        let error = of([("AWS_REGION", "a/b")].into_iter().collect());
        assert!(error.to_string().starts_with("AWS_REGION: not a region such as"), "{error}");
    }
}
