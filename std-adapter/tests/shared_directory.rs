//! The owners and links of the directory that the shared file may be in.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rolesig::Credentials;
use rolesig_std::cache::{CacheSettings, SharedFile, SharedFileError};
use rolesig_std::provider::StaticProvider;
use rolesig_std::{Cache, Identity, Source};

/// Gets credentials, and leaves them in the file; reports why it could not.
fn fill(file: &SharedFile) -> Option<Arc<SharedFileError>> {
    let credentials =
        Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
    let identity = Identity::new(credentials, None, None, Source::Environment);
    let mut settings = CacheSettings::default();
    settings.shared_file = Some(file.clone());
    let cache = Cache::with_settings(StaticProvider::new(identity), settings);
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().unwrap();
    runtime.block_on(cache.identity()).unwrap();
    cache.shared_file_error()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

/// A directory in one that is this user's alone.
fn directory() -> (tempfile::TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("shared");
    fs::create_dir(&directory).unwrap();
    set_mode(&directory, 0o700);
    (parent, directory)
}

fn is_empty(directory: &Path) -> bool {
    fs::read_dir(directory).unwrap().next().is_none()
}

#[test]
fn refuses_a_directory_writable_by_others_at_each_use() {
    let (_parent, directory) = directory();
    let file = SharedFile::new(&directory, "key").unwrap();
    for open in [0o720, 0o702, 0o770, 0o777, 0o1777] {
        set_mode(&directory, open);
        let error = SharedFile::new(&directory, "key").unwrap_err();
        let is_open = |error: &SharedFileError| matches!(error, SharedFileError::Open { mode, is_directory: true, .. } if *mode == open);
        assert!(is_open(&error), "{open:o}: {error}");
        let error = fill(&file).unwrap();
        assert!(is_open(&error), "{open:o}: {error}");
        set_mode(&directory, 0o700);
        assert!(is_empty(&directory), "{open:o}");
    }
    for closed in [0o700, 0o750, 0o755] {
        set_mode(&directory, closed);
        assert!(fill(&file).is_none(), "{closed:o}");
    }
}

#[test]
fn refuses_another_users_directory() {
    let (_parent, directory) = directory();
    let file = SharedFile::new(&directory, "key").unwrap();
    // The superuser alone can give a directory away, and others own none at `/`.
    let (path, owner) = match chown(&directory, Some(1), None) {
        Ok(()) => (directory.as_path(), 1),
        Err(_) => (Path::new("/"), 0),
    };
    let error = SharedFile::new(path, "key").unwrap_err();
    assert!(matches!(error, SharedFileError::Foreign { owner: of, .. } if of == owner), "{error}");
    assert!(error.to_string().contains("name a directory of your own"), "{error}");
    if owner == 1 {
        let error = fill(&file).unwrap();
        assert!(matches!(*error, SharedFileError::Foreign { owner: 1, .. }), "{error}");
        assert!(is_empty(&directory));
        let below = SharedFile::new(directory.join("below"), "key").unwrap_err();
        assert!(matches!(below, SharedFileError::Foreign { owner: 1, .. }), "{below}");
    }
}

#[test]
fn refuses_a_parent_where_others_can_rename() {
    let (parent, directory) = directory();
    let file = SharedFile::new(&directory, "key").unwrap();
    // A sticky one is treated like `/tmp`; a group of the user's own number is the user's own.
    for (open, is_refused) in [(0o777, true), (0o702, true), (0o1777, false), (0o755, false)] {
        set_mode(parent.path(), open);
        for error in [SharedFile::new(&directory, "key").err().map(Arc::new), fill(&file)] {
            let is_open_error = matches!(error.as_deref(), Some(SharedFileError::Open { .. }));
            assert_eq!(
                (error.is_some(), is_open_error),
                (is_refused, is_refused),
                "{open:o}: {error:?}"
            );
        }
    }
    set_mode(parent.path(), 0o770);
    let metadata = fs::metadata(parent.path()).unwrap();
    let is_own_group = metadata.uid() == metadata.gid();
    assert_eq!(SharedFile::new(&directory, "key").is_ok(), is_own_group);
    if chown(parent.path(), None, Some(metadata.uid() + 1)).is_ok() {
        assert!(SharedFile::new(&directory, "key").is_err(), "another group can write");
    }
}

#[test]
fn rejects_a_symlinked_directory() {
    let (parent, directory) = directory();
    let file = SharedFile::new(&directory, "key").unwrap();
    let open = parent.path().join("open");
    fs::create_dir(&open).unwrap();
    set_mode(&open, 0o777);
    fs::remove_dir(&directory).unwrap();
    symlink(&open, &directory).unwrap();
    assert!(matches!(*fill(&file).unwrap(), SharedFileError::Open { .. }));
    assert!(is_empty(&open));
    // This user may link to another directory of this user.
    set_mode(&open, 0o700);
    assert!(fill(&file).is_none());
    assert!(!is_empty(&open));
}

#[test]
fn does_not_follow_symlinked_files() {
    let (parent, directory) = directory();
    let file = SharedFile::new(&directory, "key").unwrap();
    let elsewhere = parent.path().join("elsewhere");
    let lock = file.path().with_extension("lock");
    symlink(&elsewhere, &lock).unwrap();
    let error = fill(&file).unwrap();
    assert!(matches!(*error, SharedFileError::NoFile { .. }), "{error}");
    assert!(!elsewhere.exists(), "nothing is made at a path of another's choice");
    fs::remove_file(&lock).unwrap();

    fs::write(&elsewhere, "mine").unwrap();
    for name in [file.path().to_owned(), file.path().with_extension("new")] {
        let _ = fs::remove_file(&name);
        symlink(&elsewhere, &name).unwrap();
        assert!(fill(&file).is_none());
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "mine");
        assert!(fs::symlink_metadata(file.path()).unwrap().is_file(), "it was replaced");
    }
}

