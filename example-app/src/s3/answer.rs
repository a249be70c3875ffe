//! What S3 answers: its errors and its listings, in XML.

use std::fmt;

use http::{HeaderMap, StatusCode};
use rolesig_std::config::Region;
use serde::Deserialize;

mod page;

pub use page::{BadListing, ListPage, Marker, NotUtf8, Object};
pub(super) use page::{Flag, decoded, listing, size_of, text_of};

/// An answer that means failure.
///
/// Source: "Error responses", Amazon S3 API Reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Error {
    /// S3's word, such as `AccessDenied`; made from the status if the answer had no body.
    pub code: String,
    /// S3's explanation; may be empty.
    pub message: String,
    /// To be named to AWS's support.
    pub request_id: Option<String>,
    /// The region that the bucket is in, if that was the trouble.
    pub region: Option<String>,
    /// The host that a redirection leads to. It is shown, and never followed: it is not signed.
    pub host: Option<Box<str>>,
    /// The status.
    pub status: StatusCode,
    /// Whether the answer broke off, so that its body did not say what is the matter.
    pub is_cut: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ErrorBody {
    code: String,
    message: String,
    request_id: Option<String>,
    region: Option<String>,
    endpoint: Option<String>,
}

impl S3Error {
    pub(crate) fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let body: ErrorBody = quick_xml::de::from_str(&text).unwrap_or_default();
        let header = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
        let code = if body.code.is_empty() {
            status.canonical_reason().unwrap_or("error").replace(' ', "")
        } else {
            in_one_line(&body.code)
        };
        Self {
            code,
            message: in_one_line(&body.message),
            request_id: body.request_id.or_else(|| header("x-amz-request-id")),
            region: header("x-amz-bucket-region")
                .or(body.region)
                .or_else(|| expected(&body.message))
                .filter(|region| region.parse::<Region>().is_ok()),
            host: host_of(header("location"), body.endpoint).filter(|_| status.is_redirection()),
            status,
            is_cut: false,
        }
    }

    /// What would mend it.
    fn fix(&self) -> Option<String> {
        if let (Some(region), true) = (&self.region, self.is_wrong_region()) {
            return Some(format!("the bucket is in {region}: give --region {region}"));
        }
        if self.status.is_redirection() {
            let place = self.host.as_ref().map(|host| format!(" ({host})")).unwrap_or_default();
            return Some(format!(
                "the bucket is at another endpoint{place}, and redirections are not followed: give \
                 --endpoint and --region"
            ));
        }
        let fix = match self.code.as_str() {
            "AccessDenied" | "Forbidden" => {
                "the policies of the role or of the bucket do not allow this"
            }
            "SignatureDoesNotMatch" => {
                "the secret access key does not belong to the access key id, or a proxy changed \
                 the request"
            }
            "InvalidAccessKeyId" => {
                "the access key id is not known there; role credentials also need their session \
                 token (AWS_SESSION_TOKEN)"
            }
            "InvalidToken" => "the session token does not belong to these credentials",
            "ExpiredToken" => "fetch new credentials",
            "RequestTimeTooSkewed" | "RequestExpired" => {
                "the clock of this machine is wrong: set it by NTP"
            }
            "NoSuchBucket" => "create it, or check its name and the endpoint",
            "SlowDown" | "ServiceUnavailable" | "InternalError" => "try again later",
            "ConditionalRequestConflict" => "another writer is at the same key: try again",
            "NoSuchUpload" => {
                "it was completed or aborted meanwhile: look with -ls, and put the file again if it is \
                 not there"
            }
            "NotImplemented" => "the store lacks this",
            "InvalidObjectState" => {
                "the object is archived: restore it first (aws s3api restore-object)"
            }
            _ => return None,
        };
        Some(fix.to_owned())
    }

    /// Whether the request was signed for another region than the bucket's.
    pub(super) fn is_wrong_region(&self) -> bool {
        matches!(
            self.code.as_str(),
            "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException"
        ) || self.status.is_redirection()
    }
}

impl fmt::Display for S3Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message.trim_end_matches('.'))?;
        }
        // An error within an answer of success, as of one key among others, has no status of its own.
        let status =
            (!self.status.is_success()).then(|| format!("status {}", self.status.as_u16()));
        let request_id = self.request_id.as_ref().map(|id| format!("request id {id}"));
        let ids: Vec<_> = status.into_iter().chain(request_id).collect();
        if !ids.is_empty() {
            write!(f, " ({})", ids.join(", "))?;
        }
        self.fix().map_or(Ok(()), |fix| write!(f, ": {fix}"))
    }
}

impl core::error::Error for S3Error {}

/// Returns the region in "the region 'us-east-1' is wrong; expecting 'eu-west-1'".
fn expected(message: &str) -> Option<String> {
    let (_, behind) = message.split_once("is wrong; expecting '")?;
    behind.split_once('\'').map(|(region, _)| region.to_owned())
}

/// Returns the host that a redirection names, in its header or its body.
fn host_of(location: Option<String>, endpoint: Option<String>) -> Option<Box<str>> {
    let named = || Some(location?.parse::<http::Uri>().ok()?.authority()?.to_string());
    let host = named().or(endpoint).map(|host| in_one_line(&host));
    host.filter(|host| !host.is_empty()).map(Into::into)
}

/// What a server says is printed: it gets one line, and no control of the terminal.
fn in_one_line(text: &str) -> String {
    let is_gap = |character: char| character.is_whitespace() || character.is_control();
    text.split(is_gap).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_fix() {
        let error = |status: u16, body: &str| {
            let status = StatusCode::from_u16(status).unwrap();
            S3Error::read(status, &HeaderMap::new(), body.as_bytes()).to_string()
        };
        assert_eq!(
            error(
                403,
                "<Error><Code>AccessDenied</Code><Message>Access Denied</Message><RequestId>R1</RequestId></Error>"
            ),
            "AccessDenied: Access Denied (status 403, request id R1): the policies of the role or of the bucket do not allow this"
        );
        assert_eq!(
            error(
                400,
                "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message><Region>eu-west-1</Region></Error>"
            ),
            "AuthorizationHeaderMalformed: m (status 400): the bucket is in eu-west-1: give --region eu-west-1"
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
        let malformed = "<Error><Code>PermanentRedirect</Code><Region>a b/../c</Region></Error>";
        let told = error(301, malformed);
        assert!(!told.contains("the bucket is in") && told.contains("another endpoint"), "{told}");
    }
}
