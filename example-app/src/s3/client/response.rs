//! Reading what S3 answers.

use core::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, Response, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use rolesig_std::http::ResponseBody;
use tokio::time::timeout;

use super::S3;
use crate::s3::content::etag::ETag;
use crate::s3::content::object_head::ObjectHead;
use crate::s3::error::operation::OperationError;
use crate::s3::error::s3_error::S3Error;
use crate::system::excerpt::excerpt;

/// The name of the header that S3 sends with each object that it stores or has stored.
pub(in crate::s3) const ETAG: &str = "ETag";

/// A page of a listing has 1,000 keys of up to 1,024 bytes, each of which can be encoded.
const XML_LIMIT: usize = 16 * 1024 * 1024;

impl S3 {
    /// Reads the body of a response.
    pub(in crate::s3) async fn read_body(
        &self,
        response: Response<ResponseBody>,
    ) -> Result<Bytes, OperationError> {
        collected(self.timeouts.response, response).await
    }

    /// Reads the XML of a response of success, which can nevertheless be an error.
    pub(in crate::s3) async fn read_response(
        &self,
        response: Response<ResponseBody>,
    ) -> Result<Bytes, OperationError> {
        read_within(self.timeouts.response, response).await
    }

    /// Returns the error of a response of success that lacks what S3 always sends: the error in its
    /// body, if it has one.
    pub(in crate::s3) async fn without(
        &self,
        missing: &'static str,
        response: Response<ResponseBody>,
    ) -> OperationError {
        if says_html(response.headers()) {
            return OperationError::WebPage;
        }
        match self.read_response(response).await {
            Err(error @ OperationError::Refused(_)) => error,
            _ => OperationError::NotS3(missing),
        }
    }
}

/// Reads the XML of a response of success that has to end within `limit`. It can be an error all
/// the same.
pub(in crate::s3) async fn read_within(
    limit: Duration,
    response: Response<ResponseBody>,
) -> Result<Bytes, OperationError> {
    let headers = response.headers().clone();
    let body = collected(limit, response).await?;
    if let Some(encoding) = other_encoding(&headers, &body) {
        return Err(OperationError::Encoded(encoding));
    }
    match S3Error::of_success(&headers, &body) {
        Some(error) => Err(error.into()),
        None => Ok(body),
    }
}

async fn collected(
    limit: Duration,
    response: Response<ResponseBody>,
) -> Result<Bytes, OperationError> {
    let reading = Limited::new(response.into_body(), XML_LIMIT).collect();
    let collected = timeout(limit, reading).await.map_err(|_| OperationError::Timeout(limit))?;
    match collected {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(OperationError::TooLong(XML_LIMIT)),
        Err(error) => Err(OperationError::Body(error)),
    }
}

/// Returns the header that a response of success about an object lacks, if it lacks one.
///
/// Source: `GetObject` and `HeadObject`, Amazon S3 API Reference.
pub(in crate::s3) fn missing_of_object(head: ObjectHead<'_>) -> Option<&'static str> {
    match ETag::of(head) {
        None => Some(ETAG),
        Some(_) => (!head.headers.contains_key(LAST_MODIFIED)).then_some("Last-Modified"),
    }
}

/// Checks a response of success that has no body from S3. Swift calls even that a web page.
pub(in crate::s3) fn expect_no_web_page(
    response: &Response<ResponseBody>,
) -> Result<(), OperationError> {
    let has_no_body = response.status() == StatusCode::NO_CONTENT
        || text(response.headers(), &CONTENT_LENGTH) == Some("0");
    if says_html(response.headers()) && !has_no_body {
        return Err(OperationError::WebPage);
    }
    Ok(())
}

fn says_html(headers: &HeaderMap) -> bool {
    text(headers, &CONTENT_TYPE).is_some_and(|content_type| {
        content_type.trim_start().to_ascii_lowercase().starts_with("text/html")
    })
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Returns how a body is encoded, if it is not plain UTF-8. A name that is not UTF-8 within XML of
/// UTF-8 is not meant.
fn other_encoding(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let is_identity = |name: &&str| name.trim().eq_ignore_ascii_case("identity");
    let is_utf_8 = core::str::from_utf8(body).is_ok();
    match body {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'<', 0, ..] | [0, b'<', ..] => {
            return Some("UTF-16".to_owned());
        }
        _ if is_utf_8 => return None,
        _ => {}
    }
    let begins_as_xml = body.trim_ascii_start().starts_with(b"<");
    let declared = || {
        let begin = body.get(..body.len().min(LONGEST_DECLARATION))?;
        let begin = String::from_utf8_lossy(begin);
        let declaration = begin.trim_start().strip_prefix("<?xml")?.split_once("?>")?.0;
        let name = declaration.split_once("encoding=")?.1.get(1..)?;
        let name = name.split(['"', '\'']).next()?;
        (!name.eq_ignore_ascii_case("UTF-8")).then(|| excerpt(name))
    };
    match text(headers, &CONTENT_ENCODING).filter(|name| !is_identity(name)) {
        _ if begins_as_xml => declared(),
        Some(name) => Some(format!("compressed (Content-Encoding: {})", excerpt(name))),
        None if body.starts_with(&[0x1f, 0x8b]) => Some("compressed (gzip)".to_owned()),
        None => Some("binary".to_owned()),
    }
}

/// Of an XML declaration.
const LONGEST_DECLARATION: usize = 200;

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn distinguishes_other_encodings_from_odd_keys() {
        let mut gzip = HeaderMap::new();
        gzip.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let plain = HeaderMap::new();
        let latin_1 = b"<?xml version='1.0' encoding='ISO-8859-1'?><Key>\xe9</Key>";
        for (headers, body, expected) in [
            (&gzip, &b"\x1f\x8b\x08\0\xff"[..], Some("compressed (Content-Encoding: gzip)")),
            (&plain, b"\x1f\x8b\x08\0\xff", Some("compressed (gzip)")),
            (&plain, b"\x28\xb5\x2f\xfd", Some("binary")),
            (&plain, b"<\0?\0x\0", Some("UTF-16")),
            (&plain, b"\xfe\xff\0<", Some("UTF-16")),
            (&plain, latin_1, Some("ISO-8859-1")),
            (&plain, b"<?xml version='1.0' encoding='utf-8'?><Key>\xe9</Key>", None),
            (&plain, b"<Key>\xe9</Key>", None),
            // A proxy unpacked it, and left the header.
            (&gzip, b"<ListBucketResult/>", None),
            (&plain, b"", None),
        ] {
            assert_eq!(other_encoding(headers, body).as_deref(), expected, "{body:?}");
        }
    }

    #[test]
    fn requires_an_etag_and_a_date_of_objects() {
        let mut headers = HeaderMap::new();
        assert_eq!(missing_of_object(ObjectHead::in_general_bucket(&headers)), Some("ETag"));
        headers.insert("etag", HeaderValue::from_static("\"e\""));
        assert_eq!(
            missing_of_object(ObjectHead::in_general_bucket(&headers)),
            Some("Last-Modified")
        );
        headers.insert(LAST_MODIFIED, HeaderValue::from_static("yesterday"));
        assert_eq!(missing_of_object(ObjectHead::in_general_bucket(&headers)), None);
    }
}
