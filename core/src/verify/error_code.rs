//! The code and the status with which AWS answers a request that it refuses.

use crate::verify::error::VerifyError;
use crate::verify::mechanism::AuthMechanism;

/// A family of services that answers refusals with the same codes.
///
/// Source: "Error responses" (Amazon S3), "Common errors" (AWS STS, AWS Lambda), "Error handling
/// with DynamoDB".
///
/// ```
/// use rolesig::{ErrorCodes, VerifyError};
///
/// let unknown = VerifyError::InvalidAccessKeyId;
/// assert_eq!(unknown.code_in(ErrorCodes::S3), "InvalidAccessKeyId");
/// assert_eq!(unknown.code_in(ErrorCodes::Query), "InvalidClientTokenId");
/// assert_eq!(unknown.code_in(ErrorCodes::Json), "UnrecognizedClientException");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ErrorCodes {
    /// Amazon S3.
    S3,
    /// Services of the query protocol, which answer in XML: IAM, STS, EC2, SNS.
    Query,
    /// Services that answer in JSON: DynamoDB, KMS, Lambda, Kinesis.
    Json,
}

impl VerifyError {
    /// Returns the code with which Amazon S3 answers such a request.
    ///
    /// ```
    /// use rolesig::VerifyError;
    ///
    /// let error = VerifyError::RequestExpired;
    /// assert_eq!((error.code(), error.status()), ("AccessDenied", 403));
    /// ```
    pub fn code(self) -> &'static str {
        self.code_in(ErrorCodes::S3)
    }

    /// Returns the HTTP status with which Amazon S3 answers such a request.
    pub fn status(self) -> u16 {
        self.status_in(ErrorCodes::S3)
    }

    /// Returns the code with which a service of a family answers such a request.
    pub fn code_in(self, codes: ErrorCodes) -> &'static str {
        self.code_and_status(codes).0
    }

    /// Returns the HTTP status of [`code_in`](Self::code_in).
    pub fn status_in(self, codes: ErrorCodes) -> u16 {
        self.code_and_status(codes).1
    }

    fn code_and_status(self, codes: ErrorCodes) -> (&'static str, u16) {
        let kind = self.kind();
        match codes {
            ErrorCodes::S3 => self.of_s3(),
            ErrorCodes::Query => match kind {
                Kind::Unsigned => ("MissingAuthenticationToken", 403),
                Kind::Incomplete => ("IncompleteSignature", 400),
                Kind::UnknownKey => ("InvalidClientTokenId", 403),
                Kind::ExpiredToken => ("ExpiredToken", 403),
                Kind::Mismatch => ("SignatureDoesNotMatch", 403),
                Kind::Denied => ("AccessDenied", 403),
                Kind::Malformed => ("ValidationError", 400),
                Kind::TooLarge => ("RequestEntityTooLargeException", 413),
                Kind::TooSlow => ("RequestTimeoutException", 408),
                Kind::Internal => ("InternalFailure", 500),
            },
            ErrorCodes::Json => match kind {
                Kind::Unsigned => ("MissingAuthenticationTokenException", 400),
                Kind::Incomplete => ("IncompleteSignatureException", 400),
                Kind::UnknownKey => ("UnrecognizedClientException", 400),
                Kind::ExpiredToken => ("ExpiredTokenException", 400),
                Kind::Mismatch => ("InvalidSignatureException", 400),
                Kind::Denied => ("AccessDeniedException", 400),
                Kind::Malformed => ("ValidationException", 400),
                Kind::TooLarge => ("RequestEntityTooLargeException", 413),
                Kind::TooSlow => ("RequestTimeoutException", 408),
                Kind::Internal => ("InternalServerError", 500),
            },
        }
    }

    /// Returns the code and the status of Amazon S3, which separates more than other services.
    fn of_s3(self) -> (&'static str, u16) {
        match self {
            Self::TwoAuthMechanisms
            | Self::UnsupportedAlgorithm(AuthMechanism::Header)
            | Self::InvalidContentSha256
            | Self::Duplicate { name: "authorization" } => ("InvalidArgument", 400),
            Self::Missing { name: "content-length" | "x-amz-decoded-content-length" }
            | Self::InvalidDecodedLength => ("MissingContentLength", 411),
            Self::Missing { name: "x-amz-region-set" } => ("MissingSecurityHeader", 400),
            Self::Missing { name: "x-amz-date" }
            | Self::InvalidDate(AuthMechanism::Header)
            | Self::MissingAuthenticationToken
            | Self::HostNotSigned
            | Self::HeaderNotSigned { .. }
            | Self::RequestNotYetValid
            | Self::RequestExpired
            | Self::UnsignedPayload => ("AccessDenied", 403),
            Self::Missing { name } | Self::Duplicate { name } => match name.as_bytes() {
                [b'X', ..] => AuthMechanism::Query.malformed(),
                [b'A'..=b'Z', ..] => AuthMechanism::Header.malformed(),
                _ => ("InvalidRequest", 400),
            },
            Self::InvalidCredential(mechanism)
            | Self::WrongScopeDate(mechanism)
            | Self::WrongScopeRegion(mechanism)
            | Self::WrongScopeService(mechanism)
            | Self::WrongScopeTermination(mechanism)
            | Self::UnsupportedAlgorithm(mechanism)
            | Self::InvalidDate(mechanism) => mechanism.malformed(),
            Self::AuthorizationHeaderMalformed => AuthMechanism::Header.malformed(),
            Self::InvalidExpires => AuthMechanism::Query.malformed(),
            Self::InvalidAccessKeyId => ("InvalidAccessKeyId", 403),
            Self::InvalidToken => ("InvalidToken", 400),
            Self::ExpiredToken => ("ExpiredToken", 400),
            Self::RequestTimeTooSkewed => ("RequestTimeTooSkewed", 403),
            Self::ContentSha256Mismatch => ("XAmzContentSHA256Mismatch", 400),
            // A list of names in another order, or a name without a header, gives another
            // signature.
            Self::SignatureDoesNotMatch
            | Self::InvalidSignature
            | Self::InvalidSignedHeaders
            | Self::SignedHeaderAbsent { .. } => ("SignatureDoesNotMatch", 403),
            Self::TooManyHeaders { .. }
            | Self::TooManyQueryPairs { .. }
            | Self::HeadTooLarge { .. } => ("RequestHeaderSectionTooLarge", 400),
            Self::BodyTooLarge { .. } => ("EntityTooLarge", 400),
            Self::BodyTimeout => ("RequestTimeout", 400),
            Self::InvalidPath => ("InvalidURI", 400),
            Self::SignatureVersion2
            | Self::InvalidMethod
            | Self::InvalidHeaderValue { .. }
            | Self::NotAnUpload
            | Self::InvalidChecksum => ("InvalidRequest", 400),
            Self::InvalidChunk | Self::IncompleteBody => ("IncompleteBody", 400),
            Self::ChunkTooSmall => ("InvalidChunkSizeError", 403),
            Self::InvalidTrailer => ("MalformedTrailerError", 400),
            Self::UnreadBody | Self::StreamingPayload => ("InternalError", 500),
        }
    }

    /// Returns the kind of refusal, as far as services other than S3 distinguish it.
    const fn kind(self) -> Kind {
        match self {
            Self::MissingAuthenticationToken => Kind::Unsigned,
            Self::TwoAuthMechanisms
            | Self::Missing { .. }
            | Self::Duplicate { .. }
            | Self::AuthorizationHeaderMalformed
            | Self::UnsupportedAlgorithm(_)
            | Self::SignatureVersion2
            | Self::InvalidCredential(_)
            | Self::InvalidSignature
            | Self::InvalidDate(_)
            | Self::InvalidExpires => Kind::Incomplete,
            Self::InvalidAccessKeyId | Self::InvalidToken => Kind::UnknownKey,
            Self::ExpiredToken => Kind::ExpiredToken,
            Self::WrongScopeDate(_)
            | Self::WrongScopeRegion(_)
            | Self::WrongScopeService(_)
            | Self::WrongScopeTermination(_)
            | Self::RequestTimeTooSkewed
            | Self::RequestNotYetValid
            | Self::RequestExpired
            | Self::InvalidSignedHeaders
            | Self::HostNotSigned
            | Self::HeaderNotSigned { .. }
            | Self::SignedHeaderAbsent { .. }
            | Self::ContentSha256Mismatch
            | Self::SignatureDoesNotMatch => Kind::Mismatch,
            Self::UnsignedPayload => Kind::Denied,
            Self::InvalidMethod
            | Self::InvalidPath
            | Self::InvalidHeaderValue { .. }
            | Self::TooManyHeaders { .. }
            | Self::TooManyQueryPairs { .. }
            | Self::HeadTooLarge { .. }
            | Self::InvalidContentSha256
            | Self::NotAnUpload
            | Self::InvalidDecodedLength
            | Self::InvalidChunk
            | Self::ChunkTooSmall
            | Self::IncompleteBody
            | Self::InvalidTrailer
            | Self::InvalidChecksum => Kind::Malformed,
            Self::BodyTooLarge { .. } => Kind::TooLarge,
            Self::BodyTimeout => Kind::TooSlow,
            Self::UnreadBody | Self::StreamingPayload => Kind::Internal,
        }
    }
}

/// A kind of refusal.
#[derive(Clone, Copy)]
enum Kind {
    Unsigned,
    Incomplete,
    UnknownKey,
    ExpiredToken,
    Mismatch,
    Denied,
    Malformed,
    TooLarge,
    TooSlow,
    /// A mistake of the program that verifies.
    Internal,
}

impl AuthMechanism {
    /// Returns the response of Amazon S3 to a signature that cannot be read.
    const fn malformed(self) -> (&'static str, u16) {
        match self {
            Self::Header => ("AuthorizationHeaderMalformed", 400),
            Self::Query => ("AuthorizationQueryParametersError", 400),
        }
    }
}
