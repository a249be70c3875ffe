//! The files below a directory.

use core::time::Duration;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::task::spawn_blocking;
use walkdir::{DirEntry, WalkDir};

use super::super::shell::NO_SUCH_FILE;
use super::filter::Filter;
use super::form::UnicodeForm;
use crate::system::descriptors;

/// The number of entries that are looked at ahead.
pub(super) const AHEAD: usize = 1000;
/// The time for which more entries are looked at while some wait to be stored.
const PATIENCE: Duration = Duration::from_millis(20);
/// The number of entries that are looked at together however long it takes, where they are still to
/// be sorted: small trees are in the order of names on slow file systems, too.
const TOGETHER: usize = 100;

/// An entry to store.
#[derive(Debug)]
pub(super) enum TreeEntry {
    File {
        path: PathBuf,
        /// Below the destination, with slashes.
        name: String,
    },
    EmptyDirectory {
        path: PathBuf,
        name: String,
    },
}

/// A path that cannot be stored, and the reason.
pub(super) type Refused = (PathBuf, String);

/// The rules by which directories are walked.
#[derive(Clone)]
pub(super) struct WalkRules {
    /// True if symbolic links are followed, as Hadoop does; one that leads back to where it came
    /// from is an error. Otherwise one that leads to a directory is an entry like a file.
    pub(super) follow_links: bool,
    pub(super) filter: Filter,
    /// In which names are given. Two in a directory that are one in it are an error: the second is
    /// not given, nor what is below it.
    pub(super) form: Option<UnicodeForm>,
}

impl WalkRules {
    /// Returns whether all names of a directory are read before its entries are given, which takes
    /// memory for each name. A form compares neighbours; and where files are removed from a
    /// directory, a file system can leave others out.
    const fn reads_ahead(&self) -> bool {
        self.form.is_some() || !self.follow_links
    }
}

/// An iterator over the entries below a directory. They are in the order of names: all of a
/// directory's where they are [read ahead](WalkRules::reads_ahead), otherwise some at a time. Names
/// that are not UTF-8 are errors.
pub(super) struct Walk {
    root: PathBuf,
    /// The beginning of names: empty, or with a slash at the end.
    below: String,
    rules: WalkRules,
    entries: walkdir::IntoIter,
    patience: Duration,
    /// The last name at each depth: one that is equal to it comes next.
    seen: Vec<(String, PathBuf)>,
}

impl Walk {
    pub(super) fn new(root: PathBuf, below: String, rules: WalkRules) -> Self {
        let walk = WalkDir::new(&root).follow_links(rules.follow_links);
        let walk = match rules.form {
            None if rules.reads_ahead() => walk.sort_by_file_name(),
            None => walk,
            Some(form) => walk.sort_by(move |a, b| {
                let (a, b) = (a.file_name(), b.file_name());
                let form_of = |name| form.of(name);
                let formed = a.to_str().map(form_of).cmp(&b.to_str().map(form_of));
                formed.then_with(|| a.cmp(b))
            }),
        };
        let entries = walk.into_iter();
        Self { root, below, rules, entries, patience: PATIENCE, seen: Vec::new() }
    }

    /// Returns the entries, which another thread looks at, some at a time: a directory can be
    /// large and its file system slow, and meanwhile a signal is heard.
    pub(super) fn entries(self) -> impl Stream<Item = Result<TreeEntry, Refused>> {
        let looks = stream::unfold(Some(self), |walk| async {
            let walk = walk?;
            let root = walk.root.clone();
            let looked = spawn_blocking(move || walk.look()).await;
            Some(looked.unwrap_or_else(|error| (vec![Err((root, error.to_string()))], None)))
        });
        looks.flat_map(stream::iter)
    }

    /// Looks at the next entries. Returns them, and the walk unless it is over.
    fn look(mut self) -> (Vec<Result<TreeEntry, Refused>>, Option<Self>) {
        let (began, patience) = (Instant::now(), self.patience);
        let least = if self.rules.reads_ahead() { 1 } else { TOGETHER };
        let mut found = Vec::new();
        let is_over = loop {
            if found.len() >= AHEAD || (found.len() >= least && began.elapsed() >= patience) {
                break false;
            }
            match self.next() {
                Some(entry) => found.push(entry),
                None => break true,
            }
        };
        if !self.rules.reads_ahead() {
            found.sort_by(|one, other| path_of(one).cmp(path_of(other)));
        }
        (found, (!is_over).then_some(self))
    }

    fn visit(&mut self, entry: &DirEntry) -> Result<Option<TreeEntry>, Refused> {
        let path = entry.path();
        let failed = |reason: String| (path.to_owned(), reason);
        let below = path.strip_prefix(&self.root).unwrap_or(path);
        let Some(name) = below.to_str() else {
            self.leave(entry);
            return Err(failed(not_utf_8(below)));
        };
        let name = name.replace(std::path::MAIN_SEPARATOR, "/");
        if entry.depth() > 0 && !self.rules.filter.admits(&name) {
            self.leave(entry);
            return Ok(None);
        }
        if let Some(form) = self.rules.form
            && let Some(other) = self.twin(entry, form)
        {
            self.leave(entry);
            return Err(failed(form.collision(&other.display().to_string())));
        }
        if !self.rules.filter.wants(&name) {
            return Ok(None);
        }
        let formed = self.rules.form.map(|form| form.of(&name).into_owned()).unwrap_or(name);
        let (name, path) = (format!("{}{formed}", self.below), path.to_owned());
        if !entry.file_type().is_dir() {
            return Ok(Some(TreeEntry::File { path, name }));
        }
        match entry.path().read_dir() {
            Ok(mut inside) => {
                let is_empty = inside.next().is_none();
                Ok(is_empty.then_some(TreeEntry::EmptyDirectory { path, name }))
            }
            // The walk may find a descriptor, and nothing in it.
            Err(error) if descriptors::are_exhausted(&error) => Err(failed(error.to_string())),
            // One that cannot be read is an error when it is walked.
            Err(_) => Ok(None),
        }
    }

