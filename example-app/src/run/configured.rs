//! What Hadoop's configuration says for the command at hand.
//!
//! What is said by an option of rolefs goes first, then `-D`, then `core-site.xml` and `-conf`, then
//! environment variables and profiles. S3A itself knows those last ones only as providers of
//! credentials; here they fill what the configuration leaves open.

use core::error::Error;
use std::path::Path;

use http::{HeaderMap, HeaderName, HeaderValue};
use rolesig_std::{Chain, Environment, Profile, ProviderFailure};

use crate::cli::{FileCommand, GenericOptions};
use crate::command::user;
use crate::configuration::{Configuration, ConfigurationError, Setting, location};
use crate::s3::endpoint::{Endpoint, EndpointError, region_in_url};
use crate::s3::path::DefaultFs;
use crate::s3a::bucket::of_bucket;
use crate::s3a::defaults::DEFAULTS;
use crate::s3a::upload::raised;
use crate::s3a::{CredentialSettings, EndpointSettings, ProviderClass, S3aSettings, known};
use crate::token_code;

/// Reads the configuration.
pub(super) fn read(generic: &GenericOptions) -> Result<Configuration, ConfigurationError> {
    let variables = |name: &str| std::env::var(name).ok();
    let mut configuration = Configuration::with_variables(variables).with_defaults(DEFAULTS);
    for file in location::files(generic.config.as_deref(), &generic.conf) {
        configuration.add_file(&file)?;
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
        configuration.define(definition)?;
    }
    Ok(configuration)
}

/// Where paths without a scheme lie; nowhere, if that is not in S3.
pub(super) fn default_fs(
    configuration: &Configuration,
    generic: &GenericOptions,
) -> Result<DefaultFs, Box<dyn Error>> {
    if let Some(given) = super::given_fs(generic) {
        return Ok(given?);
    }
    let setting = configuration.get("fs.defaultFS")?;
    let in_s3 = setting.and_then(|setting| DefaultFs::new(&setting.value, &user()).ok());
    Ok(in_s3.unwrap_or_default())
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
    let buckets = files.map_or_else(Vec::new, |files| buckets(files, default_fs));
    let one = buckets.first();
    let own =
        |bucket: &str| configuration.names(&format!("fs.s3a.bucket.{bucket}.")).next().is_some();
    if let (Some(first), Some(second), true) =
        (one, buckets.get(1), buckets.iter().any(|bucket| own(bucket)))
    {
        let what = format!(
            "s3a://{first} and s3a://{second} have settings of their own (fs.s3a.bucket.*): name \
             one bucket in a command"
        );
        return Err(what.into());
    }
    let of_bucket = one.map(|bucket| of_bucket(configuration, bucket));
    let configuration = of_bucket.as_ref().unwrap_or(configuration);
    let settings = S3aSettings::of(configuration)?;
    if is_told {
        tell_unknown(configuration);
        tell_keys(&settings.credentials);
        tell_purge(configuration)?;
        tell_raised(configuration)?;
    }
    Ok(settings)
}

/// The buckets that a command names, each once.
fn buckets(files: &FileCommand, default_fs: &DefaultFs) -> Vec<String> {
    let mut buckets = Vec::new();
    for path in files.s3_paths() {
        // What is no path is complained about by the command.
        let Ok(path) = default_fs.resolve(path) else { continue };
        if !buckets.iter().any(|bucket| bucket == path.bucket()) {
            buckets.push(path.bucket().to_owned());
        }
    }
    buckets
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
fn tell_purge(configuration: &Configuration) -> Result<(), ConfigurationError> {
    if let Some(purge) = configuration.get("fs.s3a.multipart.purge")?
        && purge.value.eq_ignore_ascii_case("true")
    {
        tell!(
            "rolefs: {}: fs.s3a.multipart.purge: rolefs never ends uploads of others: have a \
             lifecycle rule of the bucket do so (AbortIncompleteMultipartUpload)",
            purge.origin
        );
    }
    Ok(())
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

/// The chain: the profile's that an option names, else the configuration's, else what environment
/// and profile make.
pub(super) fn chain(
    generic: &GenericOptions,
    environment: &Environment,
    settings: &S3aSettings,
) -> Result<Chain, ProviderFailure> {
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
pub(super) struct Place<'p> {
    url: Option<&'p str>,
    /// In which region, if that is said outside of the environment.
    pub(super) region: Option<String>,
    in_path: Option<bool>,
    environment: Environment,
}

impl<'p> Place<'p> {
    pub(super) fn of(
        generic: &'p GenericOptions,
        environment: &Environment,
        settings: &'p EndpointSettings,
    ) -> Self {
        let mut environment = environment.clone();
        if settings.fips {
            environment.set("AWS_USE_FIPS_ENDPOINT", "true");
        }
        let configured = settings.url.as_deref().filter(|_| generic.endpoint.is_none());
        // The host of a configured endpoint goes before the environment's region.
        let region = generic.region.clone().or_else(|| settings.region.clone());
        let region = region.or_else(|| region_in_url(configured?));
        // An endpoint that S3A would have the bucket before; any other place stays as it is, unless
        // the path is asked for.
        let in_path = configured.map(|_| settings.path_style);
        let in_path = in_path.or(settings.path_style.then_some(true));
        Self { url: generic.endpoint.as_deref().or(configured), region, in_path, environment }
    }

    pub(super) fn endpoint(
        &self,
        region: Option<&str>,
        profile: Option<Profile<'_>>,
    ) -> Result<Endpoint, EndpointError> {
        let endpoint = Endpoint::new(self.url, region, &self.environment, profile)?;
        Ok(match self.in_path {
            Some(in_path) => endpoint.with_bucket_in_path(in_path),
            None => endpoint,
        })
    }
}
