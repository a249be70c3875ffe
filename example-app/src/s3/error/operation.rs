//! The errors of operations on S3.

use core::time::Duration;

use rolesig_std::client::ClientError;
use thiserror::Error;

use super::kind::S3ErrorKind;
use super::listing::ListingError;
use super::s3_error::S3Error;
use crate::s3::address::endpoint::S3EndpointError;
use crate::s3::error::runtime_role;
use crate::system::descriptors;

/// An error of an operation on S3.
#[derive(Debug, Error)]
pub enum OperationError {
    /// S3 refused.
    #[error(transparent)]
    Refused(#[from] S3Error),
    /// Nothing was sent.
    #[error("{}", runtime_role::message(.0))]
    Client(#[from] ClientError),
    /// There was no connection, or it broke.
    #[error("{}", without_response(host, error))]
    NoResponse {
        /// The host that was asked.
        host: String,
        /// The cause.
        #[source]
        error: ClientError,
    },
    /// The bucket and the key make no URL.
    #[error(transparent)]
    Endpoint(#[from] S3EndpointError),
    /// The object has changed.
    #[error("changed while it was read: get it again")]
    Changed,
    /// The work was to end before this was done.
    #[error("interrupted before it was done")]
    Stopped,
    /// No response came in time.
    #[error("no response within {} s: check --endpoint and the network, and try again", .0.as_secs())]
    Timeout(Duration),
    /// No byte moved any more.
    #[error("no byte moved for {} s: check the network, and try again", .0.as_secs())]
    Stalled(Duration),
    /// A response of success lacks what S3 always sends with it: this.
    #[error(
        "the server is not S3 (no {0} in its response): check --endpoint, and that no proxy or \
         portal answers"
    )]
    NotS3(&'static str),
    /// The response brings other bytes than those from an offset on.
    #[error(
        "the server is not S3 (its response is `{came}' of the object, and begins elsewhere than \
         at {offset}): check --endpoint, and that no proxy or portal answers"
    )]
    Range {
        /// The first byte that was asked for.
        offset: u64,
        /// Its `Content-Range`.
        came: String,
    },
    /// A web page in place of a response of S3.
    #[error(
        "the server is not S3 (its response is a web page): check --endpoint, and that no proxy or \
         portal answers"
    )]
    WebPage,
    /// The response is longer than any of S3: more than this many bytes.
    #[error("the response has more than {} MiB, and S3's are shorter: check --endpoint", .0 >> 20)]
    TooLong(usize),
    /// The response is not UTF-8, but in this encoding.
    #[error(
        "the response is {0}, and not plain UTF-8 as S3's are: check --endpoint, and that no proxy \
         changes responses"
    )]
    Encoded(String),
    /// The response broke off.
    #[error("the response broke off ({0}): check the network, and try again")]
    Body(#[source] Box<dyn core::error::Error + Send + Sync>),
    /// The response is not a listing.
    #[error(transparent)]
    Listing(#[from] ListingError),
    /// The request is not valid HTTP.
    #[error(transparent)]
    Request(#[from] http::Error),
}

impl OperationError {
    /// Returns the request id, if S3 reported it.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Refused(error) => error.request_id.as_deref(),
            _ => None,
        }
    }

    /// Returns the kind of S3's error, if S3 answered with one.
    pub const fn kind(&self) -> Option<S3ErrorKind> {
        match self {
            Self::Refused(error) => Some(error.kind),
            _ => None,
        }
    }

    /// Returns whether the error says that the upload does not exist: it was aborted, or is an
    /// object.
    pub fn is_missing_upload(&self) -> bool {
        self.kind() == Some(S3ErrorKind::NoSuchUpload)
    }

    /// Returns whether S3 may have done the request without a confirming response.
    pub fn may_have_succeeded(&self) -> bool {
        match self {
            // S3 does not know what it was asked for, such as a condition, or has no room for it.
            Self::Refused(error)
                if matches!(error.kind, S3ErrorKind::NotImplemented | S3ErrorKind::Full) =>
            {
                false
            }
            Self::Refused(error) => error.status.is_server_error() || error.status.is_success(),
            Self::NoResponse { .. }
            | Self::Timeout(_)
            | Self::Stalled(_)
            | Self::Body(_)
            | Self::TooLong(_)
            | Self::Encoded(_)
            | Self::WebPage
            | Self::NotS3(_) => true,
            _ => false,
        }
    }
}

/// Writes why there is no response, and what to do.
fn without_response(host: &str, error: &ClientError) -> String {
    const OTHERWISE: &str = "check --endpoint, --region and the network";
    if descriptors::are_exhausted_below(error) {
        return format!("no connection to {host} ({error}): {}", descriptors::REMEDY);
    }
    let Some(reason) = error.connect_error() else {
        if error.is_malformed() {
            return format!("{host} does not speak HTTP ({error}): check the port");
        }
        return format!("{host} does not answer ({error}): {OTHERWISE}");
    };
    match reason.remedy() {
        // The reason names its host.
        Some(remedy) => format!("no connection to {host} ({reason}): {remedy}"),
        None => format!("{host} does not answer ({reason}): {OTHERWISE}"),
    }
}
