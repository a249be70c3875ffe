//! What all commands on S3 have at hand, and how they find what their paths name.

use super::directory::{Entry, children};
use super::{Complaints, NO_SUCH_FILE};
use crate::s3::path::{DefaultFs, S3Path, S3PathError};
use crate::s3::{S3, S3Failure, Status};
use crate::upload::UploadSettings;

/// S3, and where paths without a scheme lie.
#[derive(Clone, Copy, Debug)]
pub struct Shell<'s> {
    /// S3.
    pub s3: &'s S3,
    /// Where paths without a scheme lie.
    pub default_fs: &'s DefaultFs,
    /// How to upload, where no option says otherwise.
    pub upload: &'s UploadSettings,
}

/// What a path names. Hadoop calls it `PathData`.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// The path, as it was written, or as it would have been: what is shown.
    pub(crate) written: String,
    pub(crate) path: S3Path,
    pub(crate) status: Status,
}

impl Item {
    pub(crate) const fn is_directory(&self) -> bool {
        matches!(self.status, Status::Directory)
    }

    /// The last part of the path; empty for a bucket.
    pub(crate) fn name(&self) -> &str {
        self.path.name()
    }
}

/// Why there is no item.
#[derive(Debug)]
pub(crate) enum Missing {
    /// It is not there.
    Absent(String),
    /// It is no path.
    Bad(S3PathError),
    /// S3 does not say.
    Failed(String, S3Failure),
}

impl Missing {
    pub(crate) fn tell(&self, complaints: &Complaints) {
        match self {
            Self::Absent(written) => complaints.about(written, NO_SUCH_FILE),
            Self::Bad(error) => complaints.say(error),
            Self::Failed(written, failure) => complaints.about(written, failure),
        }
    }
}

impl Shell<'_> {
    /// What a path names. One with a wildcard in it, of which there is nothing of just that name, names
    /// all that match, in order: `*`, `?`, `[a-z]`, `[^a-z]`, `{a,b}`, and `\` before what is meant
    /// as it stands.
    pub(crate) async fn find(&self, written: &str) -> Result<Vec<Item>, Missing> {
        let shown = shown(written);
        match self.status(written).await? {
            Some((path, status)) => Ok(vec![Item { written: shown, path, status }]),
            None if has_wildcard(written) => self.matching(&shown).await,
            None => Err(Missing::Absent(shown)),
        }
    }

    /// What a path is, and what there is at it.
    pub(crate) async fn status(&self, written: &str) -> Result<Option<(S3Path, Status)>, Missing> {
        let path = self.default_fs.resolve(written).map_err(Missing::Bad)?;
        let status = self.s3.status(&path).await;
        let status = status.map_err(|failure| Missing::Failed(shown(written), failure))?;
        Ok(status.map(|status| (path, status)))
    }

    async fn matching(&self, pattern: &str) -> Result<Vec<Item>, Missing> {
        let (root, patterns) = split_at_wildcard(pattern);
        let mut found: Vec<String> = vec![root.to_owned()];
        for name in patterns.split('/') {
            let mut next = Vec::new();
            for parent in found {
                next.extend(self.matching_below(&parent, name).await?);
            }
            found = next;
        }
        let mut items = Vec::new();
        for written in found {
            // What was deleted meanwhile is not there.
            let status = self.status(&written).await?;
            items.extend(status.map(|(path, status)| Item { written, path, status }));
        }
        if items.is_empty() { Err(Missing::Absent(pattern.to_owned())) } else { Ok(items) }
    }

    async fn matching_below(&self, parent: &str, name: &str) -> Result<Vec<String>, Missing> {
        if !has_wildcard(name) {
            return Ok(vec![child(parent, name)]);
        }
        let directory = self.default_fs.resolve(parent).map_err(Missing::Bad)?;
        let children = children(self.s3, &directory).await;
        let children = children.map_err(|failure| Missing::Failed(parent.to_owned(), failure))?;
        let mut names: Vec<String> = children.into_iter().map(|Entry { name, .. }| name).collect();
        names.dedup();
        names.retain(|found| fast_glob::glob_match(name, found));
        Ok(names.into_iter().map(|name| child(parent, &name)).collect())
    }
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// What lies before the first part with a wildcard, with its slash, and the rest.
fn split_at_wildcard(pattern: &str) -> (&str, &str) {
    let wildcard = pattern.find(['*', '?', '[', '{']).unwrap_or(pattern.len());
    let (before, _) = pattern.split_at_checked(wildcard).unwrap_or((pattern, ""));
    let begin = before.rfind('/').map_or(0, |slash| slash + 1);
    pattern.split_at_checked(begin).unwrap_or((pattern, ""))
}

/// A path without slashes at its end, as Hadoop shows it; a bucket keeps its own.
fn shown(written: &str) -> String {
    let trimmed = written.trim_end_matches('/');
    let is_root =
        trimmed.is_empty() || trimmed.matches('/').count() <= 2 && trimmed.contains("://");
    if is_root { written.to_owned() } else { trimmed.to_owned() }
}

/// How a name below a path is shown.
pub(crate) fn child(written: &str, name: &str) -> String {
    match written {
        "" | "." => name.to_owned(),
        directory if directory.ends_with('/') => format!("{directory}{name}"),
        directory => format!("{directory}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_as_hadoop_shows_them() {
        for (written, expected) in [
            ("/d/", "/d"),
            ("/", "/"),
            ("d//", "d"),
            ("s3a://b/d/", "s3a://b/d"),
            ("s3a://b/", "s3a://b/"),
            ("s3a://b", "s3a://b"),
        ] {
            assert_eq!(shown(written), expected);
        }
        assert_eq!(child("/", "a"), "/a");
        assert_eq!(child("s3a://b", "a"), "s3a://b/a");
        assert_eq!(child("d", "a"), "d/a");
        assert_eq!(child(".", "a"), "a");
    }

    #[test]
    fn a_pattern_begins_with_its_first_wildcard() {
        assert_eq!(split_at_wildcard("s3a://b/d/x*/y"), ("s3a://b/d/", "x*/y"));
        assert_eq!(split_at_wildcard("s3a://b/{a,b}"), ("s3a://b/", "{a,b}"));
        assert_eq!(split_at_wildcard("*"), ("", "*"));
    }

    #[test]
    fn wildcards_are_hadoops() {
        for (pattern, name, matches) in [
            ("part-*", "part-00000", true),
            ("part-?", "part-00000", false),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("{ab,cd}*", "cde", true),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("*", ".hidden", true),
        ] {
            assert_eq!(fast_glob::glob_match(pattern, name), matches, "{pattern} {name}");
        }
    }
}
