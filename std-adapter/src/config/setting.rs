//! A setting of the environment or else of the profile, with its origin.

use crate::config::environment::Environment;
use crate::config::profile_files::Profile;

/// A value, and the setting it comes from: `AWS_REGION`, or `region of profile "x"`.
pub(crate) struct Setting<'s> {
    pub(crate) by: String,
    pub(crate) value: &'s str,
}

impl<'s> Setting<'s> {
    /// Finds the first of the variables that is set, else the profile's setting.
    pub(crate) fn find(
        environment: &'s Environment,
        variables: &[&str],
        profile: Option<Profile<'s>>,
        name: &str,
    ) -> Option<Self> {
        let mut variables = variables.iter().filter_map(|variable| {
            let by = environment.setter(variable).to_owned();
            Some(Self { by, value: environment.get(variable)? })
        });
        variables.next().or_else(|| {
            let profile = profile?;
            Some(Self { by: by_profile(name, profile), value: profile.get(name)? })
        })
    }

    /// Parses `true` or `false`, in any case; returns `None` for anything else.
    pub(crate) fn boolean(&self) -> Option<bool> {
        let is = |text| self.value.eq_ignore_ascii_case(text);
        (is("true") || is("false")).then(|| is("true"))
    }
}

/// Names a setting of a profile for errors.
pub(crate) fn by_profile(name: &str, profile: Profile<'_>) -> String {
    format!("{name} of profile {:?}", profile.name())
}
