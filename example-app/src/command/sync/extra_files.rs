//! The local files and directories that the source does not have.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization as _;
use walkdir::WalkDir;

use super::deletion::Extra;
use crate::command::put::Filter;
use crate::system::positioned_file::FileState;

/// The names that the source has, with slashes.
#[derive(Debug, Default)]
pub(super) struct SourceNames {
    /// The names of files, by what they are without regard to case and form of Unicode.
    files: BTreeMap<String, Vec<String>>,
    directories: BTreeSet<String>,
}

/// A file or directory that the source does not have.
#[derive(Debug)]
pub(super) struct ExtraFile {
    pub(super) path: PathBuf,
    /// The state when it was listed; `None` for a directory.
    state: Option<FileState>,
    is_link: bool,
}

impl Extra for ExtraFile {
    fn path(&self) -> String {
        self.path.display().to_string()
    }

    fn len(&self) -> Option<u64> {
        self.state.map(|state| state.len).filter(|_| !self.is_link)
    }
}

impl SourceNames {
    /// Adds the name of an object; a name with a slash at its end is a directory. Returns false if
    /// another file has a name that differs only in case, or in its form of Unicode.
    pub(super) fn add(&mut self, name: &str) -> bool {
        for (slash, _) in name.match_indices('/') {
            self.directories.extend(name.get(..slash).map(str::to_owned));
        }
        if name.ends_with('/') {
            return true;
        }
        let spellings = self.files.entry(folded(name)).or_default();
        spellings.push(name.to_owned());
        spellings.len() == 1
    }

    /// Returns whether the source has a file or a directory of this name.
    fn has(&self, name: &str) -> bool {
        self.directories.contains(name) || self.spellings(name).iter().any(|other| other == name)
    }

    fn spellings(&self, name: &str) -> &[String] {
        self.files.get(&folded(name)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns whether the source has no file.
    pub(super) fn has_files(&self) -> bool {
        !self.files.is_empty()
    }

    /// Returns the other spelling under which the source has a local file, in a file system that
    /// takes both for one name.
    pub(super) fn twin(&self, root: &Path, name: &str, path: &Path) -> Option<&str> {
        let mut others = self.spellings(name).iter().filter(|other| *other != name);
        others.find(|other| is_same_file(&root.join(other), path)).map(String::as_str)
    }
}

/// Returns whether two paths name one file.
fn is_same_file(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let number = |path: &Path| {
            let found = fs::symlink_metadata(path).ok()?;
            Some((found.dev(), found.ino()))
        };
        number(one).is_some_and(|number_of_one| Some(number_of_one) == number(other))
    }
    #[cfg(not(unix))]
    {
        one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
    }
}

/// Folds a name as file systems do that ignore case and forms of Unicode.
fn folded(name: &str) -> String {
    name.nfc().flat_map(char::to_lowercase).collect()
}

/// Lists the entries below a directory that are not among these names. Links are not followed.
/// FIFOs, sockets and devices stay, as does everything that a filter leaves out, and the
/// directories that contain them. A directory comes after its entries.
///
/// # Errors
/// If a directory cannot be read.
pub(super) fn extra_files(
    root: &Path,
    names: &SourceNames,
    filter: &Filter,
) -> Result<Vec<ExtraFile>, (PathBuf, io::Error)> {
    let (mut extras, mut kept) = (Vec::new(), BTreeSet::new());
    let mut keep = |path: &Path| {
        kept.extend(path.ancestors().take_while(|above| *above != root).map(Path::to_owned));
    };
    let mut entries = WalkDir::new(root).min_depth(1).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(root).to_owned();
            (path, io::Error::from(error))
        })?;
        let path = entry.path();
        let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy();
        let name = name.replace(std::path::MAIN_SEPARATOR, "/");
        if !filter.admits(&name) {
            keep(path);
            if entry.file_type().is_dir() {
                entries.skip_current_dir();
            }
            continue;
        }
        let is_kept = names.has(&name) && path.to_str().is_some() || !filter.wants(&name);
        let is_link = entry.file_type().is_symlink();
        if entry.file_type().is_dir() {
            if is_kept {
                keep(path);
            } else {
                extras.push(ExtraFile { path: path.to_owned(), state: None, is_link });
            }
        } else if !is_kept
            && (is_link || entry.file_type().is_file())
            && names.twin(root, &name, path).is_none()
        {
            let found = fs::symlink_metadata(path).and_then(|found| FileState::of(&found));
            let state = found.map_err(|error| (path.to_owned(), error))?;
            extras.push(ExtraFile { path: path.to_owned(), state: Some(state), is_link });
        } else {
            keep(path);
        }
    }
    extras.retain(|extra| !kept.contains(&extra.path));
    extras.reverse();
    Ok(extras)
}

