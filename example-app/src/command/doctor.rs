//! `rolefs -doctor [<path>]`: examines, step by step, the way from this host to S3.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    rustdoc::invalid_html_tags,
    reason = "the docs of options are the help, shown as they are"
)]

mod chain;
mod connection;
mod denied;
mod probe;
mod report;
mod step;

use core::error::Error;
use core::time::Duration;
use std::path::PathBuf;

use clap::Args;
use futures_util::future::LocalBoxFuture;
use rolesig_std::Environment;
use rolesig_std::config::Origin;
use rolesig_std::http::{Network, RetrySettings};

use self::probe::Probe;
use self::report::StepReport;
use self::step::Step;
use super::file_command::FileCommand as _;
use super::kind::{ServiceCommand, ServiceOutcome};
use super::paths::PathArgumentError;
use super::session::Session;
use super::shell::Shell;
use crate::s3::S3;
use crate::s3::address::path::{DefaultFs, S3Path};
use crate::s3a::S3aSettings;

/// The options of `-doctor`.
#[derive(Args, Debug)]
pub struct DoctorOptions {
    /// Writes lines of JSON: start, a step each, summary.
    #[arg(long)]
    pub json: bool,
    /// s3a://bucket/dir, in which an object is stored and deleted. Without it, no bucket is
    /// examined.
    pub path: Option<String>,
}

impl ServiceCommand for DoctorOptions {
    fn run<'r>(&'r self, session: &'r Session<'r>) -> LocalBoxFuture<'r, ServiceOutcome> {
        Box::pin(async move {
            let report = &StepReport::new(self.json);
            let probe = Probe { path: self.path.as_deref(), report };
            Box::pin(Doctor { session, report, probe }.examine()).await?;
            Ok(report.finish())
        })
    }

    fn contradiction(&self) -> Option<String> {
        Some(DefaultFs::any().resolve(self.path.as_deref()?).err()?.to_string())
    }

    fn bucket(&self) -> Option<String> {
        let path = S3Path::parse(self.path.as_deref()?).ok()?;
        Some(path.bucket().to_owned())
    }
}

/// The longest wait for a connection or a response. Settings can make it shorter.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most attempts at a request.
const ATTEMPTS: u32 = 2;

/// The variables that say nothing about AWS.
const HOMES: [&str; 4] = ["HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH"];

struct Doctor<'d> {
    session: &'d Session<'d>,
    report: &'d StepReport,
    probe: Probe<'d>,
}

