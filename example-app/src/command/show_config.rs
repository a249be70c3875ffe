//! `rolefs -showConfig`: the settings of S3A that apply, and where each comes from.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    rustdoc::invalid_html_tags,
    reason = "the docs of options are the help, shown as they are"
)]

use clap::Args;
use futures_util::future::LocalBoxFuture;
use rolesig_std::config::mask_logins;
use rolesig_std::http::Network;

use super::kind::{ServiceCommand, ServiceOutcome};
use super::paths::check_bucket;
use super::session::Session;
use crate::configuration::{Configuration, ConfigurationError};
use crate::s3::address::path::S3Path;
use crate::s3a::S3aSettings;
use crate::s3a::bucket::of_bucket;
use crate::s3a::emrfs::{self, CommandTarget};
use crate::s3a::secret::{MASK, is_secret, without_passwords};
use crate::s3a::table::{self, PROVIDERS, SECRET_KEY, Treatment};
use crate::s3a::warnings;
use crate::system::ExitStatus;
use crate::system::excerpt::printable;
use crate::system::standard_streams::print_lines;

/// The prefixes of the names that are shown.
const SHOWN: [&str; 5] =
    ["fs.defaultFS", "fs.s3.", "fs.s3a.", "fs.s3n.", "hadoop.security.credential.provider.path"];
/// The prefixes of settings for one bucket, which are shown in the place that they have there.
const OF_BUCKETS: [&str; 3] = ["fs.s3.bucket.", "fs.s3a.bucket.", "fs.s3n.bucket."];

/// The options of `-showConfig`.
#[derive(Args, Debug)]
pub struct ShowConfigOptions {
    /// The bucket, as its name or a URL.
    pub bucket: Option<String>,
}

impl ServiceCommand for ShowConfigOptions {
    fn run<'r>(&'r self, session: &'r Session<'r>) -> LocalBoxFuture<'r, ServiceOutcome> {
        let path = self.bucket.as_deref().and_then(|bucket| S3Path::parse(bucket).ok());
        let bucket = path.as_ref().map(S3Path::bucket).or(self.bucket.as_deref());
        let target = CommandTarget { bucket, scheme: path.as_ref().map(S3Path::scheme) };
        let network = session.network(target);
        let (configuration, errors) = session.configuration();
        let status = show_config(configuration, target, network.as_ref(), errors);
        Box::pin(async move { Ok(status) })
    }

    fn contradiction(&self) -> Option<String> {
        Some(check_bucket(self.bucket.as_deref()?).err()?.to_string())
    }

    fn no_sandbox(&self) -> Option<&'static str> {
        Some("it reads no configuration: leave out -sandbox to see what rolefs reads without it")
    }
}

/// Prints a line for each setting, also for those of S3A that rolefs does not use; then says
/// all that is wrong with them, beside what is wrong with the files. With a bucket, its own
/// settings are in their places. `network` is how services are reached, if not in the usual way.
fn show_config(
    configuration: &Configuration,
    target: CommandTarget<'_>,
    network: Option<&Network>,
    errors: &[ConfigurationError],
) -> ExitStatus {
    let mut problems: Vec<_> = errors.iter().map(ToString::to_string).collect();
    let all = configuration.with_properties([]);
    let (all, mapped) = read(all, &mut problems, |all| emrfs::mapped(all, target));
    let mapped = mapped.unwrap_or(all);
    let mapped = target.bucket.map(|name| of_bucket(&mapped, name)).unwrap_or(mapped);
    let shown = network.map(|network| printable(&mask_logins(&format!("network: {network}"))));
    let unset = warnings::unset_variables(&mapped);
    let printed = print_lines(lines(&mapped, target).into_iter().chain(shown));
    read(mapped, &mut problems, S3aSettings::of);
    let trust = network.map(|network| network.trust.check());
    problems.extend(trust.and_then(Result::err).map(|error| error.to_string()));
    for problem in problems.iter().chain(&unset) {
        message!("showConfig: {problem}");
    }
    let ending = ExitStatus::of_printed("showConfig", printed);
    if problems.is_empty() { ending } else { ExitStatus::Failed }
}

/// Reads a configuration; where a setting is wrong, it is noted, and the rest is read without it.
fn read<T>(
    mut configuration: Configuration,
    problems: &mut Vec<String>,
    read: impl Fn(&Configuration) -> Result<T, ConfigurationError>,
) -> (Configuration, Option<T>) {
    loop {
        let error = match read(&configuration) {
            Ok(read) => return (configuration, Some(read)),
            Err(error) => error,
        };
        problems.push(error.to_string());
        let less = error.setting().and_then(|written| configuration.without(written));
        let Some(less) = less else { return (configuration, None) };
        configuration = less;
    }
}

