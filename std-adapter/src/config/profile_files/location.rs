//! The locations of the files, and their bytes.

use core::str;
use core::time::Duration;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Instant;

use zeroize::Zeroizing;

use super::error::ProfileFilesError;
use crate::config::environment::Environment;

/// The time that a program behind a pipe may take.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The pause between two looks at a pipe.
const PAUSE: Duration = Duration::from_millis(10);

/// Reads a file; returns `None` if it does not exist.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, ProfileFilesError> {
    match open(path).and_then(contents) {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(error) if is_absent(error.kind()) => Ok(None),
        Err(error) => Err(ProfileFilesError::Read { path: path.to_owned(), error }),
    }
}

/// Opens a file, and does not wait for somebody to write to a pipe.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;

        let flags = rustix::fs::OFlags::NONBLOCK.bits();
        options.custom_flags(i32::try_from(flags).unwrap_or_default());
    }
    options.open(path)
}

/// Reads to the end: a file, or a pipe that a shell made (`<(…)`), whose program may take its time.
fn contents(mut file: File) -> io::Result<Vec<u8>> {
    let is_file = file.metadata()?.is_file();
    let begun = Instant::now();
    let mut bytes = Vec::new();
    loop {
        match file.read_to_end(&mut bytes) {
            Ok(_) if is_file || !bytes.is_empty() || is_device(&file) => return Ok(bytes),
            Ok(_) => return Err(io::Error::other("nobody writes to this pipe: name a file")),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            Err(_) if begun.elapsed() > LONGEST_WAIT => return Err(io::ErrorKind::TimedOut.into()),
            Err(_) => sleep(PAUSE),
        }
    }
}

#[cfg(unix)]
fn is_device(file: &File) -> bool {
    use std::os::unix::fs::FileTypeExt as _;

    file.metadata().is_ok_and(|metadata| !metadata.file_type().is_fifo())
}

#[cfg(not(unix))]
const fn is_device(_: &File) -> bool {
    true
}

const fn is_absent(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

pub(super) fn utf8(bytes: Option<&Zeroizing<Vec<u8>>>) -> Result<&str, usize> {
    let bytes = bytes.map(|bytes| bytes.as_slice()).unwrap_or_default();
    str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        before.split(|byte| *byte == b'\n').count()
    })
}

/// Returns the path of a file; `None` without a home directory.
pub(super) fn location(
    environment: &Environment,
    variable: &'static str,
    name: &str,
) -> Result<Option<PathBuf>, ProfileFilesError> {
    let home = environment.home();
    let Some(location) = environment.get(variable) else {
        return Ok(home.map(|home| home.join(".aws").join(name)));
    };
    let Some(below) = location.strip_prefix('~') else { return Ok(Some(location.into())) };
    let is_separated = below.is_empty() || below.starts_with(std::path::is_separator);
    match home.filter(|_| is_separated) {
        Some(home) => Ok(Some(home.join(below.trim_start_matches(std::path::is_separator)))),
        None => Err(ProfileFilesError::Home { variable }),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn location_of(variables: &[(&str, &str)]) -> Option<PathBuf> {
        let environment = variables.iter().copied().collect();
        location(&environment, "AWS_CONFIG_FILE", "config").unwrap()
    }

    #[cfg(unix)]
    #[test]
    fn pipes_are_read_unless_nobody_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("nobody writes to this pipe"), "{error}");
        // As a shell has it: open for writing, and the program has not written yet.
        let mut writer = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let reader = std::thread::spawn(move || read(&path).unwrap().unwrap());
        sleep(PAUSE * 5);
        writer.write_all(b"[default]\n").unwrap();
        sleep(PAUSE * 5);
        drop(writer);
        assert_eq!(reader.join().unwrap().as_slice(), b"[default]\n");
        assert!(read(Path::new("/dev/null")).unwrap().unwrap().is_empty());
    }

    #[test]
    fn locations() {
        let is = |variables, path: &str| assert_eq!(location_of(variables), Some(path.into()));
        assert_eq!(location_of(&[]), None);
        is(&[("HOME", "/h")], "/h/.aws/config");
        is(&[("HOME", "/h"), ("USERPROFILE", "/u")], "/h/.aws/config");
        is(&[("USERPROFILE", "/u"), ("HOMEPATH", "/p")], "/u/.aws/config");
        is(&[("HOMEDRIVE", "/d"), ("HOMEPATH", "/p")], "/d/p/.aws/config");
        is(&[("HOME", "/h"), ("AWS_CONFIG_FILE", "~/x")], "/h/x");
        is(&[("HOME", "/h"), ("AWS_CONFIG_FILE", "x~")], "x~");
        for variables in [
            [("HOME", "/h"), ("AWS_CONFIG_FILE", "~other/x")],
            [("AWS_REGION", ""), ("AWS_CONFIG_FILE", "~/x")],
        ] {
            let environment = variables.into_iter().collect();
            let error = location(&environment, "AWS_CONFIG_FILE", "config").unwrap_err();
            assert!(error.to_string().starts_with("AWS_CONFIG_FILE is below"), "{error}");
        }
    }
}
