//! An instance metadata service and an S3 server in this process, on 127.0.0.1 and free ports.
//!
//! The sandbox stands in for an EC2 instance with a role and for the S3 of its region, so that a
//! program can be run and tested without an AWS account. It checks the credentials that it
//! handed out when they come back:
//!
//! 1. `PUT /latest/api/token` answers a metadata token, and without one nothing else answers.
//! 2. `GET …/iam/security-credentials/ROLE` answers credentials that expire: access key ID,
//!    secret access key and session token, all random, known to this sandbox only.
//! 3. S3 takes a request only if its signature is right, made with these credentials for this
//!    region, and if it carries and signs the session token that belongs to them.
//!
//! [`Sandbox::report`] counts what was checked. Objects are files: `FOLDER/BUCKET/KEY`.
//!
//! ```no_run
//! # async fn run() -> std::io::Result<()> {
//! use rolefs::sandbox::{Sandbox, Settings};
//!
//! let settings = Settings { buckets: vec!["photos".into()], ..Settings::default() };
//! let sandbox = Sandbox::start(settings).await?;
//! println!("AWS_EC2_METADATA_SERVICE_ENDPOINT={}", sandbox.metadata_endpoint());
//! println!("AWS_ENDPOINT_URL_S3={}", sandbox.s3_endpoint());
//! # Ok(()) }
//! ```
//!
//! It is not all of S3: it has no policies, no versions, no listing of unfinished uploads. A bucket
//! is a folder, so that `a` and `a/b` cannot both be objects, `a//b` is `a/b`, and the object `a/`
//! is a folder that no listing shows.

mod access;
mod admission;
mod authorization;
mod imds;
mod report;
mod role;
mod s3;
mod server;

use core::net::Ipv4Addr;
use core::time::Duration;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use imds::MetadataService;
use report::Ledger;
pub use report::Report;
use role::Role;
use s3::Storage;
use s3s::path::check_bucket_name;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The settings of a [`Sandbox`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder of the buckets, with a folder for each. Only one sandbox at a time can use it.
    pub folder: PathBuf,
    /// The buckets to create, if they do not exist yet; existing ones stay.
    pub buckets: Vec<String>,
    /// The region of the instance and of every bucket; requests signed for another are refused.
    pub region: String,
    /// The name of the role that the instance has.
    pub role: String,
    /// The validity of credentials, from 1 second to 12 hours, in whole seconds.
    ///
    /// The metadata service makes new ones when half of it or less is left. The old ones
    /// stay valid until they expire.
    pub lifetime: Duration,
}

impl Default for Settings {
    /// Returns the folder `rolefs-sandbox` below the current one, no bucket, `us-east-1`, and 15
    /// minutes.
    fn default() -> Self {
        Self {
            folder: PathBuf::from("rolefs-sandbox"),
            buckets: Vec::new(),
            region: "us-east-1".to_owned(),
            role: "rolefs-sandbox-role".to_owned(),
            lifetime: Duration::from_mins(15),
        }
    }
}

impl Settings {
    fn check(&self) -> io::Result<()> {
        if let Some(bucket) = self.buckets.iter().find(|bucket| !check_bucket_name(bucket)) {
            return Err(invalid(format!(
                "not the name of a bucket: {bucket:?}: expected 3 to 63 lower-case letters, digits, dots and hyphens"
            )));
        }
        if !is_role_name(&self.role) {
            return Err(invalid(format!(
                "not the name of a role: {:?}: expected letters, digits and _+=,.@-, at most 64",
                self.role
            )));
        }
        if self.region.is_empty() || !self.region.bytes().all(is_region_byte) {
            return Err(invalid(format!(
                "not a region: {:?}: expected letters, digits and hyphens",
                self.region
            )));
        }
        if !(1..=12 * 60 * 60).contains(&self.lifetime.as_secs()) {
            return Err(invalid("expected a lifetime of 1 second to 12 hours".to_owned()));
        }
        Ok(())
    }
}

/// Returns whether a role can have this name: letters, digits and `_+=,.@-`, at most 64 of them.
///
/// Source: "IAM and AWS STS quotas".
fn is_role_name(name: &str) -> bool {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(is_legal)
}

fn is_region_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}

/// A running instance metadata service and S3 server; dropping it stops both at once.
#[derive(Debug)]
#[must_use = "dropping a sandbox stops it"]
pub struct Sandbox {
    metadata_endpoint: String,
    s3_endpoint: String,
    ledger: Arc<Ledger>,
    /// Owned for their end: a dropped set aborts its tasks.
    _servers: JoinSet<()>,
}

impl Sandbox {
    /// Creates the folder and the buckets, takes two free ports and serves on them.
    ///
    /// The servers are tasks of the tokio runtime that calls this, which needs its I/O driver.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] for a setting that AWS would not take either, else
    /// whatever the file system or the loopback interface answers.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        settings.check()?;
        for bucket in &settings.buckets {
            tokio::fs::create_dir_all(settings.folder.join(bucket)).await?;
        }
        tokio::fs::create_dir_all(&settings.folder).await?;

        let ledger = Arc::new(Ledger::default());
        let role = Arc::new(Role::new(settings.role, settings.lifetime));
        let metadata = MetadataService::new(role.clone(), settings.region.clone(), ledger.clone());
        let storage = Storage::new(&settings.folder, role, settings.region, ledger.clone())?;

        let mut servers = JoinSet::new();
        let (metadata_listener, metadata_endpoint) = listen().await?;
        let (s3_listener, s3_endpoint) = listen().await?;
        servers.spawn(server::serve(metadata_listener, metadata));
        servers.spawn(server::serve(s3_listener, storage));
        Ok(Self { metadata_endpoint, s3_endpoint, ledger, _servers: servers })
    }

    /// Returns the URL of the metadata service, like `http://127.0.0.1:49152`.
    ///
    /// AWS SDKs take it from the variable `AWS_EC2_METADATA_SERVICE_ENDPOINT`.
    #[must_use]
    pub fn metadata_endpoint(&self) -> &str {
        &self.metadata_endpoint
    }

    /// Returns the URL of S3, like `http://127.0.0.1:49153`; the bucket is the first part of a
    /// path.
    ///
    /// AWS SDKs take it from the variable `AWS_ENDPOINT_URL_S3`.
    #[must_use]
    pub fn s3_endpoint(&self) -> &str {
        &self.s3_endpoint
    }

    /// Returns the checks since the start. The numbers do not change later.
    #[must_use]
    pub fn report(&self) -> Report {
        self.ledger.report()
    }
}

/// Listens on port 0 of the loopback interface: the kernel picks a free port.
async fn listen() -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    Ok((listener, endpoint))
}
