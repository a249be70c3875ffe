//! The error responses of S3.

use std::fmt;

use http::{HeaderMap, StatusCode};
use rolesig_std::config::{Origin, Region};
use rolesig_std::http::Interception;

use super::body::{ErrorBody, is_web_page, region_in_message, root_element};
use super::code_remedy;
use super::kind::S3ErrorKind;
use super::retry_after::retry_after;
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
    /// True if the response broke off, so that its body does not show the reason.
    pub is_cut: bool,
    /// True if the response is a web page, which S3 never responds with.
    pub is_page: bool,
    /// The seconds before another attempt that the server asks for.
    pub retry_after: u16,
}

impl S3Error {
    /// Reads an error response to a request that was sent to `asked`, if that is known.
    pub fn read(
        asked: Option<&Origin>,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Self {
        let found = asked.and_then(|asked| {
            Interception::find(asked, status, headers)
                .or_else(|| Interception::find_in_page(asked, status, headers, body))
        });
        let text = String::from_utf8_lossy(body);
        let is_page = request_id(headers).is_none() && is_web_page(&text);
        let body = ErrorBody::of_s3(&text);
        let found = found.filter(|_| body.code.is_empty());
        let body =
            if body.is_silent() { ErrorBody::of_others(status, headers, &text) } else { body };
        let header = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
        let code = if body.code.is_empty() {
            let reason = status.canonical_reason().filter(|_| !status.is_success());
            reason.unwrap_or("error").replace(' ', "")
        } else {
            body.code
        };
        let error = Self::new(status, &code, &body.message);
        let error = Self {
            request_id: body.request_id.map(|id| excerpt(&id)).or_else(|| request_id(headers)),
            region: header("x-amz-bucket-region")
                .or(body.region)
                .or_else(|| region_in_message(&body.message))
                .filter(|region| region.parse::<Region>().is_ok()),
            host: host_of(header("location"), body.endpoint).filter(|_| status.is_redirection()),
            // The policies of S3 have no pages.
            kind: match status {
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if is_page => {
                    S3ErrorKind::Intermediary
                }
                _ => error.kind,
            },
            is_page,
            retry_after: retry_after(headers),
            ..error
        };
        match found {
            Some(found) => error.intercepted(&found),
            None => error,
        }
    }

    /// Takes account of a response that is not S3's.
    fn intercepted(self, found: &Interception) -> Self {
        let kind = match self.status {
            _ if found.wants_https() => S3ErrorKind::WantsHttps,
            _ if found.wants_certificate() => S3ErrorKind::ClientCertificate,
            StatusCode::BAD_REQUEST => S3ErrorKind::Intermediary,
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => S3ErrorKind::ProxyLogIn,
            _ => S3ErrorKind::Portal,
        };
        Self { kind, host: found.location().map(Into::into), ..self }
    }

    /// Reads the error in a response of success, if it is all that the response has.
    pub(in crate::s3) fn of_success(headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(body);
        let is_error = root_element(&text) == Some("Error");
        is_error.then(|| Self::read(None, StatusCode::OK, headers, text.trim().as_bytes()))
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
            is_page: false,
            retry_after: 0,
        }
    }

    /// Returns whether the request was signed for a region other than the bucket's.
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
        if let (S3ErrorKind::Portal, Some(place)) = (self.kind, &self.host) {
            let remedy = self.kind.remedy().unwrap_or_default();
            return Some(format!("this leads to {place}: {remedy}"));
        }
        let of_page = || self.is_page.then_some(WEB_PAGE);
        let of_kind = || self.kind.remedy().or_else(of_page);
        // The code of a page is made from its status.
        let of_code = code_remedy::of_code(&self.code, &self.message).filter(|_| !self.is_page);
        of_code.or_else(of_kind).map(str::to_owned)
    }
}

impl fmt::Display for S3Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message.trim_end_matches('.'))?;
        }
        // An error within a response of success, as of one key among others, has no separate
        // status.
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

const WEB_PAGE: &str = "the response is a web page, and none of S3's: look for a proxy, a portal or a \
                        load balancer on the way, and check --endpoint";

/// Returns the host that a redirection names, in its header or its body.
fn host_of(location: Option<String>, endpoint: Option<String>) -> Option<Box<str>> {
    let named = || Some(location?.parse::<http::Uri>().ok()?.authority()?.to_string());
    let host = named().or(endpoint).map(|host| excerpt(&host));
    host.filter(|host| !host.is_empty()).map(Into::into)
}

