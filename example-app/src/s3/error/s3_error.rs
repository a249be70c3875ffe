//! The error responses of S3.

use std::fmt;

use http::{HeaderMap, StatusCode};
use rolesig_std::config::Region;

use super::body::{ErrorBody, root_element};
use super::kind::S3ErrorKind;
use crate::system::excerpt::excerpt;

/// An error response of S3.
///
/// Source: "Error responses", Amazon S3 API Reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Error {
    /// The kind, from the code and the status.
    pub kind: S3ErrorKind,
    /// S3's word, such as `AccessDenied`; made from the status if the response had no body.
    pub code: String,
    /// S3's explanation; can be empty.
    pub message: String,
    /// The request id, which AWS's support asks for.
    pub request_id: Option<String>,
    /// The region that the bucket is in, if S3 names it.
    pub region: Option<String>,
    /// The host that a redirection leads to. It is shown, and never followed: it is not signed.
    pub host: Option<Box<str>>,
    /// The status.
    pub status: StatusCode,
    /// True if the response broke off, so that its body does not tell the reason.
    pub is_cut: bool,
}

impl S3Error {
    /// Reads an error response.
    pub(crate) fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let body = ErrorBody::of_s3(&String::from_utf8_lossy(body));
        let header = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
        let code = if body.code.is_empty() {
            let reason = status.canonical_reason().filter(|_| !status.is_success());
            reason.unwrap_or("error").replace(' ', "")
        } else {
            body.code
        };
        Self {
            request_id: body.request_id.map(|id| excerpt(&id)).or_else(|| request_id(headers)),
            region: header("x-amz-bucket-region")
                .or(body.region)
                .or_else(|| expected_region(&body.message))
                .filter(|region| region.parse::<Region>().is_ok()),
            host: host_of(header("location"), body.endpoint).filter(|_| status.is_redirection()),
            ..Self::new(status, &code, &body.message)
        }
    }

    /// Reads the error in a response of success, if it is all that the response has.
    pub(in crate::s3) fn of_success(headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(body);
        let is_error = root_element(&text) == Some("Error");
        is_error.then(|| Self::read(StatusCode::OK, headers, text.trim().as_bytes()))
    }

    /// Makes the error of a code within a response of success, such as of one key among others.
    pub(in crate::s3) fn within_success(code: &str, message: &str) -> Self {
        Self::new(StatusCode::OK, code, message)
    }

    fn new(status: StatusCode, code: &str, message: &str) -> Self {
        let code = excerpt(code);
        Self {
            kind: S3ErrorKind::of(&code, status),
            code,
            message: excerpt(message),
            request_id: None,
            region: None,
            host: None,
            status,
            is_cut: false,
        }
    }

    /// Returns whether the request was signed for another region than the bucket's.
    pub(in crate::s3) const fn is_wrong_region(&self) -> bool {
        matches!(self.kind, S3ErrorKind::WrongRegion | S3ErrorKind::Redirect)
    }

    /// Returns what to do about the error, if that is known.
    pub(crate) fn remedy(&self) -> Option<String> {
        if let (Some(region), true) = (&self.region, self.is_wrong_region()) {
            return Some(format!("the bucket is in {region}: give --region {region}"));
        }
        if self.kind == S3ErrorKind::Redirect {
            let place = self.host.as_ref().map(|host| format!(" ({host})")).unwrap_or_default();
            return Some(format!(
                "the bucket is at another endpoint{place}, and redirections are not followed: give \
                 --endpoint and --region"
            ));
        }
        self.kind.remedy().map(str::to_owned)
    }
}

impl fmt::Display for S3Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message.trim_end_matches('.'))?;
        }
        // An error within an answer of success, as of one key among others, has no status of its
        // own.
        let status =
            (!self.status.is_success()).then(|| format!("status {}", self.status.as_u16()));
        let request_id = self.request_id.as_ref().map(|id| format!("request id {id}"));
        let ids: Vec<_> = status.into_iter().chain(request_id).collect();
        if !ids.is_empty() {
            write!(f, " ({})", ids.join(", "))?;
        }
        self.remedy().map_or(Ok(()), |remedy| write!(f, ": {remedy}"))
    }
}

impl core::error::Error for S3Error {}

