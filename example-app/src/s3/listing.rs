//! The keys of a bucket, page by page.
//!
//! Source: `ListObjectsV2`, `ListObjects`, Amazon S3 API Reference.

use core::hash::{Hash, Hasher as _};
use std::collections::HashSet;
use std::hash::DefaultHasher;

use futures_util::stream::{self, Stream};
use http::Method;

use super::answer::{BadListing, ListPage, Marker};
use super::path::S3Path;
use super::{S3, S3Failure};

/// Which version of the operation lists keys: `fs.s3a.list.version`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListVersion {
    /// `ListObjects`.
    V1,
    /// `ListObjectsV2`. A store that answers as the first version does is then asked by that.
    #[default]
    V2,
}

/// Pages in a row without a key. S3 sends such while it passes over what was deleted.
const EMPTY_PAGES: u32 = 10_000;

/// How far a listing has come. What a server answers must not keep it going for ever.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    seen: HashSet<u64>,
    empty: u32,
    /// The last key that the first version went on behind.
    key: Option<String>,
}

impl Progress {
    /// Takes note of a page, and where it leads.
    ///
    /// # Errors
    /// If the listing was there before, or goes backwards.
    pub(crate) fn note<M: Hash>(&mut self, next: &M, is_empty: bool) -> Result<(), BadListing> {
        let mut hasher = DefaultHasher::new();
        next.hash(&mut hasher);
        self.empty = if is_empty { self.empty + 1 } else { 0 };
        let is_new = self.seen.insert(hasher.finish());
        if is_new && self.empty < EMPTY_PAGES { Ok(()) } else { Err(BadListing::Endless) }
    }

    /// The same of a page of keys, none of which was there before.
    fn past(&mut self, page: &ListPage, next: &Marker) -> Result<(), BadListing> {
        let keys = page.objects.iter().map(|object| &object.key);
        if let Some(first) = keys.chain(&page.prefixes).next() {
            self.note(first, false)?;
        }
        self.past_marker(next, page.is_empty())
    }

    fn past_marker(&mut self, next: &Marker, is_empty: bool) -> Result<(), BadListing> {
        if let Marker::Key(key) = next {
            if self.key.as_ref().is_some_and(|last| key <= last) {
                return Err(BadListing::Endless);
            }
            self.key = Some(key.clone());
        }
        self.note(next, is_empty)
    }
}

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
        after: Option<&Marker>,
    ) -> Result<ListPage, S3Failure> {
        let max_keys = max_keys.to_string();
        let mut query =
            vec![("prefix", prefix), ("max-keys", max_keys.as_str()), ("encoding-type", "url")];
        match (after, self.list_version) {
            (Some(Marker::Token(token)), _) => {
                query.extend([("list-type", "2"), ("continuation-token", token)]);
            }
            (Some(Marker::Key(key)), _) => query.push(("marker", key)),
            (None, ListVersion::V1) => {}
            (None, ListVersion::V2) => query.push(("list-type", "2")),
        }
        query.extend((!delimiter.is_empty()).then_some(("delimiter", delimiter)));
        let response = self.send(Method::GET, &bucket.with_key(""), &query).await?;
        let body = self.read(self.success(response).await?).await?;
        Ok(ListPage::read(&body)?)
    }

    /// All keys that begin with `prefix`, grouped at `delimiter` unless that is empty, in pages of a
    /// thousand; each is asked for again as [`again`](Self::again) does.
    pub fn pages<'s>(
        &'s self,
        bucket: &'s S3Path,
        prefix: &'s str,
        delimiter: &'s str,
    ) -> impl Stream<Item = Result<ListPage, S3Failure>> + 's {
        let begin = Some((None::<Marker>, Progress::default()));
        stream::try_unfold(begin, move |state| async move {
            let Some((after, mut progress)) = state else { return Ok(None) };
            let ask = async |s3: &Self| {
                s3.list_page(bucket, prefix, delimiter, 1000, after.as_ref()).await
            };
            let page = self.again(ask).await?;
            let Some(next) = page.next.clone() else { return Ok(Some((page, None))) };
            progress.past(&page, &next)?;
            Ok(Some((page, Some((Some(next), progress)))))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_that_goes_round_or_backwards_ends() {
        let token = |token: &str| Marker::Token(token.to_owned());
        let key = |key: &str| Marker::Key(key.to_owned());
        let end = |markers: &[Marker]| {
            let mut progress = Progress::default();
            markers.iter().position(|marker| progress.past_marker(marker, false).is_err())
        };
        assert_eq!(end(&[token("b"), token("a"), token("c")]), None);
        assert_eq!(end(&[token("a"), token("b"), token("a")]), Some(2));
        assert_eq!(end(&[key("a"), key("b"), key("b")]), Some(2));
        assert_eq!(end(&[key("b"), key("a")]), Some(1));
        let page = ListPage { prefixes: vec!["d/".to_owned()], ..ListPage::default() };
        let mut progress = Progress::default();
        assert!(progress.past(&page, &token("a")).is_ok());
        assert!(progress.past(&page, &token("b")).is_err(), "the same page with another token");
        let mut progress = Progress::default();
        let pages = (0..20_000).position(|page| progress.note(&page, true).is_err());
        assert_eq!(pages, Some(9_999), "pages without a key");
    }
}
