//! Deleting objects.

use base64ct::{Base64, Encoding as _};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, IF_MATCH};
use http::{HeaderValue, Method, Request, StatusCode};
use md5::{Digest as _, Md5};
use quick_xml::escape::escape;
use serde::Deserialize;

use crate::s3::address::path::S3Path;
use crate::s3::client::S3;
use crate::s3::client::answer::expect_no_web_page;
use crate::s3::content::etag::ETag;
use crate::s3::error::body::root_element;
use crate::s3::error::kind::S3ErrorKind;
use crate::s3::error::listing::ListingError;
use crate::s3::error::operation::OperationError;
use crate::s3::error::repeat::{Repeated, repeat};
use crate::s3::error::retry::{S3Retries, Verdict, judge};
use crate::s3::error::s3_error::{S3Error, request_id};

/// An object that is to be deleted.
///
/// Source: `ObjectIdentifier`, Amazon S3 API Reference.
#[derive(Clone, Debug)]
pub struct ObjectIdentifier {
    /// Its key.
    pub key: String,
    /// The `ETag` of the only content that is deleted; `None` if any is.
    pub etag: Option<ETag>,
}

/// Objects that are still there, and why.
#[derive(Debug)]
pub struct NotDeleted {
    /// Its key; `None` if one reason holds for all that is left.
    pub key: Option<String>,
    /// The reason.
    pub error: OperationError,
}

/// The keys of one request, as `fs.s3a.bulk.delete.page.size`: S3 counts each key as a request, and
/// throttles larger pages when it has much to do.
const PAGE: usize = 250;

/// The element of a response of success.
const RESULT: &str = "DeleteResult";

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

impl S3 {
    /// Deletes an object, and returns the request id. One that is not there counts as deleted.
    ///
    /// Source: `DeleteObject`, Amazon S3 API Reference.
    ///
    /// # Errors
    /// If S3 does not say that it is gone.
    pub async fn delete(&self, path: &S3Path) -> Result<Option<String>, OperationError> {
        self.deleted(&self.head(Method::DELETE, path, &[])?).await
    }

    /// Deletes an object as [`delete`](Self::delete) does, if it still is the one of this `ETag`.
    ///
    /// Source: "Delete objects with conditional deletes", Amazon S3 User Guide.
    ///
    /// # Errors
    /// As `delete`; `PreconditionFailed` if it is another object now.
    pub async fn delete_same(
        &self,
        path: &S3Path,
        etag: &ETag,
    ) -> Result<Option<String>, OperationError> {
        let mut head = self.head(Method::DELETE, path, &[])?;
        let etag = HeaderValue::try_from(etag.as_str()).map_err(http::Error::from)?;
        head.headers_mut().insert(IF_MATCH, etag);
        self.deleted(&head).await
    }

