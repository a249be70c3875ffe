//! What Hadoop's configuration says for the command at hand.
//!
//! What is said by an option of rolefs goes first, then `-D`, then `core-site.xml` and `-conf`, then
//! environment variables and profiles. S3A itself knows those last ones only as providers of
//! credentials; here they fill what the configuration leaves open.

use core::error::Error;
use std::path::Path;
use std::process::Command;

use http::{HeaderMap, HeaderName, HeaderValue};
use rolesig_std::{
    self as aws, BaseUrl, Chain, Environment, Network, Profile, ProviderError, Trust,
};

use crate::cli::{FileCommand, GenericOptions};
use crate::command::show_config;
use crate::configuration::{Configuration, ConfigurationError, Setting, location};
use crate::s3::endpoint::{Endpoint, EndpointError, region_in_url};
use crate::s3::path::{DefaultFs, S3Path, S3PathError};
use crate::s3a::bucket::of_bucket;
use crate::s3a::defaults::DEFAULTS;
use crate::s3a::emrfs::{self, Target};
use crate::s3a::upload::raised;
use crate::s3a::{CredentialSettings, EndpointSettings, ProviderClass, S3aSettings, known};
use crate::system::token_code;
use crate::system::user::{home, user};

/// Reads the configuration. The errors are of files and definitions that say nothing therefore.
pub(super) fn read(generic: &GenericOptions) -> (Configuration, Vec<ConfigurationError>) {
    let mut configuration = Configuration::with_variables(variable).with_defaults(DEFAULTS);
    let mut errors = Vec::new();
    for file in location::files(generic.config.as_deref(), &generic.conf) {
        errors.extend(configuration.add_file(&file).err());
    }
    if let Some(directory) = generic.config.as_ref().filter(|directory| !directory.is_empty())
        && !Path::new(directory).is_dir()
    {
        let directory = Path::new(directory).display();
        tell!(
            "rolefs: {directory} (--config, HADOOP_CONF_DIR) is no directory: nothing is configured there"
        );
    }
    for definition in &generic.definitions {
        errors.extend(configuration.define(definition).err());
    }
    (configuration, errors)
}

/// An environment variable, or what Java calls a system property.
fn variable(name: &str) -> Option<String> {
    match name {
        "user.name" => Some(user()),
        "user.home" => home()?.into_os_string().into_string().ok(),
        "java.io.tmpdir" => Some("/tmp".to_owned()),
        _ => std::env::var(name).ok(),
    }
}

/// Where paths without a scheme lie; nowhere, if that is not in S3.
pub(super) fn default_fs(
    configuration: &Configuration,
    generic: &GenericOptions,
) -> Result<DefaultFs, Box<dyn Error>> {
    if let Some(given) = super::given_fs(generic) {
        return Ok(given?.with_keys(generic.keys()));
    }
    let setting = configuration.get("fs.defaultFS")?;
    let in_s3 = match setting.map(|setting| DefaultFs::new(&setting.value, &user())) {
        Some(Err(error @ S3PathError::BadUser(_))) => return Err(error.into()),
        in_s3 => in_s3.and_then(Result::ok),
    };
    Ok(in_s3.unwrap_or_default().with_keys(generic.keys()))
}

/// What holds where nobody says anything.
#[cfg(feature = "sandbox")]
pub(super) fn defaults() -> Result<S3aSettings, ConfigurationError> {
    S3aSettings::of(&Configuration::default().with_defaults(DEFAULTS))
}

/// The settings for the command's bucket. What a person should know of them goes to stderr, once.
pub(super) fn settings(
    configuration: &Configuration,
    files: Option<&FileCommand>,
    default_fs: &DefaultFs,
) -> Result<S3aSettings, Box<dyn Error>> {
    let is_told = !files.is_some_and(FileCommand::is_quiet);
    for ignored in configuration.ignored().iter().filter(|_| is_told) {
        let (name, at) = (&ignored.name, &ignored.at);
        tell!("rolefs: {at}: {name} is final already: this value counts for nothing");
    }
    let paths = files.map_or_else(Vec::new, |files| paths(files, default_fs));
    check_buckets(configuration, &paths)?;
    // Without a path, what is meant is the default file system's.
    let first = paths.first().or_else(|| default_fs.root());
    let bucket = paths.first().map(S3Path::bucket);
    let target = Target { bucket, scheme: first.map(S3Path::scheme) };
    let mapped = emrfs::mapped(configuration, target)?;
    let of_bucket = bucket.map(|bucket| of_bucket(&mapped, bucket));
    let configuration = of_bucket.as_ref().unwrap_or(&mapped);
    let settings = S3aSettings::of(configuration)?;
    if is_told {
        tell_unknown(configuration);
        tell_unmapped(configuration, target);
        tell_keys(&settings.credentials);
        tell_purge(configuration);
        tell_raised(configuration)?;
    }
    with_mapped_role(settings, configuration, &paths)
}

