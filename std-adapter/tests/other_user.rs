//! The shared file beside another user of the host, who tries to read, link, replace and redirect
//! it while it is written. Only the superuser can play both, so others skip these tests.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use core::time::Duration;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;

use rolesig::Credentials;
use rolesig_std::cache::{CacheSettings, SharedFile, SharedFileError};
use rolesig_std::provider::StaticProvider;
use rolesig_std::{Cache, Identity, Source};

const SECRET: &str = "a-secret-that-is-nobody-elses";
/// `nobody`.
const OTHER: u32 = 65_534;

/// Gets credentials, and leaves them in the file.
fn fill(file: &SharedFile) -> Result<(), String> {
    let credentials =
        Credentials { access_key_id: "AKID", secret_access_key: SECRET, session_token: None };
    let identity = Identity::new(credentials, None, None, Source::Environment);
    let mut settings = CacheSettings::default();
    settings.shared_file = Some(file.clone());
    let cache = Cache::with_settings(StaticProvider::new(identity), settings);
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap().block_on(cache.identity()).unwrap();
    cache.shared_file_error().map_or(Ok(()), |error| Err(error.to_string()))
}

/// Starts a shell as the other user, in a directory.
fn other(directory: &Path, script: &str) -> Child {
    let mut command = Command::new("sh");
    command.args(["-c", script]).current_dir(directory).uid(OTHER).gid(OTHER);
    command.spawn().unwrap()
}

/// A place like `/tmp`, where everyone can make files, with a folder of the other user's.
struct Place(tempfile::TempDir);

impl Place {
    /// Makes one, if this is the superuser.
    fn make() -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        if fs::metadata(place.path()).unwrap().uid() != 0 {
            return None;
        }
        fs::set_permissions(place.path(), Permissions::from_mode(0o1777)).unwrap();
        let place = Self(place);
        place.by_other("mkdir loot && chmod 777 loot");
        Some(place)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a script as the other user. Returns whether it succeeded.
    fn by_other(&self, script: &str) -> bool {
        other(self.0.path(), script).wait().unwrap().success()
    }

    /// Fails if the other user has got hold of the secret, in a file or in the name of one.
    fn check_loot(&self) {
        for entry in fs::read_dir(self.path("loot")).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            if metadata.is_file() {
                // The other user cannot open a hard link to the file itself.
                let is_theirs = metadata.uid() == OTHER || metadata.mode() & 0o077 != 0;
                let text = fs::read(&path).unwrap();
                let has = text.windows(SECRET.len()).any(|text| text == SECRET.as_bytes());
                assert!(!(is_theirs && has), "{}", path.display());
            }
        }
    }
}

#[test]
fn keeps_the_file_from_another_user() {
    let Some(place) = Place::make() else { return };
    for mode in [0o700, 0o755] {
        let directory = place.path(&format!("shared-{mode:o}"));
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, Permissions::from_mode(mode)).unwrap();
        let file = SharedFile::new(&directory, "key").unwrap();
        assert_eq!(fill(&file), Ok(()));
        let path = file.path().display();
        for script in [
            format!("cat {path}"),
            format!("cp {path} loot/"),
            format!("mv {path} loot/"),
            format!("rm -f {path}"),
            format!("ln -s /dev/null {path}"),
            format!("echo x >>{path}"),
            format!("chmod 644 {path}"),
            format!("mv {} loot/", directory.display()),
            format!("ln {path} loot/hard && cat loot/hard"),
        ] {
            assert!(!place.by_other(&format!("({script}) >/dev/null 2>&1")), "{mode:o}: {script}");
        }
        assert_eq!(fill(&file), Ok(()), "nothing has changed");
        place.check_loot();
    }
}

