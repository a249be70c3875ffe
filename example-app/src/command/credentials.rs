//! `rolefs -credentials`: which credentials there are, and where they come from.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "the docs of options are the help, shown as they are"
)]

use core::error::Error;
use std::io;

use clap::{Args, ValueEnum};
use rolesig_std::{Attempt, Identity, now};
use serde::Serialize;
use zeroize::Zeroizing;

use super::kind::{ServiceCommand, ServiceOutcome};
use super::session::{Fetched, Session};
use crate::system::ExitStatus;
use crate::system::date::readable;
use crate::system::standard_streams::print;
use futures_util::future::LocalBoxFuture;

/// The options of `-credentials`.
#[derive(Args, Debug)]
pub struct CredentialsOptions {
    /// The format. env and process contain the secrets.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Prints the secrets in text and json, too.
    #[arg(long)]
    pub show_secrets: bool,
}

/// The format of printed credentials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For a POSIX shell: eval "$(rolefs -credentials --format env)".
    Env,
    /// For the credential_process of another tool's profile.
    Process,
}

impl ServiceCommand for CredentialsOptions {
    fn run<'r>(&'r self, session: &'r Session<'r>) -> LocalBoxFuture<'r, ServiceOutcome> {
        Box::pin(async move {
            let (settings, environment) = session.settings()?;
            let fetched = session.fetch(&settings, &environment).await;
            let (network, notes) = session.notes(&environment);
            if let (Format::Text, Some(network)) = (self.format, network) {
                tell!("{network}");
            }
            Ok(credentials(self, &notes, fetched))
        })
    }
}

/// Prints credentials; what became of each provider, and notes on settings, go to stderr.
fn credentials(
    options: &CredentialsOptions,
    notes: &[String],
    fetched: Result<Fetched, Box<dyn Error>>,
) -> ExitStatus {
    let Fetched { identity, report } = match fetched {
        Ok(fetched) => fetched,
        Err(error) => {
            tell!("credentials: {error}");
            return ExitStatus::Failed;
        }
    };
    let shown = Zeroizing::new(match options.format {
        Format::Text => {
            tell(&report);
            for note in notes {
                tell!("note: {note}");
            }
            text(&identity, options.show_secrets)
        }
        Format::Json => return printed(&json(&identity, options.show_secrets)),
        Format::Env => env(&identity),
        Format::Process => return printed(&process(&identity)),
    });
    ExitStatus::of_printed("credentials", print(shown.as_bytes()))
}

/// Prints a document in a line.
fn printed(document: &impl Serialize) -> ExitStatus {
    // With room for all of it: what a buffer outgrows is not wiped.
    let mut line = Zeroizing::new(Vec::with_capacity(ROOM));
    let written = serde_json::to_writer(&mut *line, document).map_err(io::Error::from);
    line.push(b'\n');
    ExitStatus::of_printed("credentials", written.and_then(|()| print(&line)))
}

/// More than the longest credentials take: a session token has some kilobytes.
const ROOM: usize = 64 * 1024;

/// Writes the chain's report to stderr.
fn tell(report: &[Attempt]) {
    for attempt in report {
        tell!("{attempt}");
    }
}

fn text(identity: &Identity, show_secrets: bool) -> String {
    let credentials = identity.credentials();
    let expires = identity.expires_at().map_or_else(
        || "never".to_owned(),
        |at| format!("{} UTC, in {} s", readable(at), at.seconds_since(now()).unwrap_or(0)),
    );
    let mut lines = vec![
        ("access key id", credentials.access_key_id.to_owned()),
        ("account", identity.account_id().unwrap_or("not known; see -whoami").to_owned()),
        ("source", identity.source().to_string()),
        ("expires", expires),
    ];
    if show_secrets {
        lines.push(("secret access key", credentials.secret_access_key.to_owned()));
        let token = credentials.session_token.unwrap_or("none").to_owned();
        lines.push(("session token", token));
    }
    let line = |(name, value): (&str, String)| format!("{name:<18} {value}\n");
    lines.into_iter().map(line).collect()
}

/// Credentials as programs read them. What is not known, or not shown, is null.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'i> {
    access_key_id: &'i str,
    secret_access_key: Option<&'i str>,
    session_token: Option<&'i str>,
    expiration: Option<String>,
    account_id: Option<&'i str>,
    source: &'i str,
}

fn json(identity: &Identity, show_secrets: bool) -> Document<'_> {
    let credentials = identity.credentials();
    Document {
        access_key_id: credentials.access_key_id,
        secret_access_key: show_secrets.then_some(credentials.secret_access_key),
        session_token: credentials.session_token.filter(|_| show_secrets),
        expiration: identity.expires_at().map(|at| at.to_string()),
        account_id: identity.account_id(),
        source: identity.source().kind(),
    }
}

/// Credentials as `credential_process` gives them: what is not known is left out.
///
/// Source: "Process credential provider", AWS SDKs and Tools Reference Guide.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProcessDocument<'i> {
    version: u8,
    access_key_id: &'i str,
    secret_access_key: &'i str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<&'i str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'i str>,
}

fn process(identity: &Identity) -> ProcessDocument<'_> {
    let credentials = identity.credentials();
    ProcessDocument {
        version: 1,
        access_key_id: credentials.access_key_id,
        secret_access_key: credentials.secret_access_key,
        session_token: credentials.session_token,
        expiration: identity.expires_at().map(|at| at.to_string()),
        account_id: identity.account_id(),
    }
}

fn env(identity: &Identity) -> String {
    let credentials = identity.credentials();
    let expiration = identity.expires_at().map(|at| at.to_string());
    let variables = [
        ("AWS_ACCESS_KEY_ID", Some(credentials.access_key_id)),
        ("AWS_SECRET_ACCESS_KEY", Some(credentials.secret_access_key)),
        ("AWS_SESSION_TOKEN", credentials.session_token),
        ("AWS_CREDENTIAL_EXPIRATION", expiration.as_deref()),
    ];
    let line = |(name, value): (&str, Option<&str>)| match value {
        Some(value) => format!("export {name}={}\n", quoted(value)),
        // Of other credentials, it would go with these.
        None => format!("unset {name}\n"),
    };
    variables.into_iter().map(line).collect()
}

/// Quotes a value for a POSIX shell.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}
