//! The kinds of S3's errors.

use http::StatusCode;
use rolesig_std::http::Verdict;

/// The meaning of an error response of S3.
///
/// Source: "Error responses" (list of error codes), Amazon S3 API Reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum S3ErrorKind {
    /// The policies do not allow the operation.
    AccessDenied,
    /// The signature is not the one that S3 calculates.
    SignatureMismatch,
    /// S3 does not know the access key id.
    UnknownAccessKey,
    /// The session token does not belong to the credentials.
    InvalidToken,
    /// The credentials have expired.
    ExpiredToken,
    /// The signature is too old, or of the future.
    ClockSkew,
    /// The request was signed for a region other than the bucket's.
    WrongRegion,
    /// The bucket is at another endpoint.
    Redirect,
    /// There is no such bucket.
    NoSuchBucket,
    /// There is no such object.
    NoSuchKey,
    /// The upload was aborted, or is an object.
    NoSuchUpload,
    /// The object is archived.
    Archived,
    /// The condition of the request does not hold.
    PreconditionFailed,
    /// Another writer is at the same key.
    Conflict,
    /// The range begins behind the end of the object.
    InvalidRange,
    /// An argument of the operation is not valid, such as its version.
    InvalidArgument,
    /// The store cannot read the document that was sent.
    MalformedXml,
    /// The store lacks the operation, or a part of it.
    NotImplemented,
    /// The store lacks the operation at this place.
    MethodNotAllowed,
    /// The store has no room left, or not for this account or bucket.
    Full,
    /// The request arrived incomplete, late, or changed.
    BadTransfer,
    /// S3 has too much to do.
    Throttled,
    /// S3 reports its own failure.
    InternalError,
    /// A proxy or a portal answered: S3 answers none of rolefs's requests with this status.
    Intermediary,
    /// A redirection that is not S3's: a portal or a proxy requires a login, or the endpoint is
    /// not that of a store.
    Portal,
    /// A proxy on the way that no setting names requires a login.
    ProxyLogIn,
    /// The server requires `https` in place of plain `http`.
    WantsHttps,
    /// The server requires a client certificate.
    ClientCertificate,
    /// Another status of 500 and more.
    ServerError,
    /// Another error.
    Other,
}

