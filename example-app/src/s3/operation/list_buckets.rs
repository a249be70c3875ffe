//! The buckets of an account.
//!
//! Source: `ListBuckets`, Amazon S3 API Reference.

use bytes::Bytes;
use http::header::USER_AGENT;
use http::{HeaderValue, Method, Request};
use rolesig::percent::Encoded;

use crate::s3::client::S3;
use crate::s3::client::send::PRODUCT;
use crate::s3::content::confirmation::element;
use crate::s3::error::operation::OperationError;
use crate::s3::operation::page_loop::PageLoop;

/// A bucket, as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// When it was created, in RFC 3339.
    pub created: String,
}

impl S3 {
    /// Lists the buckets that belong to the account, page by page. Each request is
    /// [retried](Self::retry).
    ///
    /// # Errors
    /// If S3 does not report them all.
    pub async fn buckets(&self) -> Result<Vec<Bucket>, OperationError> {
        let mut all = Vec::new();
        let (mut after, mut pages) = (None, PageLoop::default());
        loop {
            let ask = async |s3: &Self| s3.page_of_buckets(after.as_deref()).await;
            let (buckets, next) = self.retry(ask).await?;
            pages.turn(buckets.is_empty(), next.as_ref())?;
            all.extend(buckets);
            after = next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    async fn page_of_buckets(
        &self,
        after: Option<&str>,
    ) -> Result<(Vec<Bucket>, Option<String>), OperationError> {
        let query = after.map(|token| format!("?continuation-token={}", Encoded::value(token)));
        let url = format!("{}{}", self.root()?, query.unwrap_or_default());
        let head = Request::builder().method(Method::GET).uri(url);
        let head = head.header(USER_AGENT, HeaderValue::from_static(PRODUCT)).body(())?;
        let response = self.success(self.exchange(&head, Bytes::new()).await?).await?;
        let document = self.read_body(response).await?;
        let document = String::from_utf8_lossy(&document);
        let buckets = buckets(&document).ok_or(OperationError::NotS3("ListAllMyBucketsResult"))?;
        Ok((buckets, element(&document, "ContinuationToken")))
    }
}

/// Reads a page; `None` if it is something else. Names of buckets need no escapes.
fn buckets(document: &str) -> Option<Vec<Bucket>> {
    let (_, buckets) = document.split_once("<ListAllMyBucketsResult")?;
    let bucket = |bucket| {
        let created = element(bucket, "CreationDate").unwrap_or_default();
        Some(Bucket { name: element(bucket, "Name")?, created })
    };
    buckets.split("<Bucket>").skip(1).map(bucket).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_names_of_buckets() {
        let document = "<ListAllMyBucketsResult xmlns=\"x\"><Owner><ID>i</ID></Owner><Buckets>\
                      <Bucket><Name>a</Name><CreationDate>2015-08-30T12:36:00.000Z</CreationDate>\
                      </Bucket><Bucket><Name>b</Name></Bucket></Buckets></ListAllMyBucketsResult>";
        let found = buckets(document).unwrap();
        let names: Vec<_> = found.iter().map(|bucket| bucket.name.as_str()).collect();
        assert_eq!((names, found[0].created.get(..10)), (vec!["a", "b"], Some("2015-08-30")));
        let empty = "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>";
        assert_eq!(buckets(empty), Some(Vec::new()));
        assert_eq!(buckets("<html>"), None);
    }
}
