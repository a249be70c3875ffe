//! Options before the command: Hadoop calls them generic.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use rolesig_std::config::{BaseUrl, EndpointError, Region};

use crate::configuration::{ConfigurationError, Definition};
use crate::s3::address::path::{DefaultFs, KeySyntax, S3PathError};
use crate::system::local_path::local_path_parser;
use crate::system::user::user;

/// The options that are also written with one dash, as Hadoop writes them.
pub(crate) const WITH_ONE_DASH: [&str; 3] = ["conf", "fs", "sandbox"];

/// The options before the command.
#[derive(Debug, Args)]
pub struct GenericOptions {
    /// The endpoint of S3, if it is not AWS's: a URL such as http://127.0.0.1:9000. Otherwise
    /// AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL.
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// The region of the buckets. Otherwise AWS_REGION, AWS_DEFAULT_REGION.
    #[arg(long)]
    pub region: Option<String>,
    /// The profile of ~/.aws/config and ~/.aws/credentials. Otherwise AWS_PROFILE.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// The certificates (PEM) to trust instead of the system's. Otherwise AWS_CA_BUNDLE, ca_bundle
    /// of the profile, SSL_CERT_FILE and SSL_CERT_DIR.
    #[arg(long, value_name = "FILE")]
    pub ca_bundle: Option<String>,
    /// Sets name to value, over all files.
    #[arg(short = 'D', value_name = "NAME=VALUE")]
    pub definitions: Vec<Definition>,
    /// A file like core-site.xml, read after it (also: -conf).
    #[arg(long, value_name = "FILE", value_parser = local_path_parser())]
    pub conf: Vec<PathBuf>,
    /// The place of paths without a scheme: s3a://bucket (also: -fs). Otherwise fs.defaultFS, if it
    /// is in S3.
    #[arg(long, value_name = "URI")]
    pub fs: Option<String>,
    /// Takes keys in paths unchanged. Otherwise slashes in a row are one, . is left out, and ..
    /// leads to the parent, as in Hadoop.
    #[arg(long)]
    pub exact_keys: bool,
    /// The directory of core-site.xml. Otherwise /etc/hadoop/conf, if there is one.
    #[arg(long, value_name = "DIR", env = "HADOOP_CONF_DIR")]
    pub config: Option<OsString>,
    /// A private directory in which the processes of this host share the credentials that one
    /// of them fetched.
    #[arg(
        long, value_name = "DIR", env = "ROLEFS_CREDENTIALS_CACHE",
        value_parser = local_path_parser()
    )]
    pub credentials_cache: Option<PathBuf>,
    /// Runs the command against an instance metadata service and an S3 server in this process, on
    /// loopback (also: -sandbox). They have their own endpoint and region.
    #[cfg(feature = "sandbox")]
    #[arg(long)]
    pub sandbox: bool,
    /// The directory in which the sandbox keeps its buckets.
    #[cfg(feature = "sandbox")]
    #[arg(
        long, value_name = "DIR", default_value = "rolefs-sandbox",
        value_parser = local_path_parser()
    )]
    pub sandbox_dir: PathBuf,
}

impl GenericOptions {
    /// Treats variables that are empty as variables that are not set.
    pub(crate) fn without_empty_variables(self) -> Self {
        let credentials_cache =
            self.credentials_cache.filter(|directory| !directory.as_os_str().is_empty());
        Self { credentials_cache, ..self }
    }

    /// Returns the error in the options, if they contradict each other.
    pub(crate) fn contradiction(&self) -> Option<String> {
        if let Some(definition) = self.definitions.iter().find(|one| one.parts().is_none()) {
            let name = definition.name().to_owned();
            return Some(ConfigurationError::Definition { name }.to_string());
        }
        #[cfg(feature = "sandbox")]
        if self.sandbox && (self.endpoint.is_some() || self.region.is_some()) {
            let what = "-sandbox has its own endpoint and region: leave out --endpoint and \
                        --region";
            return Some(what.to_owned());
        }
        if let Some(Err(error)) = self.given_fs()
            && error.is_of_usage()
        {
            return Some(error.to_string());
        }
        None
    }

    /// Returns why no request can be sent with the options, if the endpoint or the region is not
    /// one.
    pub(crate) fn wrong_place(&self) -> Option<String> {
        let url = self.endpoint.as_ref().map(|url| url.parse::<BaseUrl>());
        if let Some(Err(_)) = url {
            return Some(EndpointError::Url { by: "--endpoint".to_owned() }.to_string());
        }
        let mut error = self.region.as_ref()?.parse::<Region>().err()?;
        error.by = Some("--region".to_owned());
        Some(error.to_string())
    }

    /// Returns the place of paths without a scheme that the option names.
    pub(crate) fn given_fs(&self) -> Option<Result<DefaultFs, S3PathError>> {
        let given = self.fs.as_ref().map(|uri| DefaultFs::new(uri, &user()));
        given.map(|given| given.map(|given| given.with_keys(self.keys())))
    }

    /// Returns how keys in paths are read.
    pub(crate) const fn keys(&self) -> KeySyntax {
        if self.exact_keys { KeySyntax::Exact } else { KeySyntax::Folded }
    }
}