impl S3ErrorKind {
    /// Reads the kind from the code and the status of a response. An error within a response of
    /// success has a code only; an error without a body has a status only.
    pub(super) fn of(code: &str, status: StatusCode) -> Self {
        match status {
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                return Self::Throttled;
            }
            StatusCode::NOT_IMPLEMENTED => return Self::NotImplemented,
            StatusCode::HTTP_VERSION_NOT_SUPPORTED
            | StatusCode::NETWORK_AUTHENTICATION_REQUIRED
            // The response to `If-None-Match` and `If-Modified-Since` of a GET, which rolefs never
            // sends.
            | StatusCode::NOT_MODIFIED => return Self::Intermediary,
            _ => {}
        }
        let throttled = || {
            let verdict = Verdict::of_response(StatusCode::OK, code);
            (verdict == Verdict::Throttled).then_some(Self::Throttled)
        };
        Self::of_code(code).or_else(throttled).unwrap_or_else(|| Self::of_status(status))
    }

    fn of_code(code: &str) -> Option<Self> {
        Some(match code {
            "AccessDenied" | "Forbidden" => Self::AccessDenied,
            "SignatureDoesNotMatch" => Self::SignatureMismatch,
            "InvalidAccessKeyId" => Self::UnknownAccessKey,
            "InvalidToken" => Self::InvalidToken,
            "ExpiredToken" | "TokenRefreshRequired" => Self::ExpiredToken,
            "RequestTimeTooSkewed" | "RequestExpired" => Self::ClockSkew,
            "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" => {
                Self::WrongRegion
            }
            "NoSuchBucket" => Self::NoSuchBucket,
            "NoSuchKey" => Self::NoSuchKey,
            "NoSuchUpload" => Self::NoSuchUpload,
            "InvalidObjectState" | "ObjectNotInActiveTierError" => Self::Archived,
            "PreconditionFailed" => Self::PreconditionFailed,
            "OperationAborted" | "ConditionalRequestConflict" => Self::Conflict,
            "InvalidRange" => Self::InvalidRange,
            "InvalidArgument" => Self::InvalidArgument,
            "MalformedXML" => Self::MalformedXml,
            "NotImplemented" => Self::NotImplemented,
            "QuotaExceeded"
            | "InsufficientStorage"
            | "XMinioStorageFull"
            | "XMinioAdminBucketQuotaExceeded" => Self::Full,
            "MethodNotAllowed" => Self::MethodNotAllowed,
            "RequestTimeout" | "IncompleteBody" | "BadDigest" | "XAmzContentSHA256Mismatch" => {
                Self::BadTransfer
            }
            // Of MinIO.
            "SlowDownRead" | "SlowDownWrite" => Self::Throttled,
            "InternalError" => Self::InternalError,
            _ => return None,
        })
    }

    fn of_status(status: StatusCode) -> Self {
        match status {
            status if status.is_redirection() => Self::Redirect,
            StatusCode::REQUEST_TIMEOUT => Self::BadTransfer,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::PRECONDITION_FAILED => Self::PreconditionFailed,
            StatusCode::RANGE_NOT_SATISFIABLE => Self::InvalidRange,
            StatusCode::INSUFFICIENT_STORAGE => Self::Full,
            status if status.is_server_error() => Self::ServerError,
            _ => Self::Other,
        }
    }

    /// Returns what to do about the error, if that is known.
    pub(super) const fn remedy(self) -> Option<&'static str> {
        Some(match self {
            Self::AccessDenied => "the policies of the role or of the bucket do not allow this",
            Self::SignatureMismatch => {
                "the secret access key does not belong to the access key id, or a proxy changed \
                 the request"
            }
            Self::UnknownAccessKey => {
                "the access key id is not known there; role credentials also need their session \
                 token (AWS_SESSION_TOKEN)"
            }
            Self::InvalidToken => "the session token does not belong to these credentials",
            Self::ExpiredToken => "fetch new credentials",
            Self::ClockSkew => {
                "the clock of this machine is wrong, or that of the store: set it by NTP"
            }
            Self::NoSuchBucket => "create it, or check its name and the endpoint",
            Self::NoSuchUpload => {
                "it was completed or aborted meanwhile: look with -ls, and put the file again if it \
                 is not there"
            }
            Self::Archived => "the object is archived: restore it first (aws s3api restore-object)",
            Self::Conflict => "another writer is at the same key: try again",
            Self::NotImplemented => "the store lacks this",
            Self::Full => {
                "the store or its quota is full: delete something, or have the quota raised"
            }
            Self::MethodNotAllowed => {
                "the server does not do this there: check that --endpoint is that of S3 (not of a \
                 website, as s3-website), and the path"
            }
            Self::Throttled | Self::InternalError => "try again later",
            Self::Portal => {
                "S3 does not answer so: if a portal of the network does, log in there with a \
                 browser; otherwise check --endpoint and the settings of proxies"
            }
            Self::ProxyLogIn => {
                "a proxy on the way requires a login: name it with user name and password by \
                 HTTPS_PROXY (HTTP_PROXY for endpoints of http), as \
                 http://USER:PASSWORD@HOST:PORT, or by fs.s3a.proxy.host and the settings beside it"
            }
            Self::WantsHttps => "the server wants https: give --endpoint as https://",
            Self::ClientCertificate => {
                "it requires a client certificate, which is not supported: give another \
                 --endpoint, or a local proxy that has the certificate"
            }
            Self::Intermediary => "S3 does not answer so: look for a proxy or a portal on the way",
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_shared_codes_as_the_library_does() {
        for code in ["SlowDown", "ServiceUnavailable", "Throttling", "TooManyRequests"] {
            let kind = S3ErrorKind::of(code, StatusCode::BAD_REQUEST);
            assert_eq!(kind, S3ErrorKind::Throttled, "{code}");
            let verdict = Verdict::of_response(StatusCode::BAD_REQUEST, code);
            assert_eq!(verdict, Verdict::Throttled, "{code}");
        }
        for code in ["InternalError", "RequestTimeout"] {
            assert!(S3ErrorKind::of_code(code).is_some(), "{code}");
            assert_eq!(
                Verdict::of_response(StatusCode::BAD_REQUEST, code),
                Verdict::Again,
                "{code}"
            );
        }
        // These are about a body that S3 received altered. The library cannot send one again.
        for code in ["BadDigest", "IncompleteBody", "XAmzContentSHA256Mismatch"] {
            assert_eq!(S3ErrorKind::of_code(code), Some(S3ErrorKind::BadTransfer), "{code}");
            assert_eq!(
                Verdict::of_response(StatusCode::BAD_REQUEST, code),
                Verdict::Final,
                "{code}"
            );
        }
    }
}