/// Settings of their own are those of one bucket.
fn check_buckets(configuration: &Configuration, paths: &[S3Path]) -> Result<(), String> {
    let own = |path: &S3Path| {
        let prefixes = ["fs.s3a", "fs.s3", "fs.s3n"];
        let names = prefixes.map(|prefix| format!("{prefix}.bucket.{}.", path.bucket()));
        names.iter().any(|name| configuration.names(name).next().is_some())
    };
    let first = paths.first();
    let other = paths.iter().find(|path| first.is_some_and(|one| one.bucket() != path.bucket()));
    if let (Some(first), Some(other), true) = (first, other, paths.iter().any(own)) {
        return Err(format!(
            "{} and {} have settings of their own (fs.s3a.bucket.*): name one bucket in a command",
            first.with_key(""),
            other.with_key("")
        ));
    }
    Ok(())
}

/// The role that `fs.s3a.authorization.roleMapping` has for the user and these paths is assumed.
fn with_mapped_role(
    settings: S3aSettings,
    configuration: &Configuration,
    paths: &[S3Path],
) -> Result<S3aSettings, Box<dyn Error>> {
    let Some(mapping) = &settings.role_mapping else { return Ok(settings) };
    let user = user();
    let groups = if mapping.has_groups() { groups(&user)? } else { Vec::new() };
    let Some(role) = mapping.choose(&user, &groups, paths)?.map(str::to_owned) else {
        return Ok(settings);
    };
    let credentials = settings.credentials.assuming(&role, configuration)?;
    Ok(S3aSettings { credentials, ..settings })
}

/// The user's groups, as Hadoop asks for them (`ShellBasedUnixGroupsMapping`).
fn groups(user: &str) -> Result<Vec<String>, String> {
    let asked = Command::new("id").args(["-Gn", "--", user]).output();
    let groups = asked.map_err(|error| format!("id -Gn {user}: {error}"))?;
    if !groups.status.success() {
        return Err(format!(
            "id -Gn {user}: no such user: fs.s3a.authorization.roleMapping chooses by group"
        ));
    }
    let groups = String::from_utf8_lossy(&groups.stdout);
    Ok(groups.split_whitespace().map(str::to_owned).collect())
}

/// The paths in S3 that a command names. What is no path is complained about by the command.
fn paths(files: &FileCommand, default_fs: &DefaultFs) -> Vec<S3Path> {
    files.s3_paths().iter().filter_map(|path| default_fs.resolve(path).ok()).collect()
}

/// The settings of EMRFS that nothing stands for here.
fn tell_unmapped(configuration: &Configuration, target: Target<'_>) {
    let unmapped = emrfs::unmapped(configuration, target);
    if !unmapped.is_empty() {
        let shown = unmapped.iter().map(|(name, at)| format!("{name} ({at})"));
        let shown = shown.collect::<Vec<_>>().join(", ");
        tell!("rolefs: settings of EMRFS that S3A does not have, and that are ignored: {shown}");
    }
}

fn tell_unknown(configuration: &Configuration) {
    let unknown = known::unknown(configuration);
    if !unknown.is_empty() {
        let shown = unknown.iter().map(|(name, at)| format!("{name} ({at})"));
        let shown = shown.collect::<Vec<_>>().join(", ");
        tell!("rolefs: settings that rolefs does not know, and ignores: {shown}");
    }
}

/// Who set it counts on it.
fn tell_purge(configuration: &Configuration) {
    if let Ok(Some(purge)) = configuration.get("fs.s3a.multipart.purge")
        && purge.value.eq_ignore_ascii_case("true")
    {
        tell!(
            "rolefs: {}: fs.s3a.multipart.purge: rolefs never ends uploads of others: have a \
             lifecycle rule of the bucket do so (AbortIncompleteMultipartUpload)",
            purge.origin
        );
    }
}

/// S3A raises what is too short, and says so.
fn tell_raised(configuration: &Configuration) -> Result<(), ConfigurationError> {
    for (name, Setting { value, origin, .. }) in raised(configuration)? {
        tell!("rolefs: {origin}: {name} is {}, and 5M at the least is taken", *value);
    }
    Ok(())
}

