//! The S3 server: `s3s` verifies signatures, `s3s-fs` keeps the objects in a folder.
//!
//! A payload that is not the signed one is not stored, but `s3s-fs` returns 500 `InternalError`
//! where S3 returns 400 `XAmzContentSHA256Mismatch`.

use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use hyper::body::Incoming;
use hyper::{Request, Response};
use s3s::auth::{S3Auth, SecretKey};
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3Error, S3Result};
use s3s_fs::FileSystem;

use super::access::SessionCheck;
use super::admission::{Admission, unknown_access_key};
use super::report::Ledger;
use super::role::Role;
use super::server::Server;

/// The buckets below a folder.
pub(super) struct Storage {
    service: S3Service,
    ledger: Arc<Ledger>,
}

impl Storage {
    pub(super) fn new(
        folder: &Path,
        role: Arc<Role>,
        region: String,
        ledger: Arc<Ledger>,
    ) -> io::Result<Self> {
        let files =
            FileSystem::new(folder).map_err(|error| io::Error::other(S3Error::from(error)))?;
        // A form of a browser carries its session token in a field, and is read before it is
        // checked: this takes none that holds anything.
        let mut config = S3Config::default();
        config.post_object_max_file_size = 0;

        let mut builder = S3ServiceBuilder::new(files);
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        builder.set_auth(KnownKeys(role.clone()));
        builder.set_access(SessionCheck {
            folder: folder.to_owned(),
            role,
            region,
            ledger: ledger.clone(),
        });
        Ok(Self { service: builder.build(), ledger })
    }
}

impl Server for Storage {
    type Body = Body;

    async fn respond(&self, request: Request<Incoming>) -> io::Result<Response<Body>> {
        let admission = Admission::default();
        let mut request = request.map(Body::from);
        request.extensions_mut().insert(admission.clone());
        let response = Box::pin(self.service.call(request)).await.map_err(io::Error::other)?;
        if !admission.is_granted() {
            self.ledger.count(|report| &mut report.requests_refused);
        }
        Ok(response)
    }
}

/// The secret access keys that the metadata service has handed out, and no others.
struct KnownKeys(Arc<Role>);

#[async_trait]
impl S3Auth for KnownKeys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let credentials = self.0.find(access_key).ok_or_else(unknown_access_key)?;
        Ok(SecretKey::from(credentials.secret_access_key.as_str()))
    }
}
