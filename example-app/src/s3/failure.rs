//! Why an operation on S3 failed.

use core::time::Duration;

use rolesig_std::client::ClientError;
use thiserror::Error;

use super::answer::{BadListing, S3Error};
use super::endpoint::EndpointError;
use crate::s3::runtime_role;
use crate::system::descriptors;

/// Why an operation failed.
#[derive(Debug, Error)]
pub enum S3Failure {
    /// S3 said no.
    #[error(transparent)]
    S3(#[from] S3Error),
    /// Nothing was sent.
    #[error("{}", runtime_role::told(.0))]
    Client(#[from] ClientError),
    /// No connection, or it broke.
    #[error("{}", without_answer(host, error))]
    NoAnswer {
        /// What was asked.
        host: String,
        /// What happened.
        #[source]
        error: ClientError,
    },
    /// No URL for it.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// No answer in time.
    #[error("no answer within {} s: check --endpoint and the network, and try again", .0.as_secs())]
    Timeout(Duration),
    /// Nothing moved any more.
    #[error("no byte moved for {} s: check the network, and try again", .0.as_secs())]
    Stalled(Duration),
    /// Success without what S3 always says with it.
    #[error("what answered is not S3 (no ETag): is there a proxy or a portal in between?")]
    NotS3,
    /// The answer broke off, or was too long.
    #[error("the answer broke off ({0}): check the network, and try again")]
    Body(#[source] Box<dyn core::error::Error + Send + Sync>),
    /// Not a listing.
    #[error(transparent)]
    Listing(#[from] BadListing),
    /// Not a request.
    #[error(transparent)]
    Request(#[from] http::Error),
}

impl S3Failure {
    /// What S3 calls the request, if it said so.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::S3(error) => error.request_id.as_deref(),
            _ => None,
        }
    }

    /// Whether there is no such upload: it was aborted, or is an object.
    pub fn is_no_upload(&self) -> bool {
        matches!(self, Self::S3(error) if error.code == "NoSuchUpload")
    }
}

/// Says why nobody answered, and what to do.
fn without_answer(host: &str, error: &ClientError) -> String {
    const OTHERWISE: &str = "check --endpoint, --region and the network";
    if descriptors::are_exhausted_below(error) {
        return format!("no connection to {host} ({error}): {}", descriptors::REMEDY);
    }
    let Some(reason) = error.connect_error() else {
        if error.is_malformed() {
            return format!("what answers at {host} is not HTTP ({error}): check the port");
        }
        return format!("{host} does not answer ({error}): {OTHERWISE}");
    };
    match reason.remedy() {
        // The reason names who it is about.
        Some(remedy) => format!("no connection to {host} ({reason}): {remedy}"),
        None => format!("{host} does not answer ({reason}): {OTHERWISE}"),
    }
}
