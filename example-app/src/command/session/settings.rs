//! The settings of S3A for the command at hand.
//!
//! Options of rolefs take precedence, then `-D`, then `core-site.xml` and `-conf`, then environment
//! variables and profiles. S3A itself knows the last two only as providers of credentials. Here
//! they fill what the configuration leaves open.

use core::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::file_command::FileCommand;
use crate::command::generic_options::GenericOptions;
use crate::configuration::{Configuration, ConfigurationError, location};
use crate::s3::address::path::{DefaultFs, S3Path};
use crate::s3a::bucket::of_bucket;
use crate::s3a::emrfs::{self, CommandTarget};
use crate::s3a::{S3aSettings, table, warnings};
use crate::system::user::{home, user};

/// Reads the configuration. The errors are those of files and definitions, which set nothing.
pub(super) fn read(generic: &GenericOptions) -> (Configuration, Vec<ConfigurationError>) {
    let mut configuration = table::added_to(Configuration::with_variables(variable));
    let mut errors = Vec::new();
    for file in files(generic) {
        errors.extend(configuration.add_file(&file).err());
    }
    if let Some(directory) = generic.config.as_ref().filter(|directory| !directory.is_empty())
        && !Path::new(directory).is_dir()
    {
        let directory = Path::new(directory).display();
        message!(
            "rolefs: {directory} (--config, HADOOP_CONF_DIR) is no directory: nothing is configured \
             there"
        );
    }
    for definition in &generic.definitions {
        errors.extend(configuration.define(definition).err());
    }
    (configuration, errors)
}

/// Returns the files that are read.
pub(super) fn files(generic: &GenericOptions) -> Vec<PathBuf> {
    location::files(generic.config.as_deref(), &generic.conf)
}

/// Returns the configuration that holds if nothing is set.
#[cfg(feature = "sandbox")]
pub(super) fn defaults() -> Configuration {
    table::added_to(Configuration::default())
}

/// Returns an environment variable, or what Java calls a system property.
fn variable(name: &str) -> Option<String> {
    match name {
        "user.name" => Some(user()),
        "user.home" => home()?.into_os_string().into_string().ok(),
        "java.io.tmpdir" => Some("/tmp".to_owned()),
        _ => std::env::var(name).ok(),
    }
}

/// Returns the settings for the command's bucket. Warnings go to stderr, once.
pub(super) fn settings(
    configuration: &Configuration,
    command: Option<&dyn FileCommand>,
    default_fs: &DefaultFs,
) -> Result<S3aSettings, Box<dyn Error>> {
    let is_quiet = command.is_some_and(FileCommand::is_quiet);
    if !is_quiet {
        for ignored in configuration.ignored() {
            let (name, at) = (&ignored.name, &ignored.at);
            message!("rolefs: {at}: {name} is final already: this value counts for nothing");
        }
    }
    let paths = command.map_or_else(Vec::new, |command| paths(command, default_fs));
    check_buckets(configuration, &paths)?;
    // Without a path, what is meant is the default file system's.
    let first = paths.first().or_else(|| default_fs.root());
    let bucket = paths.first().map(S3Path::bucket);
    let target = CommandTarget { bucket, scheme: first.map(S3Path::scheme) };
    let mapped = emrfs::mapped(configuration, target)?;
    let of_bucket = bucket.map(|bucket| of_bucket(&mapped, bucket));
    let configuration = of_bucket.as_ref().unwrap_or(&mapped);
    let settings = S3aSettings::of(configuration)?;
    if !is_quiet {
        for warning in warnings::of(configuration, target, &settings.credentials)? {
            message!("rolefs: {warning}");
        }
    }
    with_mapped_role(settings, configuration, &paths)
}

/// Settings that begin with `fs.s3a.bucket.` are those of one bucket.
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
            "{} and {} each have settings (fs.s3a.bucket.*): name one bucket in a command",
            first.with_key(""),
            other.with_key("")
        ));
    }
    Ok(())
}

/// Adds the role that `fs.s3a.authorization.roleMapping` maps the user and these paths to.
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

/// Returns the user's groups, asked for as in Hadoop (`ShellBasedUnixGroupsMapping`).
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

/// Returns the paths in S3 that a command names. The command itself reports texts that are
/// not paths.
pub(super) fn paths(command: &dyn FileCommand, default_fs: &DefaultFs) -> Vec<S3Path> {
    command.s3_paths().iter().filter_map(|path| default_fs.resolve(path).ok()).collect()
}
