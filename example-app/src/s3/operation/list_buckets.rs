//! The buckets of an account.
//!
//! Source: `ListBuckets`, Amazon S3 API Reference.

use bytes::Bytes;
use http::header::USER_AGENT;
use http::{HeaderValue, Method, Request};

use crate::s3::client::S3;
use crate::s3::client::send::PRODUCT;
use crate::s3::content::confirmation::element;
use crate::s3::error::operation::OperationError;

/// A bucket, as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// When it was created, in RFC 3339.
    pub created: String,
}

impl S3 {
    /// Lists the buckets that belong to the account. The request is [retried](Self::retry).
    ///
    /// # Errors
    /// If S3 does not tell them.
    pub async fn buckets(&self) -> Result<Vec<Bucket>, OperationError> {
        self.retry(async |s3| {
            let head = Request::builder().method(Method::GET).uri(s3.root()?);
            let head = head.header(USER_AGENT, HeaderValue::from_static(PRODUCT)).body(())?;
            let response = s3.success(s3.exchange(&head, Bytes::new()).await?).await?;
            let answer = s3.read_body(response).await?;
            buckets(&String::from_utf8_lossy(&answer))
                .ok_or(OperationError::NotS3("ListAllMyBucketsResult"))
        })
        .await
    }
}

/// Reads the answer; `None` if it is something else. Names of buckets need no escapes.
fn buckets(answer: &str) -> Option<Vec<Bucket>> {
    let (_, buckets) = answer.split_once("<ListAllMyBucketsResult")?;
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
        let answer = "<ListAllMyBucketsResult xmlns=\"x\"><Owner><ID>i</ID></Owner><Buckets>\
                      <Bucket><Name>a</Name><CreationDate>2015-08-30T12:36:00.000Z</CreationDate>\
                      </Bucket><Bucket><Name>b</Name></Bucket></Buckets></ListAllMyBucketsResult>";
        let found = buckets(answer).unwrap();
        let names: Vec<_> = found.iter().map(|bucket| bucket.name.as_str()).collect();
        assert_eq!((names, found[0].created.get(..10)), (vec!["a", "b"], Some("2015-08-30")));
        let empty = "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>";
        assert_eq!(buckets(empty), Some(Vec::new()));
        assert_eq!(buckets("<html>"), None);
    }
}