fn tell_keys(credentials: &CredentialSettings) {
    let is_used = credentials.providers.as_ref().is_none_or(|classes| {
        classes
            .iter()
            .any(|class| matches!(class, ProviderClass::Simple | ProviderClass::Temporary))
    });
    if let (true, Some(keys)) = (is_used, &credentials.keys) {
        tell!(
            "rolefs: {}: fs.s3a.secret.key stands in the configuration, for all who can read it: \
             give the host or the container a role, which rolefs finds without any setting",
            keys.origin
        );
    }
}

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
    // What is wrong with the files is told where their credentials are looked for.
    if let Ok(Some(files)) = super::profile_files(generic, &environment)
        && let Ok(profile) = super::chosen(Some(&files), &environment)
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

/// Tells how services are reached, if that is not as usual.
pub(super) fn tell_network(environment: &Environment) {
    let network = Network::of(environment, None);
    if network != Network::default() {
        tell!("network: {network}");
    }
}

/// Returns how services are reached, if that is not as usual. What is wrong with the settings is
/// reported with them.
pub(super) fn network(
    configuration: &Configuration,
    bucket: Option<&str>,
    generic: &GenericOptions,
    environment: &Environment,
) -> Option<String> {
    let path = bucket.and_then(|bucket| S3Path::parse(bucket).ok());
    let name = bucket.map(show_config::bucket_name);
    let target = Target { bucket: name.as_deref(), scheme: path.as_ref().map(S3Path::scheme) };
    let mapped = emrfs::mapped(configuration, target).ok()?;
    let of_bucket = name.as_deref().map(|name| of_bucket(&mapped, name));
    let settings = S3aSettings::of(of_bucket.as_ref().unwrap_or(&mapped)).ok()?;
    let network = Network::of(&on_network(generic, environment, &settings).ok()?, None);
    (network != Network::default()).then(|| format!("network: {network}"))
}

/// The chain: the profile's that an option names, else the configuration's, else what environment
/// and profile make.
pub(super) fn chain(
    generic: &GenericOptions,
    environment: &Environment,
    settings: &S3aSettings,
) -> Result<Chain, ProviderError> {
    let ask = token_code::asked_on_terminal();
    let configured = match &generic.profile {
        Some(_) => None,
        None => settings.credentials.chain(environment, &ask)?,
    };
    Ok(configured.unwrap_or_else(|| Chain::with_token_code(environment, &ask)))
}

/// Headers of every object that is stored: what an option says goes before the configuration.
pub(super) fn object_headers(settings: &S3aSettings, files: &FileCommand) -> HeaderMap {
    let mut headers = settings.object_headers.clone().into();
    if let Some((_, options, _)) = files.as_put() {
        options.object.add_to(&mut headers);
    }
    headers
}

/// Headers of every request.
pub(super) fn request_headers(settings: &S3aSettings) -> HeaderMap {
    let pays = HeaderName::from_static("x-amz-request-payer");
    let pays = (pays, HeaderValue::from_static("requester"));
    settings.requester_pays.then_some(pays).into_iter().collect()
}

/// Where S3 is said to be.
pub(super) struct Place {
    url: Option<BaseUrl>,
    /// In which region, if that is said outside of the environment.
    pub(super) region: Option<String>,
    in_path: Option<bool>,
    environment: Environment,
}

impl Place {
    pub(super) fn of(
        generic: &GenericOptions,
        environment: &Environment,
        settings: &EndpointSettings,
    ) -> Result<Self, EndpointError> {
        let mut environment = environment.clone();
        if settings.fips {
            environment.set("AWS_USE_FIPS_ENDPOINT", "true");
        }
        let wrong = |_| aws::EndpointError::Url { by: "--endpoint".to_owned() };
        let given = generic.endpoint.as_ref().map(|url| url.parse().map_err(wrong)).transpose()?;
        let configured = settings.url.as_ref().filter(|_| given.is_none());
        // The host of a configured endpoint goes before the environment's region.
        let region = generic.region.clone().or_else(|| settings.region.clone());
        let region = region.or_else(|| region_in_url(configured?));
        // An endpoint that S3A would have the bucket before; any other place stays as it is, unless
        // the path is asked for.
        let in_path = configured.map(|_| settings.path_style);
        let in_path = in_path.or(settings.path_style.then_some(true));
        let url = given.or_else(|| configured.cloned());
        Ok(Self { url, region, in_path, environment })
    }

    pub(super) fn endpoint(
        &self,
        region: Option<&str>,
        profile: Option<Profile<'_>>,
    ) -> Result<Endpoint, EndpointError> {
        let endpoint = Endpoint::new(self.url.as_ref(), region, &self.environment, profile)?;
        Ok(match self.in_path {
            Some(in_path) => endpoint.with_bucket_in_path(in_path),
            None => endpoint,
        })
    }
}
