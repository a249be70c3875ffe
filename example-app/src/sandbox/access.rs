//! The checks that `s3s` leaves to its users: the session token, and where `s3s-fs` differs from
//! S3.
//!
//! The check comes after the signature was found right and before the request comes near an
//! object. It looks at the region and the service of the credential scope, at the headers that
//! have to be signed, at the session token and at its end. The responses are those of the page
//! "Error responses" of the S3 API reference.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use rolesig_std::Clock;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::Credentials;
use s3s::dto::{
    AbortMultipartUploadInput, CompleteMultipartUploadInput, CreateMultipartUploadInput,
    GetObjectInput, HeadObjectInput, ListObjectsInput, ListObjectsV2Input, UploadPartCopyInput,
    UploadPartInput,
};
use s3s::{S3Request, S3Result, s3_error};

use super::admission::{Admission, unknown_access_key};
use super::authorization::ReceivedSignature;
use super::report::Ledger;
use super::role::{Role, SandboxCredentials};

/// Lets a request through if the session token and the rest of its credentials are valid.
pub(super) struct SessionCheck {
    pub(super) folder: PathBuf,
    pub(super) role: Arc<Role>,
    pub(super) region: String,
    pub(super) ledger: Arc<Ledger>,
}

impl SessionCheck {
    fn check_session(&self, request: &S3AccessContext<'_>) -> S3Result {
        let Some(signer) = request.credentials() else {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        };
        self.ledger.count(|report| &mut report.signatures_verified);
        let authorization = ReceivedSignature::read(request.uri(), request.headers())?;
        authorization.check_scope(&self.region)?;
        authorization.check_signed_headers(request.headers())?;
        let issued = self.role.find(&signer.access_key).ok_or_else(unknown_access_key)?;
        check_token(&issued, authorization.session_token.as_deref())?;
        self.ledger.count(|report| &mut report.session_tokens_verified);
        Ok(())
    }

    /// Refuses an object in a missing bucket: `s3s-fs` would create the bucket along with it.
    async fn check_bucket(&self, request: &S3AccessContext<'_>) -> S3Result {
        let Some(bucket) = request.s3_path().get_bucket_name() else { return Ok(()) };
        let exists = tokio::fs::try_exists(self.folder.join(bucket)).await.unwrap_or_default();
        if exists || request.s3_op().name() == "CreateBucket" {
            return Ok(());
        }
        Err(s3_error!(NoSuchBucket, "The specified bucket does not exist"))
    }

    /// Refuses a folder as an object: `s3s-fs` takes it for one, and then fails with 500 when it
    /// reads it.
    async fn check_file(&self, bucket: &str, key: &str) -> S3Result {
        let path = self.folder.join(bucket).join(key.trim_start_matches('/'));
        if tokio::fs::metadata(path).await.is_ok_and(|found| found.is_dir()) {
            return Err(s3_error!(NoSuchKey, "The specified key does not exist."));
        }
        Ok(())
    }

    /// Names the role as the one who acts: `s3s-fs` remembers the access key ID that began an
    /// upload and refuses every other one. An upload belongs to the role and outlives its
    /// credentials.
    fn act_as_role(&self, signer: &mut Option<Credentials>) {
        if let Some(signer) = signer {
            signer.access_key.clone_from(&self.role.name);
        }
    }
}

#[async_trait]
impl S3Access for SessionCheck {
    async fn check(&self, request: &mut S3AccessContext<'_>) -> S3Result {
        self.check_session(request)?;
        if let Some(admission) = request.extensions_mut().get::<Admission>() {
            admission.grant();
        }
        self.check_bucket(request).await
    }

    async fn create_multipart_upload(
        &self,
        request: &mut S3Request<CreateMultipartUploadInput>,
    ) -> S3Result {
        self.act_as_role(&mut request.credentials);
        Ok(())
    }

    async fn upload_part(&self, request: &mut S3Request<UploadPartInput>) -> S3Result {
        self.act_as_role(&mut request.credentials);
        Ok(())
    }

    async fn upload_part_copy(&self, request: &mut S3Request<UploadPartCopyInput>) -> S3Result {
        self.act_as_role(&mut request.credentials);
        Ok(())
    }

    async fn complete_multipart_upload(
        &self,
        request: &mut S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result {
        self.act_as_role(&mut request.credentials);
        Ok(())
    }

    async fn abort_multipart_upload(
        &self,
        request: &mut S3Request<AbortMultipartUploadInput>,
    ) -> S3Result {
        self.act_as_role(&mut request.credentials);
        Ok(())
    }

    async fn get_object(&self, request: &mut S3Request<GetObjectInput>) -> S3Result {
        self.check_file(&request.input.bucket, &request.input.key).await
    }

    async fn head_object(&self, request: &mut S3Request<HeadObjectInput>) -> S3Result {
        self.check_file(&request.input.bucket, &request.input.key).await
    }

    /// Removes the encoding: `s3s-fs` claims the one that is asked for and then does not encode. A
    /// client would decode keys with `+` or `%` in them to others.
    async fn list_objects(&self, request: &mut S3Request<ListObjectsInput>) -> S3Result {
        request.input.encoding_type = None;
        Ok(())
    }

    /// Removes the encoding, as [`list_objects`](Self::list_objects) does.
    async fn list_objects_v2(&self, request: &mut S3Request<ListObjectsV2Input>) -> S3Result {
        request.input.encoding_type = None;
        Ok(())
    }
}

/// Answers as S3 does: without its session token a temporary access key ID is unknown to it.
fn check_token(issued: &SandboxCredentials, presented: Option<&str>) -> S3Result {
    let token = presented.ok_or_else(unknown_access_key)?;
    if !issued.has_session_token(token) {
        let reason = "The provided token is malformed or otherwise invalid.";
        return Err(s3_error!(InvalidToken, "{reason}"));
    }
    if issued.is_expired(Clock::SYSTEM.now()) {
        return Err(s3_error!(ExpiredToken, "The provided token has expired."));
    }
    Ok(())
}