#[test]
fn links_on_the_way_are_this_users_or_roots() {
    let (parent, directory) = directory();
    let link = parent.path().join("link");
    symlink("shared", &link).unwrap();
    let file = SharedFile::new(link.join("..").join("shared/a/b"), "key").unwrap();
    assert!(fill(&file).is_none());
    assert!(directory.join("a/b").is_dir());
    let circle = parent.path().join("circle");
    symlink(&circle, &circle).unwrap();
    let error = SharedFile::new(&circle, "key").unwrap_err();
    assert!(matches!(error, SharedFileError::Directory { .. }), "{error}");
    if std::os::unix::fs::lchown(&link, Some(1), None).is_ok() {
        let error = SharedFile::new(&link, "key").unwrap_err();
        assert!(matches!(error, SharedFileError::Foreign { owner: 1, .. }), "{error}");
    }
}

const DIRECTORY: &str = "SHARED_DIRECTORY_TEST";

/// The test below runs this one in a process with another umask.
#[test]
fn fills_the_file_from_one_process() {
    let kept = tempfile::tempdir().unwrap();
    let given = std::env::var_os(DIRECTORY).map(PathBuf::from);
    let directory = given.unwrap_or_else(|| kept.path().join("shared"));
    let file = SharedFile::new(directory, "key").unwrap();
    assert!(fill(&file).is_none());
    assert!(file.path().exists());
}

#[test]
fn creates_private_files_under_any_umask() {
    for umask in ["0777", "0277", "0077", "0000"] {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("a/b");
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(format!("umask {umask} && exec \"$0\" --exact fills_the_file_from_one_process"));
        shell.arg(std::env::current_exe().unwrap()).env(DIRECTORY, &directory);
        assert!(shell.output().unwrap().status.success(), "{umask}");
        for path in [parent.path().join("a"), directory.clone()] {
            assert_eq!(mode(&path), 0o700, "{umask}");
        }
        let files: Vec<_> = fs::read_dir(&directory).unwrap().map(|file| file.unwrap()).collect();
        assert_eq!(files.len(), 2, "{umask}");
        for file in files {
            assert_eq!(mode(&file.path()), 0o600, "{umask}");
        }
    }
}