fn lines(configuration: &Configuration, target: CommandTarget<'_>) -> Vec<String> {
    let names = SHOWN.iter().flat_map(|prefix| configuration.names(prefix));
    let is_elsewhere =
        |name: &str| target.bucket.is_some() && OF_BUCKETS.iter().any(|of| name.starts_with(of));
    let mut lines: Vec<_> = names
        .filter(|name| !is_elsewhere(name))
        .filter_map(|name| line(configuration, target, name))
        .collect();
    if matches!(configuration.get(PROVIDERS), Ok(None)) {
        let has_keys = matches!(configuration.get(SECRET_KEY), Ok(Some(_)));
        let providers = "environment, profile, web identity, container, instance metadata";
        let providers = if has_keys { "the keys above" } else { providers };
        lines.push(format!("{PROVIDERS} is not set: {providers}"));
    }
    lines
}

/// Returns a line for a setting: `name = value (origin)`.
fn line(configuration: &Configuration, target: CommandTarget<'_>, name: &str) -> Option<String> {
    let property = configuration.property(name)?;
    let mut notes = Vec::new();
    let value = if let Ok(setting) = configuration.get(name) {
        setting?.value
    } else {
        notes.push("its variables refer to each other, and stay as they are".to_owned());
        property.raw.clone()
    };
    let value = without_passwords(name, &value);
    let value = if is_secret(name) || is_secret(&property.raw) { MASK } else { &value };
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    if property.written != name {
        notes.insert(0, format!("as {}", property.written));
    }
    notes.push(property.origin.to_string());
    notes.extend(note(configuration, target, name));
    Some(printable(&format!("{name} = {value} ({})", notes.join(", "))))
}

