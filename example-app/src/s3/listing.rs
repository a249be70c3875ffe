//! The keys of a bucket, page by page.

use futures_util::stream::{self, Stream};
use http::Method;

use super::answer::ListPage;
use super::page_loop::PageLoop;
use super::path::S3Path;
use super::{S3, S3Failure};

impl S3 {
    /// A page of the keys that begin with `prefix`, grouped at `delimiter` unless that is empty.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn list_page(
        &self,
        bucket: &S3Path,
        prefix: &str,
        delimiter: &str,
        max_keys: u32,
        continuation_token: Option<&str>,
    ) -> Result<ListPage, S3Failure> {
        let max_keys = max_keys.to_string();
        let mut query = vec![
            ("list-type", "2"),
            ("prefix", prefix),
            ("max-keys", &max_keys),
            ("encoding-type", "url"),
        ];
        query.extend((!delimiter.is_empty()).then_some(("delimiter", delimiter)));
        query.extend(continuation_token.map(|token| ("continuation-token", token)));
        let response = self.send(Method::GET, &bucket.with_key(""), &query).await?;
        let body = self.read(self.success(response).await?).await?;
        Ok(ListPage::read(&String::from_utf8_lossy(&body))?)
    }

    /// All keys that begin with `prefix`, grouped at `delimiter` unless that is empty, in pages of a
    /// thousand; each is asked for again as [`again`](Self::again) does.
    pub fn pages<'s>(
        &'s self,
        bucket: &'s S3Path,
        prefix: &'s str,
        delimiter: &'s str,
    ) -> impl Stream<Item = Result<ListPage, S3Failure>> + 's {
        let begin = (Some(None::<String>), PageLoop::default());
        stream::try_unfold(begin, move |(token, mut pages)| async move {
            let Some(token) = token else { return Ok(None) };
            let ask = async |s3: &Self| {
                s3.list_page(bucket, prefix, delimiter, 1000, token.as_deref()).await
            };
            let page = self.again(ask).await?;
            let is_empty = page.objects.is_empty() && page.prefixes.is_empty();
            pages.turn(is_empty, page.continuation_token.as_ref())?;
            let next = page.continuation_token.clone().map(Some);
            Ok(Some((page, (next, pages))))
        })
    }
}
