//! What S3 answers: its errors and its listings, in XML.

use std::fmt;

use http::{HeaderMap, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use thiserror::Error;

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
            region: header("x-amz-bucket-region").or(body.region),
            status,
            is_cut: false,
        }
    }

    /// What would mend it.
    fn fix(&self) -> Option<String> {
        if let (Some(region), true) = (&self.region, self.is_wrong_region()) {
            return Some(format!("the bucket is in {region}: give --region {region}"));
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
            "NotImplemented" => "the store lacks this",
            _ => return None,
        };
        Some(fix.to_owned())
    }

    fn is_wrong_region(&self) -> bool {
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
        write!(f, " (status {}", self.status.as_u16())?;
        if let Some(request_id) = &self.request_id {
            write!(f, ", request id {request_id}")?;
        }
        f.write_str(")")?;
        self.fix().map_or(Ok(()), |fix| write!(f, ": {fix}"))
    }
}

impl core::error::Error for S3Error {}

/// What a server says is printed: it gets one line, and no control of the terminal.
fn in_one_line(text: &str) -> String {
    let is_gap = |character: char| character.is_whitespace() || character.is_control();
    text.split(is_gap).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// One page of a listing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// The objects, by key.
    pub objects: Vec<Object>,
    /// What the keys with a further delimiter in them begin with.
    pub prefixes: Vec<String>,
    /// Asks for the next page; `None` on the last.
    pub continuation_token: Option<String>,
}

/// An object, as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// In bytes.
    pub size: u64,
    /// In RFC 3339.
    pub last_modified: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListBody {
    #[serde(default)]
    contents: Vec<Contents>,
    #[serde(default)]
    common_prefixes: Vec<CommonPrefix>,
    #[serde(default)]
    is_truncated: bool,
    next_continuation_token: Option<String>,
    encoding_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Contents {
    key: String,
    size: u64,
    last_modified: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CommonPrefix {
    prefix: String,
}

/// A key as a listing writes it, of this `EncodingType`.
pub(super) fn decoded(text: String, encoding_type: Option<&str>) -> String {
    if encoding_type != Some("url") {
        return text;
    }
    // A space may be written as a plus here, and a plus then as %2B.
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// A listing that cannot be read.
#[derive(Debug, Error)]
pub enum BadListing {
    /// Not XML, or a field is missing.
    #[error("the listing cannot be read: {0}")]
    Xml(#[from] quick_xml::DeError),
    /// Something else answered.
    #[error("what answered is not S3: no listing came")]
    NotAListing,
    /// There is more, and no way to ask for it.
    #[error("the listing is cut off, and does not say where it goes on")]
    CutOff,
    /// It would be asked for without end.
    #[error("the listing does not end: its pages repeat, or too many of them are empty")]
    Endless,
}

impl ListPage {
    /// Reads an answer to `ListObjectsV2`. Keys are percent-decoded if the answer says that they
    /// are encoded: XML has no way to write some characters that keys may have.
    pub(super) fn read(body: &str) -> Result<Self, BadListing> {
        if !body.contains("<ListBucketResult") {
            return Err(BadListing::NotAListing);
        }
        let list: ListBody = quick_xml::de::from_str(body)?;
        let continuation_token = list.next_continuation_token.filter(|token| !token.is_empty());
        if list.is_truncated && continuation_token.is_none() {
            return Err(BadListing::CutOff);
        }
        let decode = |text| decoded(text, list.encoding_type.as_deref());
        let object = |contents: Contents| Object {
            key: decode(contents.key),
            size: contents.size,
            last_modified: contents.last_modified,
        };
        Ok(Self {
            objects: list.contents.into_iter().map(object).collect(),
            prefixes: list
                .common_prefixes
                .into_iter()
                .map(|common| decode(common.prefix))
                .collect(),
            continuation_token: continuation_token.filter(|_| list.is_truncated),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_of_s3() {
        let page = ListPage::read(
            r#"<?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>
            <Prefix>a%2F</Prefix><KeyCount>2</KeyCount><EncodingType>url</EncodingType>
            <IsTruncated>true</IsTruncated><NextContinuationToken>1/x=</NextContinuationToken>
            <Contents><Key>a%2Fb+%2B%25</Key><LastModified>2015-08-30T12:36:00.000Z</LastModified>
            <ETag>&quot;e&quot;</ETag><Size>5</Size><StorageClass>STANDARD</StorageClass></Contents>
            <CommonPrefixes><Prefix>a%2Fd%2F</Prefix></CommonPrefixes></ListBucketResult>"#,
        )
        .unwrap();
        let object = Object {
            key: "a/b +%".to_owned(),
            size: 5,
            last_modified: "2015-08-30T12:36:00.000Z".to_owned(),
        };
        assert_eq!(page.objects, [object]);
        assert_eq!(page.prefixes, ["a/d/"]);
        assert_eq!(page.continuation_token.as_deref(), Some("1/x="));
    }

    #[test]
    fn a_listing_that_is_not_encoded_stays_as_it_is() {
        let page = ListPage::read(
            "<ListBucketResult><Contents><Key>a+%41&amp;</Key><Size>0</Size>\
             <LastModified>x</LastModified></Contents></ListBucketResult>",
        )
        .unwrap();
        assert_eq!(page.objects[0].key, "a+%41&");
        assert!(ListPage::read("<ListBucketResult><Contents>").is_err());
        assert!(ListPage::read("<html></html>").is_err());
        let cut = "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>";
        assert!(matches!(ListPage::read(cut), Err(BadListing::CutOff)));
    }

    #[test]
    fn objects_and_prefixes_may_be_mixed() {
        let contents = |key| {
            format!(
                "<Contents><Key>{key}</Key><Size>0</Size><LastModified>x</LastModified></Contents>"
            )
        };
        let prefix = |key| format!("<CommonPrefixes><Prefix>{key}</Prefix></CommonPrefixes>");
        let mixed = [prefix("a/"), contents("b"), prefix("c/"), contents("d")].concat();
        let page =
            ListPage::read(&format!("<ListBucketResult>{mixed}</ListBucketResult>")).unwrap();
        assert_eq!((page.objects.len(), page.prefixes.len()), (2, 2));
    }

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
        assert_eq!(
            error(400, "<Error><Code>A\n</Code><Message>b\n\tc\u{9b}31m d.\r\n</Message></Error>"),
            "A: b c 31m d (status 400)"
        );
        assert_eq!(error(502, "<html>"), "BadGateway (status 502)");
        assert_eq!(error(404, ""), "NotFound (status 404)");
    }
}
