//! Configuration files, which can be pipes of a shell: `<(…)`.

use core::time::Duration;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;
use std::thread::sleep;
use std::time::Instant;

use zeroize::Zeroizing;

/// The time that a program behind a pipe may take.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The time that a program may take to open a pipe for writing, where no other has it open.
const WAIT_FOR_A_WRITER: Duration = Duration::from_millis(500);

/// The pause between two looks at a pipe.
const PAUSE: Duration = Duration::from_millis(10);

/// The memory for a file that reports no length, as those of `/proc`.
const UNTOLD_LEN: usize = 4096;
/// The memory for the content of a pipe, before its length is known.
const FIRST_CAPACITY: usize = 64 * 1024;

/// Reads a configuration file of at most `limit` bytes, or what a program writes to a pipe. The
/// bytes are wiped when they are dropped. Blocks, but never for ever: a pipe that nothing writes to
/// is an error after half a second, and a program behind a pipe has a minute.
///
/// # Errors
/// If the file cannot be read, is longer, or is a pipe that nothing writes to.
///
/// ```
/// use rolesig_std::config::read_file_or_pipe;
///
/// let file = tempfile::NamedTempFile::new()?;
/// std::fs::write(&file, "eyJhbGciOiJFXAMPLE")?;
/// assert_eq!(**read_file_or_pipe(file.path(), 1024)?, *b"eyJhbGciOiJFXAMPLE");
/// let error = read_file_or_pipe(file.path(), 4).unwrap_err();
/// assert_eq!(error.to_string(), "longer than 4 bytes");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read_file_or_pipe(path: &Path, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut file = open(path)?;
    let metadata = file.metadata()?;
    let len = usize::try_from(metadata.len()).unwrap_or(limit).min(limit);
    let capacity = if metadata.is_file() { len.max(UNTOLD_LEN) + 1 } else { FIRST_CAPACITY };
    // With room for the whole file: a vector that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    let begun = Instant::now();
    loop {
        let room = u64::try_from((limit + 1).saturating_sub(bytes.len())).unwrap_or(u64::MAX);
        match (&mut file).take(room).read_to_end(&mut bytes) {
            Ok(_) if bytes.len() > limit => {
                let longer = format!("longer than {limit} bytes");
                return Err(io::Error::new(io::ErrorKind::InvalidData, longer));
            }
            Ok(_) if !is_pipe(&file) || !bytes.is_empty() => return Ok(bytes),
            Ok(_) if begun.elapsed() >= WAIT_FOR_A_WRITER => {
                return Err(io::Error::other("nothing writes to this pipe"));
            }
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            Err(_) if begun.elapsed() > LONGEST_WAIT => return Err(io::ErrorKind::TimedOut.into()),
            Ok(_) | Err(_) => sleep(PAUSE),
        }
    }
}

/// Opens a file, and does not wait for a program that writes to a pipe.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;

        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options.read(true).open(path)
}

#[cfg(unix)]
fn is_pipe(file: &File) -> bool {
    use std::os::unix::fs::FileTypeExt as _;

    file.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo())
}

#[cfg(not(unix))]
const fn is_pipe(_: &File) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const LIMIT: usize = 1 << 20;

    #[test]
    fn bounds_the_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (len, is_read) in [(0, true), (100, true), (101, false)] {
            std::fs::write(&path, vec![b'x'; len]).unwrap();
            let read = read_file_or_pipe(&path, 100);
            assert_eq!(read.is_ok_and(|bytes| bytes.len() == len), is_read, "{len}");
        }
        assert!(read_file_or_pipe(folder.path(), LIMIT).is_err());
        #[cfg(unix)]
        for (path, is_read) in [("/dev/null", true), ("/dev/zero", false)] {
            assert_eq!(read_file_or_pipe(Path::new(path), LIMIT).is_ok(), is_read, "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn reads_pipes_unless_nothing_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        let error = read_file_or_pipe(&path, LIMIT).unwrap_err().to_string();
        assert!(error.contains("nothing writes to this pipe"), "{error}");
        // As a shell has it: open for writing, and the program has not written yet.
        let mut writer = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let reader = std::thread::spawn({
            let path = path.clone();
            move || read_file_or_pipe(&path, LIMIT).unwrap()
        });
        sleep(PAUSE * 5);
        writer.write_all(b"[default]\n").unwrap();
        sleep(PAUSE * 5);
        drop(writer);
        assert_eq!(reader.join().unwrap().as_slice(), b"[default]\n");
        // A program that waits in its own `open`, until this one reads.
        let writing = path.clone();
        let writer = std::thread::spawn(move || std::fs::write(writing, b"late").unwrap());
        assert_eq!(read_file_or_pipe(&path, LIMIT).unwrap().as_slice(), b"late");
        writer.join().unwrap();
    }
}
