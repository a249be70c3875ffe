//! The profile of the AWS configuration files that applies.

use core::error::Error;

use rolesig_std::Environment;
use rolesig_std::config::{Profile, ProfileChoice, ProfileFiles};

use crate::command::generic_options::GenericOptions;

/// Reads the profile files. Broken ones do not matter if the environment has keys.
pub(super) fn profile_files(
    generic: &GenericOptions,
    environment: &Environment,
) -> Result<Option<ProfileFiles>, Box<dyn Error>> {
    let has_keys = generic.profile.is_none() && matches!(environment.credentials(), Ok(Some(_)));
    let whole = || {
        let files = ProfileFiles::of(environment)?;
        chosen(Some(&files), environment)?;
        Ok(files)
    };
    match whole() {
        Err(error) if !has_keys => Err(error),
        files => Ok(files.ok()),
    }
}

/// Returns the chosen profile.
///
/// # Errors
/// If there is no profile of that name.
pub(super) fn chosen<'f>(
    files: Option<&'f ProfileFiles>,
    environment: &Environment,
) -> Result<Option<Profile<'f>>, Box<dyn Error>> {
    match files {
        Some(files) => Ok(files.choose(ProfileChoice::of(environment))?),
        None => Ok(None),
    }
}
