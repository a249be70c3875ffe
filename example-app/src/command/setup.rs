//! `rolefs -setup <path>`: prints what a role needs, as commands or as a template. Applies nothing.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    rustdoc::invalid_html_tags,
    reason = "the docs of options are the help, shown as they are"
)]

mod policy;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use rolesig_std::config::{Partition, Region};
use serde_json::Value;

use super::kind::{LocalCommand, LocalContext};
use crate::s3::address::path::{DefaultFs, S3Path, S3PathError};
use crate::system::ExitStatus;
use crate::system::standard_streams::print;

/// The options of `-setup`.
#[derive(Args, Debug)]
pub struct SetupOptions {
    /// The commands that the role is for, with commas between them. -doctor may delete its own
    /// objects only.
    #[arg(
        long, value_name = "LIST", value_delimiter = ',', default_value = "put,get,ls,doctor",
        value_parser = PossibleValuesParser::new(policy::commands())
    )]
    pub commands: Vec<String>,
    /// The name of the role, and of all that is created for it.
    #[arg(long, value_name = "NAME", default_value = "rolefs", value_parser = role_name)]
    pub role: String,
    /// The form.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// The days after which the lifecycle rule ends an upload.
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub days: u32,
    /// s3a://bucket/dir
    #[arg(value_parser = s3_path)]
    pub path: S3Path,
}

/// The format of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Commands of the AWS CLI.
    #[default]
    Cli,
    /// A template of CloudFormation.
    Cloudformation,
}

/// Amazon Linux 2023, by the name under which AWS publishes its current image.
const IMAGE: &str = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
const CLI: &str = include_str!("setup/cli.txt");
const CLOUDFORMATION: &str = include_str!("setup/cloudformation.yaml");

impl LocalCommand for SetupOptions {
    fn run(self: Box<Self>, LocalContext { region, environment }: LocalContext<'_>) -> ExitStatus {
        let named = region.and_then(|region| region.parse().ok());
        let region: Option<Region> = named.or_else(|| Region::of(environment, None).ok().flatten());
        let partition = region.as_ref().map_or(Partition::Aws, Partition::of);
        ExitStatus::of_printed("setup", print(self.filled_in(partition).as_bytes()))
    }
}

impl SetupOptions {
    fn filled_in(&self, partition: Partition) -> String {
        let (template, write): (_, fn(&Value, usize) -> String) = match self.format {
            Format::Cli => (CLI, quoted),
            Format::Cloudformation => (CLOUDFORMATION, indented),
        };
        let path = format!("{}/{}", self.path.bucket(), self.path.directory_prefix());
        let policy = policy::permissions(partition, &self.path, &self.commands);
        let texts = [
            ("PATH", path.replace(char::is_control, "?")),
            ("NOTE", policy::note(&self.path, &self.commands)),
            ("ROLE", self.role.clone()),
            ("BUCKET", self.path.bucket().to_owned()),
            ("IMAGE", IMAGE.to_owned()),
            ("DAYS", self.days.to_string()),
            ("TRUST", write(&policy::trust(partition), 8)),
            ("LIFECYCLE", write(&policy::lifecycle(&self.path, self.days), 0)),
            ("POLICY", write(&policy, 12)),
        ];
        let value = |name| texts.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        // Names alternate with the texts between them.
        let parts = template.split('@').enumerate();
        parts.fold(String::new(), |all, (at, part)| match value(part).filter(|_| at % 2 == 1) {
            Some(value) => all + value,
            None => all + part,
        })
    }
}

/// Writes a document for the single quotes of a POSIX shell.
fn quoted(document: &Value, _: usize) -> String {
    format!("{document:#}").replace('\'', r"'\''")
}

/// Writes a document in YAML, of which JSON is a part, with these spaces before each line except
/// the first.
fn indented(document: &Value, spaces: usize) -> String {
    format!("{document:#}").replace('\n', &format!("\n{:spaces$}", ""))
}

fn s3_path(text: &str) -> Result<S3Path, S3PathError> {
    DefaultFs::default().resolve(text)
}

/// Reads the name of a role: up to 64 letters, digits, or `_+=,.@-` (IAM and AWS STS quotas).
fn role_name(text: &str) -> Result<String, &'static str> {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    let is_name = (1..=64).contains(&text.len()) && text.bytes().all(is_legal);
    let wrong = "expected the name of a role: up to 64 letters, digits, or _+=,.@-";
    if is_name { Ok(text.to_owned()) } else { Err(wrong) }
}
