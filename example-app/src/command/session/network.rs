//! The way to services: proxies and trusted certificates.

use rolesig_std::Environment;
use rolesig_std::http::{Network, Trust};

use super::profile::{chosen, profile_files};
use crate::command::generic_options::GenericOptions;
use crate::s3a::S3aSettings;

/// Returns the environment with the proxy that the configuration names, and with the certificates
/// that the profile names: these hold for all that is asked, whichever provider asks it.
///
/// # Errors
/// If the path of the certificates is not UTF-8.
pub(super) fn on_network(
    generic: &GenericOptions,
    environment: &Environment,
    settings: &S3aSettings,
) -> Result<Environment, String> {
    let mut environment = environment.clone();
    if let Some(proxy) = &settings.proxy {
        proxy.add_to(&mut environment);
    }
    // Errors of the files are reported where their credentials are looked for.
    if let Ok(Some(files)) = profile_files(generic, &environment)
        && let Ok(profile) = chosen(Some(&files), &environment)
        && let Trust::Bundle { path, by } = Trust::of(&environment, profile)
    {
        let Some(text) = path.to_str() else {
            let path = path.display();
            return Err(format!("{by}: {path}: this path is not UTF-8: rename the file"));
        };
        environment.set_by("AWS_CA_BUNDLE", text, by);
    }
    Ok(environment)
}

/// Warns of entries of `NO_PROXY` that are ignored, so that a proxy is asked all the same.
pub(super) fn warn(network: &Network) {
    if let Some(warning) = network.proxies.warning() {
        message!("rolefs: {warning}");
    }
}

/// Returns a line on how services are reached, if that is not the usual way.
pub(super) fn described(environment: &Environment) -> Option<String> {
    let network = Network::of(environment, None);
    (network != Network::default()).then(|| format!("network: {network}"))
}