/// Returns a note on what a setting does, if that is not obvious.
fn note(configuration: &Configuration, target: CommandTarget<'_>, name: &str) -> Option<String> {
    let is = |(other, _): &(&str, _)| *other == name;
    if name.starts_with("fs.s3.") || name.starts_with("fs.s3n.") {
        if let Some(s3a) = emrfs::counterpart(name) {
            let read = configuration.property(s3a).filter(|read| read.written == name);
            return read.map(|_| format!("read as {s3a}"));
        }
        let is_ignored = emrfs::unmapped(configuration, target).iter().any(is);
        return is_ignored.then(|| "of EMRFS alone, and ignored".to_owned());
    }
    match table::find(name).map(|row| row.treatment) {
        None => Some("not known".to_owned()),
        Some(Treatment::Ignored(reason)) => Some(format!("ignored: {reason}")),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_origins_and_masks_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("core-site.xml");
        let text = "<configuration>
            <property name='fs.s3a.bucket.b.endpoint' value='h'/>
            <property name='fs.s3a.access.key' value='AKIA'/>
            <property name='fs.s3a.secret.key' value='hush'/>
            <property name='fs.s3a.bucket.b.encryption.key' value='${fs.s3a.secret.key}'/>
            <property name='fs.s3a.object.content.encoding' value='${fs.s3a.secret.key}'/>
            <property name='fs.s3a.threads.max' value='7'/>
            <property name='fs.s3a.max.total.tasks' value='9'/>
            <property name='fs.s3a.paging.maximum' value='10'/>
            </configuration>";
        std::fs::write(&file, text).unwrap();
        let mut configuration = table::added_to(Configuration::default());
        configuration.add_file(&file).unwrap();
        configuration.define(&"fs.s3a.multipart.size=8M".parse().unwrap()).unwrap();
        configuration.define(&"fs.s3a.enpoint=8M".parse().unwrap()).unwrap();
        let target = CommandTarget { bucket: Some("b"), scheme: None };
        let lines = lines(&of_bucket(&configuration, "b"), target).join("\n") + "\n";
        let at = file.display();
        for expected in [
            format!("fs.s3a.endpoint = h (as fs.s3a.bucket.b.endpoint, {at}:2)\n"),
            format!("fs.s3a.access.key = AKIA ({at}:3)\n"),
            format!("fs.s3a.secret.key = {MASK} ({at}:4)\n"),
            format!("fs.s3a.object.content.encoding = {MASK} ({at}:6)\n"),
            format!("fs.s3a.threads.max = 7 ({at}:7)\n"),
            format!("fs.s3a.max.total.tasks = 9 ({at}:8, ignored: waiting tasks take no memory)\n"),
            format!(
                "fs.s3a.paging.maximum = 10 ({at}:9, ignored: about operations that rolefs does otherwise)\n"
            ),
            "fs.s3a.multipart.size = 8M (-D)\n".to_owned(),
            "fs.s3a.enpoint = 8M (-D, not known)\n".to_owned(),
            "fs.s3a.retry.limit = 7 (default)\n".to_owned(),
            "fs.s3a.aws.credentials.provider is not set: the keys above\n".to_owned(),
        ] {
            assert!(lines.contains(&expected), "{expected} in {lines}");
        }
        assert!(!lines.contains("hush"), "{lines}");
    }

    fn shown(definitions: &[&str]) -> (Vec<String>, Vec<String>) {
        let mut configuration = Configuration::default();
        for definition in definitions {
            configuration.define(&definition.parse().unwrap()).unwrap();
        }
        let (mut problems, target) = (Vec::new(), CommandTarget::default());
        let (all, mapped) = read(configuration, &mut problems, |all| emrfs::mapped(all, target));
        let mapped = mapped.unwrap_or(all);
        let lines = lines(&mapped, target);
        read(mapped, &mut problems, S3aSettings::of);
        (lines, problems)
    }

    #[test]
    fn notes_circular_variables() {
        let (lines, problems) = shown(&[
            "fs.s3a.own.a=${fs.s3a.own.b}",
            "fs.s3a.own.b=${fs.s3a.own.a}",
            "fs.s3a.threads.max=7",
        ]);
        assert!(
            lines[0].starts_with("fs.s3a.own.a = ${fs.s3a.own.b} (its variables refer"),
            "{lines:?}"
        );
        assert!(lines.contains(&"fs.s3a.threads.max = 7 (-D)".to_owned()), "{lines:?}");
        assert_eq!(problems, Vec::<String>::new());
    }

    #[test]
    fn reports_all_errors() {
        let (lines, problems) = shown(&[
            "fs.s3.cse.enabled=ture",
            "fs.s3.enableServerSideEncryption=on",
            "fs.s3a.multipart.size=64MB",
            "fs.s3a.retry.limit=many",
            "fs.s3a.endpoint=http://u:hush@h",
            "fs.s3a.proxy.host=u:hush@p",
            "fs.s3a.committer.x=http://u:hush@h/p",
            "fs.s3a.connection.timeout=1 week",
            "fs.s3a.threads.max=${a}",
            "a=${fs.s3a.threads.max}",
            "fs.s3a.custom.signers=Own:a.B",
        ]);
        let names =
            problems.iter().map(|problem| problem.split(' ').nth(1).unwrap().trim_end_matches(':'));
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        let expected = [
            "fs.s3.cse.enabled",
            "fs.s3.enableServerSideEncryption",
            "fs.s3a.connection.timeout",
            "fs.s3a.custom.signers",
            "fs.s3a.endpoint",
            "fs.s3a.multipart.size",
            "fs.s3a.proxy.host",
            "fs.s3a.retry.limit",
            "fs.s3a.threads.max",
        ];
        assert_eq!(names, expected, "{problems:?}");
        assert!(!problems.iter().any(|problem| problem.contains("hush")), "{problems:?}");
        assert!(!lines.iter().any(|line| line.contains("hush")), "{lines:?}");
        for expected in [
            "fs.s3a.endpoint = http://********@h (",
            "fs.s3a.proxy.host = ********@p (",
            "fs.s3a.committer.x = http://********@h/p (",
        ] {
            assert!(lines.iter().any(|line| line.starts_with(expected)), "{lines:?}");
        }
    }

    #[test]
    fn shows_emrfs_settings_where_they_apply() {
        let (lines, problems) = shown(&[
            "fs.s3.canned.acl=Private",
            "fs.s3.enableServerSideEncryption=true",
            "fs.s3.maxRetries=3",
            "fs.s3a.retry.limit=4",
            "fs.s3.consistent=true",
        ]);
        for expected in [
            "fs.s3.canned.acl = Private (-D, read as fs.s3a.acl.default)",
            "fs.s3a.acl.default = Private (as fs.s3.canned.acl, -D)",
            "fs.s3a.encryption.algorithm = AES256 (as fs.s3.enableServerSideEncryption, -D)",
            "fs.s3.maxRetries = 3 (-D)",
            "fs.s3a.retry.limit = 4 (-D)",
            "fs.s3.consistent = true (-D, of EMRFS alone, and ignored)",
        ] {
            assert!(lines.contains(&expected.to_owned()), "{expected} in {lines:?}");
        }
        assert_eq!(problems, Vec::<String>::new());
    }
}