impl Doctor<'_> {
    /// Takes the steps in order. Ends early if the remaining ones need one that failed.
    ///
    /// # Errors
    /// If the argument is not a path.
    async fn examine(&self) -> Result<(), PathArgumentError> {
        let Some((default_fs, settings)) = self.configuration()? else { return Ok(()) };
        let Some(environment) = self.environment(&settings) else { return Ok(()) };
        let credentials = match self.session.credentials(&settings, &environment) {
            Ok(credentials) => credentials,
            Err(error) => {
                self.report.failed(Step::Credentials, &error.to_string(), None);
                return Ok(());
            }
        };
        let has_credentials = chain::credentials(self.report, &credentials, &environment).await;
        let endpoint = match self.session.endpoint(&settings, &environment).await {
            Ok(endpoint) => endpoint,
            Err(error) => {
                self.report.failed(Step::Endpoint, &error.to_string(), None);
                return Ok(());
            }
        };
        let region = endpoint.region().to_owned();
        let made = (&settings, &environment);
        let s3 = match self.session.client(endpoint, credentials, made, &self.probe) {
            Ok(s3) => s3,
            Err(error) => {
                self.report.ok(Step::Endpoint, &format!("signed for {region}"));
                self.report.block("the trusted certificates are missing");
                let remedy = "name a file of certificates by AWS_CA_BUNDLE, ca_bundle in the \
                              profile, or SSL_CERT_FILE";
                self.report.failed(Step::Tls, &error.to_string(), Some(remedy));
                return Ok(());
            }
        };
        let is_reached = self.reach(&s3, &default_fs, &environment).await;
        if is_reached && !has_credentials {
            self.report.block("credentials failed");
        }
        if is_reached && has_credentials {
            let shell = Shell { s3: &s3, default_fs: &default_fs, upload: &settings.upload };
            self.probe.run(shell).await;
        }
        Ok(())
    }

    /// Reads the files of the configuration and its settings.
    fn configuration(&self) -> Result<Option<(DefaultFs, S3aSettings)>, PathArgumentError> {
        let (_, errors) = self.session.configuration();
        if !errors.is_empty() {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            self.report.failed(Step::Configuration, &errors.join("; "), None);
            return Ok(None);
        }
        match self.session.settings_for(&self.probe) {
            Ok((default_fs, mut settings)) => {
                let files = self.session.configuration_files();
                let files = shown(&files, "no file: defaults and options");
                self.report.ok(Step::Configuration, &files);
                shorten(&mut settings);
                Ok(Some((default_fs, settings)))
            }
            Err(error) => match error.downcast::<PathArgumentError>() {
                Ok(error) => Err(*error),
                Err(error) => {
                    self.report.failed(Step::Configuration, &error.to_string(), None);
                    Ok(None)
                }
            },
        }
    }

    /// Looks at the variables and at the files of profiles. Shows the names of variables only.
    fn environment(&self, settings: &S3aSettings) -> Option<Environment> {
        match self.variables(settings) {
            Ok((environment, detail)) => {
                let is = |name| environment.get(name).is_some();
                let is_half = is("AWS_ROLE_ARN")
                    && !["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"]
                        .into_iter()
                        .any(is);
                if is_half {
                    let detail = format!(
                        "AWS_ROLE_ARN is set but AWS_WEB_IDENTITY_TOKEN_FILE is not, so that the role \
                         is not assumed; {detail}"
                    );
                    self.report.failed(
                        Step::Environment,
                        &detail,
                        Some(
                            "have both set by the service account's annotation (IRSA) and recreate \
                         the pod, or remove AWS_ROLE_ARN",
                        ),
                    );
                } else {
                    self.report.ok(Step::Environment, &detail);
                }
                Some(environment)
            }
            Err(error) => {
                self.report.failed(Step::Environment, &error.to_string(), None);
                None
            }
        }
    }

    fn variables(&self, settings: &S3aSettings) -> Result<(Environment, String), Box<dyn Error>> {
        let environment = self.session.environment_for(settings)?;
        for secret in
            ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        {
            environment.get(secret).into_iter().for_each(|secret| self.report.hide(secret));
        }
        let names = environment.names();
        let names: Vec<_> = names.into_iter().filter(|name| !HOMES.contains(name)).collect();
        let names = if names.is_empty() { "no variable".to_owned() } else { names.join(", ") };
        let files = shown(&self.session.profile_files(&environment)?, "no file of profiles");
        let (_, notes) = self.session.notes(&environment);
        let detail = [vec![names, files], notes].concat().join("; ");
        Ok((environment, detail))
    }

    /// Connects to S3. Returns whether that is possible.
    async fn reach(&self, s3: &S3, default_fs: &DefaultFs, environment: &Environment) -> bool {
        let path = self.probe.path.and_then(|path| default_fs.resolve(path).ok());
        let url = match &path {
            Some(path) => s3.url(&path.with_key("")),
            None => s3.root().map(|url| url.to_string()),
        };
        let origin = url.as_ref().ok().and_then(|url| origin(url));
        let (url, origin) = match (url, origin) {
            (Ok(url), Some(origin)) => (url, origin),
            (Ok(url), None) => {
                self.report.failed(Step::Endpoint, &format!("{url} is no URL of a server"), None);
                return false;
            }
            (Err(error), _) => {
                self.report.failed(Step::Endpoint, &error.to_string(), None);
                return false;
            }
        };
        let region = s3.client().region();
        self.report.ok(Step::Endpoint, &format!("{url}, signed for {region}"));
        let network = Network::of(environment, None);
        connection::connection(self.report, &network, &origin, s3.timeouts().connect).await
    }
}

/// Waits for less, and tries less often, than commands that have work to do.
fn shorten(settings: &mut S3aSettings) {
    let timeouts = &mut settings.timeouts;
    for timeout in [&mut timeouts.connect, &mut timeouts.response, &mut timeouts.stall] {
        *timeout = PATIENCE.min(*timeout);
    }
    let RetrySettings { attempts, throttles, .. } = &mut settings.upload.retries;
    *attempts = ATTEMPTS.min(*attempts);
    *throttles = ATTEMPTS.min(*throttles);
}

fn origin(url: &str) -> Option<Origin> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    format!("{scheme}://{authority}").parse().ok()
}

/// Lists the files that exist.
fn shown(files: &[PathBuf], otherwise: &str) -> String {
    let files = files.iter().filter(|file| file.exists());
    let files: Vec<_> = files.map(|file| file.display().to_string()).collect();
    if files.is_empty() { otherwise.to_owned() } else { files.join(", ") }
}
