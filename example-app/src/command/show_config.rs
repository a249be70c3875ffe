//! `rolefs -showConfig`: the settings of S3A that are in force, and where each comes from.

use super::Ending;
use crate::configuration::{Configuration, ConfigurationError};
use crate::s3a::S3aSettings;
use crate::s3a::bucket::of_bucket;
use crate::s3a::known::{is_used, not_followed, unknown};
use crate::s3a::secret::{MASK, is_secret};
use crate::standard_streams::print_lines;

/// Prints a line for each setting, also for those that S3A has and rolefs has no use for; then says
/// what is wrong with them, if anything is. With a bucket, its own settings are in their places.
pub fn show_config(configuration: &Configuration, bucket: Option<&str>) -> Ending {
    let bucket = bucket.map(|bucket| bucket.trim_start_matches("s3a://").trim_end_matches('/'));
    let of_bucket = bucket.map(|bucket| of_bucket(configuration, bucket));
    let configuration = of_bucket.as_ref().unwrap_or(configuration);
    let shown = lines(configuration, bucket.is_some());
    let printed = shown.map(print_lines);
    let checked = S3aSettings::of(configuration);
    match (printed, checked) {
        (Ok(Ok(())), Ok(_)) => Ending::Done,
        (Ok(printed @ Err(_)), _) => Ending::of_printed("showConfig", printed),
        (Err(error), _) | (Ok(Ok(())), Err(error)) => {
            tell!("showConfig: {error}");
            Ending::Failed
        }
    }
}

fn lines(
    configuration: &Configuration,
    has_bucket: bool,
) -> Result<Vec<String>, ConfigurationError> {
    const PROVIDERS: &str = "fs.s3a.aws.credentials.provider";
    let mut lines = Vec::new();
    let names = configuration.names("fs.s3a.");
    let names = names.chain(configuration.names("hadoop.security.credential.provider.path"));
    for name in names.filter(|name| !has_bucket || !name.starts_with("fs.s3a.bucket.")) {
        lines.extend(line(configuration, name)?);
    }
    if configuration.get(PROVIDERS)?.is_none() {
        let keys = configuration.get("fs.s3a.secret.key")?.map(|_| "the keys above");
        let providers =
            keys.unwrap_or("environment, profile, web identity, container, instance metadata");
        lines.push(format!("{PROVIDERS} is not set: {providers}"));
    }
    Ok(lines)
}

/// `name = value (origin)`.
fn line(configuration: &Configuration, name: &str) -> Result<Option<String>, ConfigurationError> {
    let Some(setting) = configuration.get(name)? else { return Ok(None) };
    let raw = configuration.property(name).map_or("", |property| &property.raw);
    let value = if is_secret(name) || is_secret(raw) { MASK } else { &setting.value };
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut notes = Vec::new();
    if setting.written != name {
        notes.push(format!("as {}", setting.written));
    }
    notes.push(setting.origin.to_string());
    if unknown(configuration).iter().any(|(other, _)| *other == name) {
        notes.push("not known".to_owned());
    } else if let Some(reason) = not_followed(name) {
        notes.push(format!("not followed: {reason}"));
    } else if name.starts_with("fs.s3a.") && !name.starts_with("fs.s3a.bucket.") && !is_used(name) {
        notes.push("of no matter to rolefs".to_owned());
    }
    Ok(Some(format!("{name} = {value} ({})", notes.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3a::defaults::DEFAULTS;

    #[test]
    fn settings_are_shown_with_their_origins_and_secrets_masked() {
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
        let mut configuration = Configuration::default().with_defaults(DEFAULTS);
        configuration.add_file(&file).unwrap();
        configuration.define(&"fs.s3a.multipart.size=8M".parse().unwrap()).unwrap();
        configuration.define(&"fs.s3a.enpoint=8M".parse().unwrap()).unwrap();
        let lines = lines(&of_bucket(&configuration, "b"), true).unwrap().join("\n") + "\n";
        let at = file.display();
        for expected in [
            format!("fs.s3a.endpoint = h (as fs.s3a.bucket.b.endpoint, {at}:2)\n"),
            format!("fs.s3a.access.key = AKIA ({at}:3)\n"),
            format!("fs.s3a.secret.key = {MASK} ({at}:4)\n"),
            format!("fs.s3a.object.content.encoding = {MASK} ({at}:6)\n"),
            format!("fs.s3a.threads.max = 7 ({at}:7)\n"),
            format!(
                "fs.s3a.max.total.tasks = 9 ({at}:8, not followed: what waits takes no memory)\n"
            ),
            format!("fs.s3a.paging.maximum = 10 ({at}:9, of no matter to rolefs)\n"),
            "fs.s3a.multipart.size = 8M (-D)\n".to_owned(),
            "fs.s3a.enpoint = 8M (-D, not known)\n".to_owned(),
            "fs.s3a.retry.limit = 7 (default)\n".to_owned(),
            "fs.s3a.aws.credentials.provider is not set: the keys above\n".to_owned(),
        ] {
            assert!(lines.contains(&expected), "{expected} in {lines}");
        }
        assert!(!lines.contains("hush"), "{lines}");
    }
}