impl ExtraFile {
    /// Deletes it, and returns whether it is gone. A file that changed since it was listed stays,
    /// and so does a directory that is not empty.
    ///
    /// # Errors
    /// If the system does not delete it.
    pub(super) fn delete(&self, root: &Path) -> io::Result<bool> {
        if link_before(root, &self.path).is_some() {
            return Ok(false);
        }
        let Some(was) = self.state else {
            return match fs::remove_dir(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
                removed => removed.map(|()| true),
            };
        };
        match fs::symlink_metadata(&self.path).and_then(|now| FileState::of(&now)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            Ok(now) if now == was => fs::remove_file(&self.path).map(|()| true),
            now => now.map(|_| false),
        }
    }

    pub(super) const fn is_directory(&self) -> bool {
        self.state.is_none()
    }
}

/// Returns the symbolic link between a directory and a path below it, if there is one: what
/// lies behind it is not in the directory.
pub(super) fn link_before(root: &Path, path: &Path) -> Option<PathBuf> {
    let between = path.ancestors().skip(1).take_while(|above| *above != root);
    between.filter(|above| above.is_symlink()).last().map(Path::to_owned)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn names(all: &[&str]) -> SourceNames {
        let mut names = SourceNames::default();
        for name in all {
            names.add(name);
        }
        names
    }

    fn listed(root: &Path, names: &SourceNames, filter: &Filter) -> Vec<String> {
        let extras = extra_files(root, names, filter).unwrap();
        let below =
            |extra: ExtraFile| extra.path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        extras.into_iter().map(below).collect()
    }

    #[test]
    fn lists_what_the_source_does_not_have() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("old/deep")).unwrap();
        fs::create_dir_all(root.join("kept/empty")).unwrap();
        fs::create_dir_all(root.join("of-filter/more")).unwrap();
        for name in ["a", "b", "old/deep/x", "kept/y", "kept/z.tmp", "of-filter/more/z.tmp"] {
            fs::write(root.join(name), "1").unwrap();
        }
        fs::write(folder.path().join("outside"), "1").unwrap();
        symlink(folder.path(), root.join("link")).unwrap();
        let names = names(&["a", "kept/y"]);
        let filter = Filter { exclude: vec!["*.tmp".to_owned()], ..Filter::default() };
        let expected = ["old/deep/x", "old/deep", "old", "link", "kept/empty", "b"];
        assert_eq!(listed(&root, &names, &filter), expected);
        for extra in extra_files(&root, &names, &filter).unwrap() {
            assert!(extra.delete(&root).unwrap(), "{extra:?}");
        }
        assert!(folder.path().join("outside").exists(), "a link is deleted, not what is behind it");
        assert_eq!(listed(&root, &names, &filter), [""; 0]);
    }

    /// With `--include`, only matching files are deleted, and the directories of others stay.
    #[test]
    fn keeps_the_directories_of_kept_files() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for name in ["a/b/x.log", "a/b/y", "c/z.log", "logs/d.log"] {
            fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs::write(root.join(name), "1").unwrap();
        }
        let include = ["*.log", "a", "b", "logs"].map(str::to_owned).to_vec();
        let filter = Filter { include, ..Filter::default() };
        let expected = ["logs/d.log", "logs", "c/z.log", "a/b/x.log"];
        assert_eq!(listed(root, &names(&[]), &filter), expected);
    }

    #[test]
    fn keeps_what_changed_since_it_was_listed() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("a"), "1").unwrap();
        let extras = extra_files(root, &SourceNames::default(), &Filter::default()).unwrap();
        fs::write(root.join("a"), "12").unwrap();
        assert!(!extras[0].delete(root).unwrap());
        assert!(root.join("a").exists());
    }

    /// Another name of the same file imitates a file system that takes both for one name.
    #[test]
    fn keeps_files_by_another_spelling() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("Name"), "1").unwrap();
        assert_eq!(listed(root, &names(&["name"]), &Filter::default()), ["Name"]);
        fs::hard_link(root.join("Name"), root.join("name")).unwrap();
        assert_eq!(listed(root, &names(&["name"]), &Filter::default()), [""; 0]);
        let mut names = SourceNames::default();
        assert!(names.add("e\u{301}") && !names.add("\u{c9}") && names.add("d/"));
    }

    #[test]
    fn finds_the_other_spelling_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let names = names(&["Name", "name", "NAME", "other"]);
        let twin = |name| names.twin(root, name, &root.join(name));
        fs::write(root.join("Name"), "1").unwrap();
        assert_eq!(twin("name"), None, "the file system takes them for two");
        fs::hard_link(root.join("Name"), root.join("name")).unwrap();
        assert_eq!((twin("name"), twin("Name")), (Some("Name"), Some("name")));
        assert_eq!((twin("NAME"), twin("other")), (None, None));
    }

    #[test]
    fn finds_links_on_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        symlink("/", root.join("link")).unwrap();
        assert_eq!(link_before(root, &root.join("link/etc/x")), Some(root.join("link")));
        assert_eq!(link_before(root, &root.join("link")), None, "it is replaced itself");
        assert_eq!(link_before(root, &root.join("d/x")), None);
    }
}
