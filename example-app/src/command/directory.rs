//! The entries of a directory: S3 has keys, and a shell shows a tree.

use core::pin::pin;
use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;

use crate::s3::address::path::S3Path;
use crate::s3::operation::page::Object;
use crate::s3::{OperationError, S3};
use crate::system::date::StoredTime;

/// An entry of a listing. A directory has no size, and no date unless it has a marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) is_directory: bool,
    pub(crate) size: u64,
    pub(crate) modified: StoredTime,
}

/// Directories, by the common prefixes of keys.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    directories: BTreeMap<String, BTreeMap<Name, Listed>>,
    not_utf_8: Vec<String>,
}

/// The entries of a directory.
#[derive(Debug, Default)]
pub(crate) struct Children {
    /// By name.
    pub(crate) entries: Vec<Entry>,
    /// Keys that are not UTF-8, escaped.
    pub(crate) not_utf_8: Vec<String>,
}

/// An object and a directory may have one name.
type Name = (String, bool);

#[derive(Clone, Debug, Default)]
struct Listed {
    size: u64,
    modified: StoredTime,
}

/// Lists the contents of a directory.
pub(crate) async fn children(s3: &S3, directory: &S3Path) -> Result<Children, OperationError> {
    let tree = read(s3, directory, "/", usize::MAX).await?.unwrap_or_default();
    let entries = tree.of(&directory.directory_prefix());
    Ok(Children { entries, not_utf_8: tree.not_utf_8 })
}

/// Returns everything below a directory; `None` if that is more than `most` objects.
pub(crate) async fn tree(
    s3: &S3,
    directory: &S3Path,
    most: usize,
) -> Result<Option<Tree>, OperationError> {
    read(s3, directory, "", most).await
}

async fn read(
    s3: &S3,
    directory: &S3Path,
    delimiter: &str,
    most: usize,
) -> Result<Option<Tree>, OperationError> {
    let root = directory.directory_prefix();
    let mut tree = Tree::default();
    let mut left = most;
    let mut pages = pin!(s3.pages(directory, &root, delimiter));
    while let Some(page) = pages.try_next().await? {
        let Some(fewer) = left.checked_sub(page.objects.len()) else { return Ok(None) };
        left = fewer;
        for Object { key, size, last_modified, .. } in page.objects {
            let listed = Listed { size, modified: StoredTime::read(&last_modified) };
            tree.add(&root, &key, Some(&listed));
        }
        for prefix in page.prefixes {
            tree.add(&root, &prefix, None);
        }
        tree.not_utf_8.extend(page.not_utf_8.into_iter().map(|key| key.escaped));
    }
    Ok(Some(tree))
}

impl Tree {
    /// Returns the keys in it that are not UTF-8, escaped.
    pub(crate) fn not_utf_8(&self) -> &[String] {
        &self.not_utf_8
    }

    /// Returns the entries of one of the directories, by name.
    pub(crate) fn of(&self, prefix: &str) -> Vec<Entry> {
        let entries = self.directories.get(prefix).into_iter().flatten();
        entries
            .map(|((name, is_directory), Listed { size, modified })| Entry {
                name: name.clone(),
                is_directory: *is_directory,
                size: *size,
                modified: modified.clone(),
            })
            .collect()
    }

    /// Adds a key below the root, and the directories between them. The marker of the root itself
    /// is left out.
    fn add(&mut self, root: &str, key: &str, listed: Option<&Listed>) {
        let Some(below) = key.strip_prefix(root).filter(|below| !below.is_empty()) else { return };
        let is_directory = below.ends_with('/');
        let below = below.strip_suffix('/').unwrap_or(below);
        let mut parent = root.to_owned();
        let mut names = below.split('/').peekable();
        while let Some(name) = names.next() {
            let is_last = names.peek().is_none();
            let entries = self.directories.entry(parent.clone()).or_default();
            let entry = entries.entry((name.to_owned(), is_directory || !is_last)).or_default();
            if let (true, Some(listed)) = (is_last, listed) {
                entry.clone_from(listed);
            }
            parent.push_str(name);
            parent.push('/');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inserts_the_directories_between() {
        let mut tree = Tree::default();
        let listed = |size| Listed { size, modified: StoredTime::Unreported };
        for (key, size) in [("d/", 0), ("d/a/b/c", 3), ("d/a", 1), ("d/a-b", 2), ("d/e/", 0)] {
            tree.add("d/", key, Some(&listed(size)));
        }
        tree.add("d/", "d/f/", None);
        let names = |prefix: &str| {
            let entries = tree.of(prefix).into_iter();
            entries.map(|entry| (entry.name, entry.is_directory, entry.size)).collect::<Vec<_>>()
        };
        let name = |name: &str, is_directory, size| (name.to_owned(), is_directory, size);
        let expected = [
            name("a", false, 1),
            name("a", true, 0),
            name("a-b", false, 2),
            name("e", true, 0),
            name("f", true, 0),
        ];
        assert_eq!(names("d/"), expected);
        assert_eq!(names("d/a/"), [name("b", true, 0)]);
        assert_eq!(names("d/a/b/"), [name("c", false, 3)]);
        assert!(names("d/f/").is_empty());
    }

    #[test]
    fn names_may_be_empty() {
        let mut tree = Tree::default();
        tree.add("", "a//b", Some(&Listed::default()));
        assert_eq!(tree.of("a/")[0].name, "");
        assert_eq!(tree.of("a//")[0].name, "b");
    }
}
