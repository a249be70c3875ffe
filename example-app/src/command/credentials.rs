//! `rolefs -credentials`: the credentials, and where they come from.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "the docs of options are the help, shown as they are"
)]

use core::error::Error;
use std::io::{self, Write as _};

use clap::{Args, ValueEnum};
use futures_util::future::LocalBoxFuture;
use rolesig_std::http::Network;
use rolesig_std::provider::Attempt;
use rolesig_std::{Clock, Identity};
use serde::Serialize;
use zeroize::Zeroizing;

use super::kind::{ServiceCommand, ServiceOutcome};
use super::session::{Fetched, Session};
use crate::system::ExitStatus;
use crate::system::date::readable;
use crate::system::excerpt::printable;
use crate::system::standard_streams::print;

/// The options of `-credentials`.
#[derive(Args, Debug)]
pub struct CredentialsOptions {
    /// The format. env and process contain the secrets.
    #[arg(long, value_enum, default_value_t)]
    pub format: CredentialsFormat,
    /// Prints the secrets in text and json, too.
    #[arg(long)]
    pub show_secrets: bool,
}

/// The format of printed credentials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CredentialsFormat {
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
            if let (CredentialsFormat::Text, Some(network)) = (self.format, network) {
                message!("{network}");
            }
            if let Err(error) = Network::of(&environment, None).trust.check() {
                message!("credentials: no service can be reached by https: {error}");
            }
            Ok(credentials(self, &notes, fetched))
        })
    }
}

/// Prints credentials. The outcome of each provider, and notes on settings, go to stderr.
fn credentials(
    options: &CredentialsOptions,
    notes: &[String],
    fetched: Result<Fetched, Box<dyn Error>>,
) -> ExitStatus {
    let Fetched { identity, report } = match fetched {
        Ok(fetched) => fetched,
        Err(error) => {
            message!("credentials: {error}");
            return ExitStatus::Failed;
        }
    };
    let mut shown = buffer(&identity);
    let written = match options.format {
        CredentialsFormat::Text => {
            print_attempts(&report);
            for note in notes {
                message!("note: {note}");
            }
            text(&mut shown, &identity, options.show_secrets)
        }
        CredentialsFormat::Json => line(&mut shown, &json(&identity, options.show_secrets)),
        CredentialsFormat::Env => env(&mut shown, &identity),
        CredentialsFormat::Process => line(&mut shown, &process(&identity)),
    };
    ExitStatus::of_printed("credentials", written.and_then(|()| print(&shown)))
}

/// Returns a buffer with room for the whole output: memory that a buffer outgrows is not wiped.
fn buffer(identity: &Identity) -> Zeroizing<Vec<u8>> {
    let credentials = identity.credentials();
    let secrets = [credentials.access_key_id, credentials.secret_access_key];
    let secrets = secrets.into_iter().chain(credentials.session_token).map(str::len).sum::<usize>();
    Zeroizing::new(Vec::with_capacity(ROOM + LONGEST_ESCAPE * secrets))
}

/// More than all takes that is not secret.
const ROOM: usize = 16 * 1024;
/// The most characters that a byte becomes: `\u0000` in JSON, `'\''` for a shell.
const LONGEST_ESCAPE: usize = 6;

/// Writes a document in a line.
fn line(out: &mut Vec<u8>, document: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, document)?;
    out.write_all(b"\n")
}

/// Writes the chain's report to stderr.
fn print_attempts(report: &[Attempt]) {
    for attempt in report {
        message!("{attempt}");
    }
}

fn text(out: &mut Vec<u8>, identity: &Identity, show_secrets: bool) -> io::Result<()> {
    let credentials = identity.credentials();
    let mut line = |name: &str, value: &str| writeln!(out, "{name:<18} {value}");
    line("access key id", credentials.access_key_id)?;
    line("account", identity.account_id().unwrap_or("not known: only STS knows it (-whoami)"))?;
    line("source", &printable(&identity.source().to_string()))?;
    let expires = identity.expires_at().map_or_else(
        || "never".to_owned(),
        |at| {
            format!(
                "{} UTC, in {} s",
                readable(at),
                at.seconds_since(Clock::SYSTEM.now()).unwrap_or(0)
            )
        },
    );
    line("expires", &expires)?;
    if show_secrets {
        line("secret access key", credentials.secret_access_key)?;
        line("session token", credentials.session_token.unwrap_or("none"))?;
    }
    Ok(())
}

/// Credentials as programs read them. Values that are unknown or hidden are null.
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

/// Credentials as `credential_process` gives them: unknown values are left out.
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

fn env(out: &mut Vec<u8>, identity: &Identity) -> io::Result<()> {
    let credentials = identity.credentials();
    let expiration = identity.expires_at().map(|at| at.to_string());
    let variables = [
        ("AWS_ACCESS_KEY_ID", Some(credentials.access_key_id)),
        ("AWS_SECRET_ACCESS_KEY", Some(credentials.secret_access_key)),
        ("AWS_SESSION_TOKEN", credentials.session_token),
        ("AWS_CREDENTIAL_EXPIRATION", expiration.as_deref()),
    ];
    for (name, value) in variables {
        match value {
            Some(value) => {
                write!(out, "export {name}=")?;
                quote(out, value)?;
                writeln!(out)?;
            }
            // One of other credentials would be used with these.
            None => writeln!(out, "unset {name}")?,
        }
    }
    Ok(())
}

/// Writes a value for a POSIX shell.
fn quote(out: &mut Vec<u8>, value: &str) -> io::Result<()> {
    out.write_all(b"'")?;
    for (at, part) in value.split('\'').enumerate() {
        if at > 0 {
            out.write_all(br"'\''")?;
        }
        out.write_all(part.as_bytes())?;
    }
    out.write_all(b"'")
}

#[cfg(test)]
mod tests {
    use rolesig_std::Environment;

    use super::*;

    /// With what each form escapes.
    fn identity(token: &str) -> Identity {
        let mut environment = Environment::default();
        environment.set("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
        environment.set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        environment.set("AWS_SESSION_TOKEN", token);
        environment.credentials().unwrap().unwrap()
    }

    type Write<'w> = dyn Fn(&mut Vec<u8>) -> io::Result<()> + 'w;

    /// A buffer that grows leaves a copy that nobody wipes.
    #[test]
    fn writes_secrets_to_a_buffer_that_never_moves() {
        for token in ["t".to_owned(), "'\u{1}\"".repeat(50_000)] {
            let identity = identity(&token);
            let write: [&Write<'_>; 4] = [
                &|out| text(out, &identity, true),
                &|out| env(out, &identity),
                &|out| line(out, &json(&identity, true)),
                &|out| line(out, &process(&identity)),
            ];
            for write in write {
                let mut out = buffer(&identity);
                let begin = (out.as_ptr(), out.capacity());
                write(&mut out).unwrap();
                assert!(out.len() > token.len());
                assert_eq!((out.as_ptr(), out.capacity()), begin);
            }
        }
    }

    #[test]
    fn quotes_values_for_a_shell() {
        let mut out = Vec::new();
        quote(&mut out, "a'b").unwrap();
        assert_eq!(out, br"'a'\''b'");
    }
}
