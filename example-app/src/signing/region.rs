//! The region to sign for.

use rolesig_std::Environment;
use rolesig_std::config::{ProfileChoice, ProfileFiles, Region};

use super::options::{Algorithm, SigningOptions};

/// Returns the region for a request that is only signed, and not sent.
pub(crate) fn signing_region(
    options: &SigningOptions,
    of_all: Option<String>,
    environment: &Environment,
) -> Option<String> {
    let given = options.region.clone().or(of_all);
    given.or_else(|| {
        let files = ProfileFiles::of(environment).ok();
        let profile =
            files.as_ref().and_then(|files| files.choose(ProfileChoice::of(environment)).ok());
        let profile = profile.flatten();
        let set = environment.get("AWS_SIGV4A_SIGNING_REGION_SET");
        let set = set.or_else(|| profile?.get("sigv4a_signing_region_set"));
        if let (Algorithm::V4a, Some(set)) = (options.algorithm, set) {
            return Some(set.split(',').map(str::trim).collect::<Vec<_>>().join(","));
        }
        Region::of(environment, profile).ok().flatten().map(|region| region.to_string())
    })
}