    async fn deleted(&self, head: &Request<()>) -> Result<Option<String>, OperationError> {
        let response = self.exchange(head, Bytes::new()).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(request_id(response.headers()));
        }
        let response = self.success(response).await?;
        expect_no_web_page(&response)?;
        Ok(request_id(response.headers()))
    }

    /// Deletes any number of objects of a bucket: in pages, or one by one where the store lacks
    /// pages. Returns those that are still there: with `PreconditionFailed` if their content is
    /// another one. A store that lacks the condition deletes whatever is there.
    pub async fn delete_all(
        &self,
        bucket: &S3Path,
        objects: Vec<ObjectIdentifier>,
    ) -> Vec<NotDeleted> {
        let mut left = Vec::new();
        // XML cannot have some characters, and some readers trim white space.
        let is_single = |ObjectIdentifier { key, .. }: &ObjectIdentifier| {
            key.chars().any(is_not_xml) || key.trim() != key.as_str()
        };
        let (single, mut paged): (Vec<_>, Vec<_>) = objects.into_iter().partition(is_single);
        while !paged.is_empty() {
            let rest = paged.split_off(paged.len().min(PAGE));
            let mut page = core::mem::replace(&mut paged, rest);
            let mut deleted = self.delete_page(bucket, page.clone()).await;
            if page.iter().any(|object| object.etag.is_some())
                && deleted.as_ref().is_err_and(is_malformed)
            {
                // Swift knows only the elements that there were at first.
                for object in page.iter_mut().chain(&mut paged) {
                    object.etag = None;
                }
                deleted = self.delete_page(bucket, page.clone()).await;
            }
            match deleted {
                Ok(not_deleted) => left.extend(not_deleted),
                Err(error) if is_unknown(&error) => {
                    left.extend(self.delete_each(bucket, &page).await);
                }
                Err(error) => {
                    left.push(NotDeleted { key: None, error });
                    return left;
                }
            }
        }
        left.extend(self.delete_each(bucket, &single).await);
        left
    }

    async fn delete_each(&self, bucket: &S3Path, objects: &[ObjectIdentifier]) -> Vec<NotDeleted> {
        let mut left = Vec::new();
        for ObjectIdentifier { key, etag } in objects {
            let path = bucket.with_key(key);
            let deleted = self.retry(async |s3| match etag {
                Some(etag) => s3.delete_same(&path, etag).await,
                None => s3.delete(&path).await,
            });
            if let Err(error) = deleted.await {
                left.push(NotDeleted { key: Some(key.clone()), error });
            }
        }
        left
    }

    /// Deletes a page of objects, again for those that a further attempt can delete.
    async fn delete_page(
        &self,
        bucket: &S3Path,
        objects: Vec<ObjectIdentifier>,
    ) -> Result<Vec<NotDeleted>, OperationError> {
        let retries = self.retries();
        let (left, again) = (Vec::new(), Vec::new());
        let mut page = Page { s3: self, bucket, objects, left, again, retries };
        match repeat(&mut page).await {
            Ok(()) => {}
            Err(PageError { key: Some(key), error }) => {
                page.left.push(NotDeleted { key: Some(key), error });
            }
            Err(PageError { key: None, error }) => return Err(error),
        }
        page.left.extend(page.again);
        Ok(page.left)
    }

    /// Deletes up to 1,000 objects in one request. Returns those that are still there.
    ///
    /// Source: `DeleteObjects`, Amazon S3 API Reference.
    ///
    /// # Errors
    /// If S3 does not say what became of them.
    async fn delete_objects(
        &self,
        bucket: &S3Path,
        objects: &[ObjectIdentifier],
    ) -> Result<Vec<NotDeleted>, OperationError> {
        let mut head = self.head(Method::POST, &bucket.with_key(""), &[("delete", "")])?;
        let body = Bytes::from(deletion(objects));
        let md5 = Base64::encode_string(&Md5::digest(&body));
        let md5 = HeaderValue::try_from(md5).map_err(http::Error::from)?;
        head.headers_mut().insert(CONTENT_MD5, md5);
        head.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        let response = self.success(self.exchange(&head, body).await?).await?;
        let answer = self.read_answer(response).await?;
        let text = String::from_utf8_lossy(&answer);
        if root_element(&text) == Some(RESULT) {
            Ok(refused(&text)?)
        } else {
            Err(OperationError::NotS3(RESULT))
        }
    }
}

/// A page of objects that are deleted together, again without those that are gone.
struct Page<'p> {
    s3: &'p S3,
    bucket: &'p S3Path,
    /// Those that the next attempt deletes.
    objects: Vec<ObjectIdentifier>,
    /// Those that no attempt can delete.
    left: Vec<NotDeleted>,
    /// Those that the last attempt left and the next can delete, without the one whose error it
    /// ended with.
    again: Vec<NotDeleted>,
    retries: S3Retries,
}

/// The error of an attempt, and the object that it is about, unless it is about the whole page.
struct PageError {
    key: Option<String>,
    error: OperationError,
}