    /// Returns a file of the same directory that has the same name in this form.
    fn twin(&mut self, entry: &DirEntry, form: UnicodeForm) -> Option<PathBuf> {
        let name = form.of(entry.file_name().to_str()?).into_owned();
        self.seen.truncate(entry.depth());
        let level = entry.depth().checked_sub(1)?;
        let last = self.seen.get(level).filter(|(last, _)| *last == name);
        if let Some((_, path)) = last {
            return Some(path.clone());
        }
        self.seen.truncate(level);
        self.seen.push((name, entry.path().to_owned()));
        None
    }

    /// Leaves a directory, without looking at the rest of it.
    fn leave(&mut self, entry: &DirEntry) {
        if entry.file_type().is_dir() {
            self.entries.skip_current_dir();
        }
    }
}

impl Iterator for Walk {
    type Item = Result<TreeEntry, Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let visited = match self.entries.next()? {
                Err(error) => Err(refused(&error, &self.root)),
                Ok(entry) => self.visit(&entry),
            };
            if let Some(visited) = visited.transpose() {
                return Some(visited);
            }
        }
    }
}

/// Returns the path of an entry, or of a path that cannot be stored.
fn path_of(entry: &Result<TreeEntry, Refused>) -> &Path {
    match entry {
        Ok(TreeEntry::File { path, .. } | TreeEntry::EmptyDirectory { path, .. })
        | Err((path, _)) => path,
    }
}

/// Returns how long a file is; `None` if it is not a file, as for stdin.
pub(super) fn len_of_file(path: &Path) -> Option<u64> {
    let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
    metadata.map(|metadata| metadata.len()).filter(|_| path.as_os_str() != "-")
}

fn refused(error: &walkdir::Error, root: &Path) -> Refused {
    let path = error.path().unwrap_or(root);
    let reason = error.io_error().map_or_else(
        || "a symbolic link leads back to itself".to_owned(),
        |error| unreadable(path, error),
    );
    (path.to_owned(), reason)
}

/// Describes a name that is not UTF-8, with escapes for the bytes that a terminal would not show.
pub(super) fn not_utf_8(path: &Path) -> String {
    let escaped = path.as_os_str().as_encoded_bytes().escape_ascii();
    format!("its name is not UTF-8, as keys must be: {escaped}")
}

/// Explains why an entry of a directory cannot be opened.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound && path.is_symlink() {
        return "is a symbolic link, and its target does not exist".to_owned();
    }
    if error.kind() == io::ErrorKind::NotFound {
        return NO_SUCH_FILE.to_owned();
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Returns the rules for a directory that stays, for one that is moved, and for one in a form,
    /// and whether the whole of it is in order.
    fn all_rules() -> [(WalkRules, bool); 3] {
        [(true, None, false), (false, None, true), (true, Some(UnicodeForm::Nfc), true)].map(
            |(follow_links, form, is_sorted)| {
                (WalkRules { follow_links, filter: Filter::default(), form }, is_sorted)
            },
        )
    }

    /// Returns the names of each look at a directory of `count` files.
    fn looks(count: usize, rules: WalkRules, patience: Duration) -> Vec<Vec<String>> {
        let directory = tempfile::tempdir().unwrap();
        for number in 0..count {
            fs::write(directory.path().join(name(number)), b"").unwrap();
        }
        let walk = Walk::new(directory.path().to_owned(), String::new(), rules);
        let (mut walk, mut looks) = (Some(Walk { patience, ..walk }), Vec::new());
        while let Some(look) = walk {
            let (found, left) = look.look();
            walk = left;
            looks.push(found.into_iter().map(|entry| match entry {
                Ok(TreeEntry::File { name, .. }) => name,
                other => panic!("{other:?}"),
            }));
        }
        looks.into_iter().map(Iterator::collect).collect()
    }

    fn name(number: usize) -> String {
        format!("part-{number:05}")
    }

    #[test]
    fn gives_each_name_once_and_a_thousand_at_a_time_in_order() {
        let count = 2 * AHEAD + AHEAD / 2;
        for (rules, is_sorted) in all_rules() {
            let looks = looks(count, rules, PATIENCE);
            assert!(looks.len() >= 3);
            assert!(looks.iter().all(|look| look.len() <= AHEAD && look.is_sorted()));
            let mut names = looks.concat();
            assert!(!is_sorted || names.is_sorted());
            names.sort();
            assert!(names.into_iter().eq((0..count).map(name)));
        }
    }

    #[test]
    fn waits_for_a_hundred_names_only_to_sort_them() {
        for (rules, is_sorted) in all_rules() {
            let looks = looks(250, rules, Duration::ZERO);
            let (last, others) = looks.split_last().unwrap();
            let at_once = if is_sorted { 1 } else { TOGETHER };
            assert!(others.iter().all(|look| look.len() == at_once));
            assert!(last.len() < at_once);
        }
    }
}
