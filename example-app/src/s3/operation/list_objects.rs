//! The keys of a bucket, page by page.
//!
//! Source: `ListObjectsV2`, `ListObjects`, Amazon S3 API Reference.

use futures_util::stream::{self, Stream};
use http::Method;

use super::page::{ListPage, Marker};
use crate::s3::address::path::S3Path;
use crate::s3::client::{ListVersion, S3};
use crate::s3::error::kind::S3ErrorKind;
use crate::s3::error::listing::ListingError;
use crate::s3::error::operation::OperationError;
use crate::s3::operation::page_loop::PageLoop;

/// The path of a listing through its pages, to find listings that do not end.
#[derive(Debug, Default)]
struct KeyLoop {
    markers: PageLoop<Marker>,
    /// The first key of each page: a store that ignores the token sends one page for ever.
    first_keys: PageLoop<String>,
    /// The last key that the first version of the operation continued after.
    behind: Option<String>,
}

impl KeyLoop {
    /// Notes a page, and the marker that asks for the next.
    ///
    /// # Errors
    /// If the page is repeated, or goes backwards.
    fn turn(&mut self, page: &ListPage, prefix: &str, next: &Marker) -> Result<(), ListingError> {
        let mut keys = page.objects.iter().map(|object| &object.key).chain(&page.prefixes);
        if let Some(first) = keys.next() {
            self.first_keys.turn(false, Some(first))?;
        }
        if let Marker::Key(key) = next {
            if self.behind.as_ref().is_some_and(|last| key <= last) {
                return Err(ListingError::Endless);
            }
            self.behind = Some(key.clone());
        }
        // Keys that were not asked for do not count.
        let is_asked_for = |key: &&String| key.starts_with(prefix);
        let mut keys = page.objects.iter().map(|object| &object.key).chain(&page.prefixes);
        let is_empty = page.not_utf_8.is_empty() && !keys.any(|key| is_asked_for(&key));
        self.markers.turn(is_empty, Some(next))
    }
}

impl S3 {
    /// Lists a page of the keys that begin with `prefix`, grouped at `delimiter` unless that is
    /// empty.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn list_page(
        &self,
        bucket: &S3Path,
        prefix: &str,
        delimiter: &str,
        max_keys: u32,
        after: Option<&Marker>,
    ) -> Result<ListPage, OperationError> {
        let max_keys = max_keys.to_string();
        let mut query =
            vec![("prefix", prefix), ("max-keys", max_keys.as_str()), ("encoding-type", "url")];
        match (after, self.list_version()) {
            (Some(Marker::Token(token)), _) => {
                query.extend([("list-type", "2"), ("continuation-token", token)]);
            }
            (Some(Marker::Key(key)), _) => query.push(("marker", key)),
            (None, ListVersion::V1) => {}
            (None, ListVersion::V2) => query.push(("list-type", "2")),
        }
        query.extend((!delimiter.is_empty()).then_some(("delimiter", delimiter)));
        let root = bucket.with_key("");
        let ask = async |query: &[(&str, &str)]| {
            self.success(self.send(Method::GET, &root, query).await?).await
        };
        let response = match ask(&query).await {
            Err(error) if after.is_none() && is_of_version(&error) => {
                // A store that knows the first version only.
                query.retain(|(name, _)| *name != "list-type");
                ask(&query).await
            }
            response => response,
        };
        let body = self.read_response(response?).await?;
        Ok(ListPage::read(&body)?.expect_prefix(prefix)?)
    }

    /// Lists all keys that begin with `prefix`, grouped at `delimiter` unless that is empty, in
    /// pages of a thousand. Each request is [retried](Self::retry).
    pub fn pages<'s>(
        &'s self,
        bucket: &'s S3Path,
        prefix: &'s str,
        delimiter: &'s str,
    ) -> impl Stream<Item = Result<ListPage, OperationError>> + 's {
        let begin = Some((None::<Marker>, KeyLoop::default()));
        stream::try_unfold(begin, move |state| async move {
            let Some((after, mut loop_of_keys)) = state else { return Ok(None) };
            let ask = async |s3: &Self| {
                s3.list_page(bucket, prefix, delimiter, 1000, after.as_ref()).await
            };
            let page = self.retry(ask).await?;
            let Some(next) = page.next.clone() else { return Ok(Some((page, None))) };
            loop_of_keys.turn(&page, prefix, &next)?;
            Ok(Some((page, Some((Some(next), loop_of_keys)))))
        })
    }
}

/// Returns whether the store may lack this version of the operation.
fn is_of_version(error: &OperationError) -> bool {
    matches!(
        error.kind(),
        Some(
            S3ErrorKind::InvalidArgument
                | S3ErrorKind::NotImplemented
                | S3ErrorKind::MethodNotAllowed
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_listings_that_go_round_or_backwards() {
        let token = |token: &str| Marker::Token(token.to_owned());
        let key = |key: &str| Marker::Key(key.to_owned());
        let end = |markers: &[Marker]| {
            let mut loop_of_keys = KeyLoop::default();
            let page = ListPage::default();
            markers.iter().position(|marker| loop_of_keys.turn(&page, "", marker).is_err())
        };
        assert_eq!(end(&[token("b"), token("a"), token("c")]), None);
        assert_eq!(end(&[token("a"), token("b"), token("a")]), Some(2));
        assert_eq!(end(&[key("a"), key("b"), key("b")]), Some(2));
        assert_eq!(end(&[key("b"), key("a")]), Some(1));
        let page = ListPage { prefixes: vec!["d/".to_owned()], ..ListPage::default() };
        let mut loop_of_keys = KeyLoop::default();
        assert!(loop_of_keys.turn(&page, "", &token("a")).is_ok());
        assert!(
            loop_of_keys.turn(&page, "", &token("b")).is_err(),
            "the same page with another token"
        );
        let mut loop_of_keys = KeyLoop::default();
        let foreign = |number: u32| {
            let page = ListPage { prefixes: vec![format!("z{number}/")], ..ListPage::default() };
            loop_of_keys.turn(&page, "d/", &token(&number.to_string())).is_err()
        };
        assert!((0..2000).any(foreign), "keys outside of the prefix");
    }
}
