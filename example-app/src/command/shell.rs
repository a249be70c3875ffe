//! The shell that all commands on S3 share: it finds what their paths name.

use super::directory::{Children, Entry, children};
use super::pattern::{PatternError, alternatives, check, is_pattern, matches, split_at_wildcard};
use crate::report::Reporter;
use crate::s3::address::path::{DefaultFs, KeySyntax, S3Path, S3PathError};
use crate::s3::error::listing::UndecodableKey;
use crate::s3::{OperationError, PathStatus, S3};
use crate::transfer::upload::UploadSettings;

/// Hadoop's words for a command without the arguments that it needs.
pub(crate) const NOT_ENOUGH_ARGUMENTS: &str = "Not enough arguments: expected 1 but got 0";

/// Hadoop's words for a directory where a file is needed.
pub(crate) const IS_A_DIRECTORY: &str = "Is a directory";

/// Hadoop's words for a path that does not exist.
pub(crate) const NO_SUCH_FILE: &str = "No such file or directory";

/// S3, and where paths without a scheme lie.
#[derive(Clone, Copy, Debug)]
pub struct Shell<'s> {
    /// S3.
    pub s3: &'s S3,
    /// The place of paths without a scheme.
    pub default_fs: &'s DefaultFs,
    /// The settings for uploads where no option says otherwise.
    pub upload: &'s UploadSettings,
}

/// The file or directory that a path names. Hadoop calls it `PathData`.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// The path, as it was written, or as it would have been: what is shown.
    pub(crate) written: String,
    pub(crate) path: S3Path,
    pub(crate) status: PathStatus,
}

impl Item {
    pub(crate) const fn is_directory(&self) -> bool {
        matches!(self.status, PathStatus::Directory)
    }

    /// Returns the last part of the path; empty for a bucket.
    pub(crate) fn name(&self) -> &str {
        self.path.name()
    }
}

/// The reason why there is no item.
#[derive(Debug)]
pub(crate) enum FindError {
    /// A path that does not exist.
    Absent(String),
    /// A text that is not a path.
    Bad(S3PathError),
    /// A malformed pattern.
    Pattern(PatternError),
    /// S3 does not say.
    Failed(String, OperationError),
    /// These match, and keys that are not UTF-8 match, too.
    UndecodableKey { keys: Vec<String>, items: Vec<Item> },
}

impl FindError {
    pub(crate) fn report(&self, reporter: &Reporter) {
        match self {
            Self::Absent(written) => reporter.about(written, NO_SUCH_FILE),
            Self::Bad(error) => reporter.say(error),
            Self::Pattern(error) => reporter.say(error),
            Self::Failed(written, error) => reporter.about(written, error),
            Self::UndecodableKey { keys, .. } => {
                for key in keys {
                    reporter.about(key, UndecodableKey::REASON);
                }
            }
        }
    }
}

impl From<PatternError> for FindError {
    fn from(error: PatternError) -> Self {
        Self::Pattern(error)
    }
}