/// Returns the request id of a response, which AWS's support asks for.
pub(in crate::s3) fn request_id(headers: &HeaderMap) -> Option<String> {
    Some(excerpt(headers.get("x-amz-request-id")?.to_str().ok()?))
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

    /// The responses of others, each with the right advice.
    #[test]
    fn responses_of_portals_and_proxies_are_not_taken_for_those_of_s3() {
        let error = |asked: &str, status: u16, location: &'static str, body: &str| {
            let mut headers = HeaderMap::new();
            if !location.is_empty() {
                headers.insert("location", http::HeaderValue::from_static(location));
            }
            let status = StatusCode::from_u16(status).unwrap();
            let asked = asked.parse().unwrap();
            S3Error::read(Some(&asked), status, &headers, body.as_bytes())
        };
        let page = "<!DOCTYPE html><html><body>Log in</body></html>";
        for (status, body) in [(302, page), (302, ""), (307, page), (301, ""), (511, page)] {
            let error = error("http://h", status, "http://portal.example/login?u=x", body);
            let found = error.to_string();
            assert_eq!(error.kind, S3ErrorKind::Portal, "{found}");
            assert!(
                found.contains("this leads to http://portal.example/login: S3 does not answer so")
                    && found.contains("log in there with a browser"),
                "{found}"
            );
        }
        for body in [page, ""] {
            let found = error("https://h", 407, "", body).to_string();
            assert!(found.contains("a proxy on the way requires a login: name it"), "{found}");
        }
        let found = error("http://h", 301, "https://h/", page);
        assert_eq!(found.kind, S3ErrorKind::WantsHttps);
        assert!(found.to_string().ends_with("give --endpoint as https://"), "{found}");
        let s3s = "<Error><Code>TemporaryRedirect</Code><Endpoint>b.h</Endpoint></Error>";
        assert_eq!(error("http://h", 307, "http://b.h/", s3s).kind, S3ErrorKind::Redirect);
        for status in [401, 403] {
            let found = error("http://h", status, "", page);
            assert_eq!(found.kind, S3ErrorKind::Intermediary);
            assert!(found.to_string().contains("look for a proxy or a portal"), "{found}");
        }
        for status in [404, 408, 500, 502, 503, 504] {
            let found = error("http://h", status, "", page).to_string();
            assert!(!found.contains("policies"), "{found}");
            assert!(found.contains(WEB_PAGE) || status == 503, "{found}");
        }
    }

    /// The pages of nginx, Apache and Go about TLS, which all have the status 400.
    #[test]
    fn names_what_a_web_server_requires_of_tls() {
        let page = |message: &str| format!("<html><body><center>{message}</center></body></html>");
        let certificate = page("No required SSL certificate was sent");
        let nginx = page("The plain HTTP request was sent to HTTPS port");
        let apache = page("You're speaking plain HTTP to an SSL-enabled server port.<br />");
        let go = "Client sent an HTTP request to an HTTPS server.\n".to_owned();
        let https = "the server wants https: give --endpoint as https://";
        for (body, remedy) in [
            (certificate, "it requires a client certificate, which is not supported"),
            (nginx, https),
            (apache, https),
            (go, https),
        ] {
            let headers = HeaderMap::new();
            let asked = "http://h".parse().unwrap();
            let found =
                S3Error::read(Some(&asked), StatusCode::BAD_REQUEST, &headers, body.as_bytes());
            assert!(found.to_string().contains(remedy), "{found}");
            let s3s = format!("<Error><Code>AccessDenied</Code><Message>{body}</Message></Error>");
            let found =
                S3Error::read(Some(&asked), StatusCode::FORBIDDEN, &headers, s3s.as_bytes());
            assert_eq!(found.kind, S3ErrorKind::AccessDenied, "{body}");
        }
    }

    #[test]
    fn names_the_remedy() {
        let error = |status: u16, body: &str| {
            let status = StatusCode::from_u16(status).unwrap();
            S3Error::read(None, status, &HeaderMap::new(), body.as_bytes()).to_string()
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
        let text = error(400, &format!("<Error>{expecting}</Error>"));
        assert!(text.ends_with("the bucket is in eu-west-1: give --region eu-west-1"), "{text}");
        assert_eq!(
            error(400, "<Error><Code>A\n</Code><Message>b\n\tc\u{9b}31m d.\r\n</Message></Error>"),
            "A: b c 31m d (status 400)"
        );
        assert_eq!(error(502, "<html>"), format!("BadGateway (status 502): {WEB_PAGE}"));
        assert_eq!(error(502, "busy"), "BadGateway: busy (status 502)");
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
        let text = error(400, &long);
        assert!(text.ends_with("m... (cut off here: 1000 more characters) (status 400)"), "{text}");
        let malformed = "<Error><Code>PermanentRedirect</Code><Region>a b/../c</Region></Error>";
        let text = error(301, malformed);
        assert!(!text.contains("the bucket is in") && text.contains("another endpoint"), "{text}");
    }
}
