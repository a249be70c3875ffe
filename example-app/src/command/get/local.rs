//! A local file that is being written: under another name until it is complete.

use std::fs;
use std::io::{self, BufWriter};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use tempfile::NamedTempFile;

use super::crc;
use crate::command::shell::{IS_A_DIRECTORY, NO_SUCH_FILE};
use crate::s3::Attributes;
use crate::system::descriptors::patiently_blocking;

/// A file that is not published yet. Dropped, it leaves nothing behind.
pub(super) struct LocalFile {
    target: PathBuf,
    overwrite: bool,
    temporary: NamedTempFile,
}

impl LocalFile {
    /// Creates a file beside the target, so that renaming it is one step.
    pub(super) fn create(target: &Path, overwrite: bool) -> io::Result<Self> {
        match fs::metadata(target) {
            Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(_) if !overwrite => return Err(io::ErrorKind::AlreadyExists.into()),
            // It would be renamed away: `/dev/null`, for example.
            Ok(found) if !found.is_file() => {
                return Err(io::Error::other("not a file: write to stdout (-) instead"));
            }
            _ => {}
        }
        let temporary = beside(target)?;
        Ok(Self { target: target.to_owned(), overwrite, temporary })
    }

    /// Returns a writer, at its beginning.
    pub(super) fn writer(&self) -> io::Result<tokio::fs::File> {
        Ok(tokio::fs::File::from_std(self.temporary.as_file().try_clone()?))
    }

    fn checksums(&self) -> io::Result<NamedTempFile> {
        let checksums = beside(&self.target)?;
        crc::write(self.temporary.path(), &mut BufWriter::new(checksums.as_file()))?;
        Ok(checksums)
    }

    /// Gives it its name; blocks for as long as the disk does. Its content must be on the disk by
    /// then: otherwise a crash could leave an empty file under that name.
    pub(super) fn publish(self, kept: &Kept, with_crc: bool) -> io::Result<()> {
        let checksums = || patiently_blocking(|| self.checksums());
        let checksums = with_crc.then(checksums).transpose()?;
        let file = self.temporary.as_file();
        kept.give_to(file)?;
        file.sync_all()?;
        if self.overwrite {
            self.temporary.persist(&self.target)?;
        } else {
            self.temporary.persist_noclobber(&self.target)?;
        }
        let beside = crc::beside(&self.target);
        let differ = || patiently_blocking(|| crc::differ(&beside, &self.target));
        match checksums {
            Some(checksums) => Ok(checksums.persist(&beside).map(drop)?),
            // Hadoop would hold the new content against the old checksums.
            None if self.overwrite && differ()? => fs::remove_file(beside),
            None => Ok(()),
        }
    }
}

/// Creates a file that is removed unless it is given a name.
fn beside(target: &Path) -> io::Result<NamedTempFile> {
    let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{}.", name.chars().take(40).collect::<String>());
    builder.prefix(&prefix).suffix("._COPYING_");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Without the bits of the umask, as for any file.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(parent.unwrap_or(Path::new(".")))
}

/// The attributes that a file had where it was put.
#[derive(Debug, Default)]
pub(super) struct Kept {
    modified: Option<SystemTime>,
    mode: Option<u32>,
    owner: Option<(u32, u32)>,
}

impl Kept {
    pub(super) fn of(attributes: &Attributes, is_wanted: bool) -> Self {
        let kept = Self {
            modified: attributes.modified_at(),
            mode: attributes.mode,
            owner: attributes.owner,
        };
        if is_wanted { kept } else { Self::default() }
    }

    /// Sets the owner as far as the system allows it, as `cp -p` does.
    fn give_to(&self, file: &fs::File) -> io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::{PermissionsExt as _, fchown};
            if let Some((user, group)) = self.owner {
                let _ = fchown(file, Some(user), Some(group));
            }
            if let Some(mode) = self.mode {
                file.set_permissions(fs::Permissions::from_mode(mode))?;
            }
        }
        self.modified.map_or(Ok(()), |modified| file.set_modified(modified))
    }
}

/// Returns the path of a key below a directory; `None` if a part of the key cannot be the name of a
/// file, or leads out of the directory. Somebody who can write keys must not choose which files are
/// written.
pub(in crate::command) fn below(root: &Path, key: &str) -> Option<PathBuf> {
    let key = key.strip_suffix('/').unwrap_or(key);
    let mut path = root.to_owned();
    for name in key.split('/') {
        let mut components = Path::new(name).components();
        let is_name = matches!(components.next(), Some(Component::Normal(same)) if same == name);
        if !is_name || components.next().is_some() || name.contains('\0') {
            return None;
        }
        path.push(name);
    }
    Some(path)
}

/// Describes an error, in Hadoop's words where it has some.
pub(in crate::command) fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AlreadyExists => "File exists".to_owned(),
        io::ErrorKind::IsADirectory => IS_A_DIRECTORY.to_owned(),
        io::ErrorKind::NotADirectory => "Is not a directory".to_owned(),
        io::ErrorKind::NotFound => NO_SUCH_FILE.to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_keys_below_their_directory() {
        let root = Path::new("d");
        assert_eq!(below(root, "a/b").unwrap(), Path::new("d/a/b"));
        assert_eq!(below(root, "a/").unwrap(), Path::new("d/a"));
        assert_eq!(below(root, "..a/.b").unwrap(), Path::new("d/..a/.b"));
        for bad in ["..", "a/../../b", "/a", "a//b", "./a", "a/.", "a\0", "//"] {
            assert_eq!(below(root, bad), None, "{bad:?}");
        }
    }

    #[test]
    fn removes_unpublished_files() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        let local = LocalFile::create(&target, false).unwrap();
        fs::write(local.temporary.path(), b"half").unwrap();
        drop(local);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

        let local = LocalFile::create(&target, false).unwrap();
        fs::write(&target, b"of someone else").unwrap();
        assert_eq!(
            local.publish(&Kept::default(), false).unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        assert_eq!(fs::read(&target).unwrap(), b"of someone else");
        assert!(LocalFile::create(&target, false).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn removes_old_checksums_with_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        let checksums = folder.path().join(".a.crc");
        let publish = |content: &str, with_crc| {
            let local = LocalFile::create(&target, true).unwrap();
            fs::write(local.temporary.path(), content).unwrap();
            local.publish(&Kept::default(), with_crc).unwrap();
            checksums.exists()
        };
        assert!(publish("one", true));
        assert!(publish("one", false), "they still are this file's");
        assert!(!publish("two", false));
        // Somebody's own file, of a name that is not only Hadoop's.
        fs::write(&checksums, "mine").unwrap();
        assert!(publish("three", false));
    }
}