impl Repeated for Page<'_> {
    type Failure = PageError;
    type Error = PageError;

    async fn attempt(&mut self) -> Result<(), PageError> {
        let refused = self.s3.delete_objects(self.bucket, &self.objects).await;
        let refused = refused.map_err(|error| PageError { key: None, error })?;
        let is_final = |one: &NotDeleted| judge(&one.error) == Verdict::Final;
        let (last, again): (Vec<_>, Vec<_>) = refused.into_iter().partition(is_final);
        self.left.extend(last);
        self.again = again;
        let Some(NotDeleted { key, error }) = self.again.pop() else { return Ok(()) };
        let again = &self.again;
        self.objects.retain(|ObjectIdentifier { key: tried, .. }| {
            again.iter().map(|one| &one.key).chain([&key]).flatten().any(|key| key == tried)
        });
        Err(PageError { key, error })
    }

    async fn pause(&mut self, PageError { key, error }: PageError) -> Result<(), PageError> {
        match self.retries.after(error).await {
            Ok(_) => Ok(()),
            Err(error) => Err(PageError { key, error }),
        }
    }
}

/// Returns whether the store lacks the operation.
fn is_unknown(error: &OperationError) -> bool {
    let kind = error.kind();
    matches!(kind, Some(S3ErrorKind::NotImplemented | S3ErrorKind::MethodNotAllowed))
}

/// Returns whether the store could not read the list of objects to delete.
fn is_malformed(error: &OperationError) -> bool {
    error.kind() == Some(S3ErrorKind::MalformedXml)
}

/// Returns whether XML cannot have a character. A carriage return would be read as a line feed.
///
/// Source: "Extensible Markup Language (XML) 1.0", section 2.2.
const fn is_not_xml(character: char) -> bool {
    matches!(character, '\0'..='\x08' | '\x0b'..='\x1f' | '\u{fffe}' | '\u{ffff}')
}

fn deletion(objects: &[ObjectIdentifier]) -> String {
    let mut xml = String::from(
        "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>",
    );
    for ObjectIdentifier { key, etag } in objects {
        xml.push_str("<Object><Key>");
        xml.push_str(&escape(key.as_str()));
        xml.push_str("</Key>");
        if let Some(etag) = etag {
            xml.extend(["<ETag>", &escape(etag.as_str()), "</ETag>"]);
        }
        xml.push_str("</Object>");
    }
    xml.push_str("</Delete>");
    xml
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteResult {
    #[serde(default)]
    error: Vec<DeleteErrorElement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteErrorElement {
    key: String,
    code: String,
    #[serde(default)]
    message: String,
}

fn refused(answer: &str) -> Result<Vec<NotDeleted>, ListingError> {
    let result: DeleteResult =
        quick_xml::de::from_str(answer).map_err(|error| ListingError::new(error, answer))?;
    let refused = result.error.into_iter().map(|DeleteErrorElement { key, code, message }| {
        (key, S3Error::within_success(&code, &message))
    });
    // A missing key counts as deleted: AWS says so, not every store does.
    let left = refused.filter(|(_, error)| error.kind != S3ErrorKind::NoSuchKey);
    Ok(left.map(|(key, error)| NotDeleted { key: Some(key), error: error.into() }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_keys() {
        let any = ObjectIdentifier { key: "a&<b>".to_owned(), etag: None };
        let same = ObjectIdentifier { key: "c".to_owned(), etag: Some(ETag::written("\"e\"")) };
        let xml = deletion(&[any, same]);
        let any = "<Object><Key>a&amp;&lt;b&gt;</Key></Object>";
        let same = "<Object><Key>c</Key><ETag>&quot;e&quot;</ETag></Object></Delete>";
        assert!(xml.ends_with(&format!("{any}{same}")), "{xml}");
        assert!("a\u{1}".chars().any(is_not_xml) && "a\r".chars().any(is_not_xml));
        assert!(!"a\tü\n".chars().any(is_not_xml));
    }

    #[test]
    fn reads_what_was_not_deleted() {
        let answer = "<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
            <Deleted><Key>x</Key></Deleted>\
            <Error><Key>a&amp;b</Key><Code>AccessDenied</Code><Message>Access Denied</Message>\
            </Error>\
            <Error><Key>gone</Key><Code>NoSuchKey</Code></Error></DeleteResult>";
        let refused = refused(answer).unwrap();
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].key.as_deref(), Some("a&b"));
        assert!(refused[0].error.to_string().starts_with("AccessDenied: Access Denied: the "));
    }
}