impl Shell<'_> {
    /// Returns the entry at a path, as [`find`](Self::find) does. An item that is missing, or that
    /// S3 does not answer about, is reported, and the others are returned. Nothing is asked for
    /// once stdout is lost.
    pub(crate) async fn found(&self, written: &str, reporter: &Reporter) -> Vec<Item> {
        if reporter.is_stdout_lost() {
            return Vec::new();
        }
        match self.find(written).await {
            Ok(items) => items,
            Err(missing) => {
                missing.report(reporter);
                if let FindError::UndecodableKey { items, .. } = missing {
                    items
                } else {
                    Vec::new()
                }
            }
        }
    }

    /// Finds the entries at a path. A path with a wildcard that no object or directory has for its
    /// name finds all that match, in order: `*`, `?`, `[a-z]`, `[^a-z]`, `{a,b/c}`, and `\` before
    /// a letter that stands for itself.
    pub(crate) async fn find(&self, written: &str) -> Result<Vec<Item>, FindError> {
        let shown = self.shown(written);
        let path = self.default_fs.resolve(written).map_err(FindError::Bad)?;
        match self.item(&shown, &path).await? {
            Some(item) => Ok(vec![item]),
            None if is_pattern(written) => self.matching(&shown).await,
            None => Err(FindError::Absent(shown)),
        }
    }

    /// Returns the entry at a path, without regard to wildcards; `None` if there is nothing.
    pub(crate) async fn exactly(&self, written: &str) -> Result<Option<Item>, FindError> {
        let path = self.default_fs.resolve(written).map_err(FindError::Bad)?;
        self.item(&self.shown(written), &path).await
    }

    /// Returns the entry at a path exactly. As in Hadoop, a slash at its end also names a file, if
    /// there is no such directory.
    async fn item(&self, shown: &str, path: &S3Path) -> Result<Option<Item>, FindError> {
        let found = async {
            if let Some(status) = self.s3.status(path).await? {
                return Ok(Some((path.clone(), status)));
            }
            let file = path.without_slash();
            if file == *path || self.default_fs.keys() == KeySyntax::Exact {
                return Ok(None);
            }
            let attributes = self.s3.retry(async |s3| s3.stat(&file).await).await?;
            Ok(attributes.map(|attributes| (file, PathStatus::File(attributes))))
        };
        let found: Result<_, OperationError> = found.await;
        let found = found.map_err(|error| FindError::Failed(shown.to_owned(), error))?;
        Ok(found.map(|(path, status)| Item { written: shown.to_owned(), path, status }))
    }

    /// Finds the matches of a pattern, for each of its alternatives.
    async fn matching(&self, pattern: &str) -> Result<Vec<Item>, FindError> {
        let (mut items, mut keys) = (Vec::new(), Vec::new());
        for pattern in alternatives(pattern)? {
            items.extend(self.matching_one(&pattern, &mut keys).await?);
        }
        match (items.is_empty(), keys.is_empty()) {
            (_, false) => Err(FindError::UndecodableKey { keys, items }),
            (true, true) => Err(FindError::Absent(pattern.to_owned())),
            (false, true) => Ok(items),
        }
    }

    /// Finds the matches of a pattern. Names in S3 are joined as they are: `..` is a name there,
    /// and names nothing. Keys that are not UTF-8 are added to `keys`.
    async fn matching_one(
        &self,
        pattern: &str,
        keys: &mut Vec<String>,
    ) -> Result<Vec<Item>, FindError> {
        let (root, patterns) = split_at_wildcard(pattern);
        patterns.split('/').try_for_each(check)?;
        let directory = if root.is_empty() { "." } else { root };
        let directory = self.default_fs.resolve(directory).map_err(FindError::Bad)?;
        let mut found = vec![(root.to_owned(), directory)];
        let mut names = patterns.split('/').peekable();
        while let Some(name) = names.next() {
            let is_last = names.peek().is_none();
            let mut next = Vec::new();
            for (written, directory) in found {
                let below = self.matching_below(&written, &directory, name, is_last, keys);
                next.extend(below.await?);
            }
            found = next;
        }
        let mut items = Vec::new();
        for (written, path) in found {
            // A path that was deleted meanwhile is not there.
            items.extend(self.item(&written, &path).await?);
        }
        Ok(items)
    }

    /// Directories are named with a slash: there may be an object of the same name. On the way to
    /// more names only they count. Keys that are not UTF-8 are added to `keys`.
    async fn matching_below(
        &self,
        written: &str,
        directory: &S3Path,
        name: &str,
        is_last: bool,
        keys: &mut Vec<String>,
    ) -> Result<Vec<(String, S3Path)>, FindError> {
        if !is_pattern(name) {
            return Ok(vec![(child(written, name), directory.join(name))]);
        }
        let children = children(self.s3, directory).await;
        let Children { entries, not_utf_8 } =
            children.map_err(|error| FindError::Failed(written.to_owned(), error))?;
        let is_match = |found: &str| !found.is_empty() && matches(name, found);
        let prefix = directory.directory_prefix();
        let escaped = prefix.as_bytes().escape_ascii().to_string();
        for key in not_utf_8 {
            let below = key.strip_prefix(&escaped).unwrap_or(&key);
            if is_match(below.trim_end_matches('/')) {
                keys.push(directory.with_key(key).to_string());
            }
        }
        let path = |entry: &Entry| {
            let slash = if entry.is_directory { "/" } else { "" };
            directory.with_key(format!("{prefix}{}{slash}", entry.name))
        };
        let is_named = |entry: &&Entry| is_match(&entry.name) && (is_last || entry.is_directory);
        let entries = entries.iter().filter(is_named);
        Ok(entries.map(|entry| (child(written, &entry.name), path(entry))).collect())
    }

    /// Returns a path as Hadoop shows it: folded, and without a slash at its end; a bucket keeps
    /// its own.
    pub(crate) fn shown(&self, written: &str) -> String {
        match self.default_fs.keys() {
            KeySyntax::Folded => shown(written),
            KeySyntax::Exact => written.to_owned(),
        }
    }
}

/// Folds a path as Hadoop's `Path` does before it shows it.
fn shown(written: &str) -> String {
    let scheme = written.find("://").map_or(0, |at| at + 3);
    let bucket = written.get(scheme..).and_then(|rest| rest.find('/')).unwrap_or(written.len());
    let begin = if scheme > 0 { (scheme + bucket).min(written.len()) } else { 0 };
    let (root, path) = written.split_at_checked(begin).unwrap_or((written, ""));
    let is_absolute = path.starts_with('/');
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match (name, names.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." => drop(names.pop()),
            (name, _) => names.push(name),
        }
    }
    let names = names.join("/");
    match (is_absolute, names.as_str()) {
        (true, _) => format!("{root}/{names}"),
        (false, "") if root.is_empty() => ".".to_owned(),
        (false, _) => format!("{root}{names}"),
    }
}

/// Returns how a name below a path is shown. An empty name is the one between two slashes.
pub(crate) fn child(written: &str, name: &str) -> String {
    match written {
        "" | "." => name.to_owned(),
        directory if directory.ends_with('/') && name.is_empty() => format!("{directory}/"),
        directory if directory.ends_with('/') => format!("{directory}{name}"),
        directory if name.is_empty() => format!("{directory}//"),
        directory => format!("{directory}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_paths_as_hadoop_does() {
        for (written, expected) in [
            ("/d/", "/d"),
            ("/", "/"),
            ("d//", "d"),
            ("s3a://b/d/", "s3a://b/d"),
            ("s3a://b/", "s3a://b/"),
            ("s3a://b", "s3a://b"),
            ("/dir//f", "/dir/f"),
            ("s3a://b//dir///f", "s3a://b/dir/f"),
            ("/d/*/../f", "/d/f"),
            ("/d/..", "/"),
            ("s3a://b/.", "s3a://b/"),
            ("./d", "d"),
            ("../d", "../d"),
            (".", "."),
        ] {
            assert_eq!(shown(written), expected);
        }
        assert_eq!(child("/", ""), "//");
        assert_eq!(child(&child("s3a://b/d", ""), "x"), "s3a://b/d//x");
        assert_eq!(child("/", "a"), "/a");
        assert_eq!(child("s3a://b", "a"), "s3a://b/a");
        assert_eq!(child("d", "a"), "d/a");
        assert_eq!(child(".", "a"), "a");
    }
}