/// A second name in a place that others can read shows neither the old credentials nor the new.
#[test]
fn opens_no_hard_link_to_others() {
    let Some(place) = Place::make() else { return };
    let file = SharedFile::new(place.path("shared"), "key").unwrap();
    assert_eq!(fill(&file), Ok(()));
    let second = place.path("loot/second");
    fs::hard_link(file.path(), &second).unwrap();
    assert_eq!(fs::metadata(&second).unwrap().mode() & 0o777, 0o600);
    assert!(!place.by_other("cat loot/second 2>/dev/null"));
    // The other user's file under the name of the file is replaced, never written into.
    fs::remove_file(file.path()).unwrap();
    assert!(place.by_other("echo mine >loot/theirs && chmod 666 loot/theirs"));
    fs::hard_link(place.path("loot/theirs"), file.path()).unwrap();
    assert_eq!(fill(&file), Ok(()));
    assert_eq!(fs::read_to_string(place.path("loot/theirs")).unwrap(), "mine\n");
    assert_eq!(fs::metadata(file.path()).unwrap().uid(), 0);
    place.check_loot();
}

/// Whatever the other user puts in place of the directory beforehand is refused.
#[test]
fn refuses_directories_that_another_user_has_laid_out() {
    let Some(place) = Place::make() else { return };
    for (script, name) in [
        ("mkdir theirs && chmod 777 theirs", "theirs"),
        ("mkdir closed && chmod 700 closed", "closed"),
        ("ln -s loot link", "link"),
        ("mkdir above && mkdir above/below", "above/below"),
        ("ln -s . dot", "dot/shared"),
    ] {
        assert!(place.by_other(script), "{script}");
        let error = SharedFile::new(place.path(name), "key").unwrap_err();
        assert!(matches!(error, SharedFileError::Foreign { owner: OTHER, .. }), "{name}: {error}");
    }
    // A link of the superuser's to a place of the other user's, too.
    symlink(place.path("loot"), place.path("ours")).unwrap();
    let error = SharedFile::new(place.path("ours"), "key").unwrap_err();
    assert!(matches!(error, SharedFileError::Foreign { owner: OTHER, .. }), "{error}");
    place.check_loot();
}

/// Fails if the secret is in a file below a directory of the other user's, who can give it away.
fn check_below(folder: &Path, is_theirs: bool) {
    let is_theirs = is_theirs || fs::metadata(folder).unwrap().uid() == OTHER;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            check_below(&path, is_theirs);
        } else if is_theirs && metadata.is_file() {
            let text = fs::read(&path).unwrap();
            let has = text.windows(SECRET.len()).any(|text| text == SECRET.as_bytes());
            assert!(!has, "{}", path.display());
        }
    }
}

/// The directory is made again and again, while the other user puts a link or a directory in its
/// place whenever there is none, and keeps what gets into it. Nobody else can write to these, so
/// that only their owner differs.
#[test]
fn loses_no_race_for_the_directory() {
    let Some(place) = Place::make() else { return };
    let mut racing = other(
        place.0.path(),
        "mkdir kept; n=0; while :; do n=$((n + 1)); mkdir -m 755 kept/$n; ln -s kept/$n shared;
        cp shared/*.json loot/; rm -f shared; mkdir -m 755 shared; ln shared/*.json loot/;
        mv shared kept/$n/; done >/dev/null 2>&1",
    );
    let (mut made, mut refused) = (0, 0);
    for turn in 0..300 {
        // Sometimes first, sometimes second.
        sleep(Duration::from_micros(turn * 37 % 4000));
        match SharedFile::new(place.path("shared"), "key").map(|file| fill(&file)) {
            Ok(Ok(())) => made += 1,
            Ok(Err(_)) | Err(_) => refused += 1,
        }
        // The superuser alone can remove it. The directories of the other user are kept.
        let path = place.path("shared");
        if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.uid() != OTHER) {
            drop(fs::remove_dir_all(&path));
        }
    }
    racing.kill().unwrap();
    racing.wait().unwrap();
    println!("{made} made, {refused} refused");
    place.check_loot();
    check_below(place.0.path(), false);
}