/// Returns the region in "the region 'us-east-1' is wrong; expecting 'eu-west-1'".
fn expected_region(message: &str) -> Option<String> {
    let (_, behind) = message.split_once("is wrong; expecting '")?;
    behind.split_once('\'').map(|(region, _)| region.to_owned())
}

/// Returns the host that a redirection names, in its header or its body.
fn host_of(location: Option<String>, endpoint: Option<String>) -> Option<Box<str>> {
    let named = || Some(location?.parse::<http::Uri>().ok()?.authority()?.to_string());
    let host = named().or(endpoint).map(|host| excerpt(&host));
    host.filter(|host| !host.is_empty()).map(Into::into)
}

/// Returns the request id of a response, which AWS's support asks for.
pub(in crate::s3) fn request_id(headers: &HeaderMap) -> Option<String> {
    Some(headers.get("x-amz-request-id")?.to_str().ok()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_errors_in_responses_of_success() {
        let of = |body: &str| S3Error::of_success(&HeaderMap::new(), body.as_bytes());
        let busy = of("<?xml version=\"1.0\"?>\n\n<Error><Code>SlowDown</Code></Error>").unwrap();
        assert_eq!((busy.kind, busy.code.as_str()), (S3ErrorKind::Throttled, "SlowDown"));
        assert_eq!(of("<Error/>").unwrap().to_string(), "error");
        assert_eq!(of("<DeleteResult><Error><Code>x</Code></Error></DeleteResult>"), None);
    }

    #[test]
    fn tells_what_to_do() {
        let error = |status: u16, body: &str| {
            let status = StatusCode::from_u16(status).unwrap();
            S3Error::read(status, &HeaderMap::new(), body.as_bytes()).to_string()
        };
        assert_eq!(
            error(
                403,
                "<Error><Code>AccessDenied</Code><Message>Access Denied</Message>\
                 <RequestId>R1</RequestId></Error>"
            ),
            "AccessDenied: Access Denied (status 403, request id R1): the policies of the role or \
             of the bucket do not allow this"
        );
        assert_eq!(
            error(
                400,
                "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message>\
                 <Region>eu-west-1</Region></Error>"
            ),
            "AuthorizationHeaderMalformed: m (status 400): the bucket is in eu-west-1: give \
             --region eu-west-1"
        );
        let expecting = "The authorization header is malformed; the region 'us-east-1' is wrong; \
                         expecting 'eu-west-1'";
        let expecting =
            format!("<Code>AuthorizationHeaderMalformed</Code><Message>{expecting}</Message>");
        let told = error(400, &format!("<Error>{expecting}</Error>"));
        assert!(told.ends_with("the bucket is in eu-west-1: give --region eu-west-1"), "{told}");
        assert_eq!(
            error(400, "<Error><Code>A\n</Code><Message>b\n\tc\u{9b}31m d.\r\n</Message></Error>"),
            "A: b c 31m d (status 400)"
        );
        assert_eq!(error(502, "<html>"), "BadGateway (status 502)");
        let elsewhere = "the bucket is at another endpoint";
        let fix = "and redirections are not followed: give --endpoint and --region";
        assert_eq!(error(307, ""), format!("TemporaryRedirect (status 307): {elsewhere}, {fix}"));
        assert_eq!(
            error(
                301,
                "<Error><Code>PermanentRedirect</Code><Endpoint>b.s3.example</Endpoint></Error>"
            ),
            format!("PermanentRedirect (status 301): {elsewhere} (b.s3.example), {fix}")
        );
        assert_eq!(error(404, ""), "NotFound (status 404)");
        let portal = "S3 does not answer so: look for a proxy or a portal on the way";
        assert_eq!(error(304, ""), format!("NotModified (status 304): {portal}"));
        let long = format!("<Error><Code>A</Code><Message>{}</Message></Error>", "m".repeat(2000));
        let told = error(400, &long);
        assert!(told.ends_with("m... (cut off here: 1000 more characters) (status 400)"), "{told}");
        let malformed = "<Error><Code>PermanentRedirect</Code><Region>a b/../c</Region></Error>";
        let told = error(301, malformed);
        assert!(!told.contains("the bucket is in") && told.contains("another endpoint"), "{told}");
    }
}
