//! Any bytes as the content of a file for `-text`: compressed in each way, or a `SequenceFile`. The
//! text does not depend on the pieces in which the content arrives, except for its end before a
//! fault, and an error is a line.
#![no_main]

use std::io::{self, Read, Write};

use libfuzzer_sys::fuzz_target;
use rolefs::command::text::write_text_of;

const NAMES: [&str; 8] = ["a.bz2", "a.gz", "a.deflate", "a.snappy", "a.lz4", "a.zst", "a.lzo", "a"];
/// The longest text: a few bytes can be compressed ones of gigabytes.
const MOST: usize = 1 << 20;

/// A content that arrives in pieces of this length at most.
struct Pieces<'c>(&'c [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.1.min(buffer.len());
        self.0.read(&mut buffer[..len])
    }
}

/// A text that is full at some time.
struct Text(Vec<u8>);

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = MOST - self.0.len();
        if room == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.write(&bytes[..bytes.len().min(room)])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fuzz_target!(|bytes: &[u8]| {
    let [choice, content @ ..] = bytes else { return };
    let name = NAMES[usize::from(choice % 8)];
    let text_of = |piece: usize| {
        let mut text = Text(Vec::new());
        let ended = write_text_of(Pieces(content, piece), name, &mut text);
        (text.0, ended)
    };
    let whole = text_of(usize::MAX);
    let in_pieces = text_of(1 + usize::from(choice / 8));
    if whole.1.is_ok() || in_pieces.1.is_ok() {
        assert_eq!(whole, in_pieces, "{name}");
    } else {
        // The pieces determine the length that is decompressed before a fault is found.
        let (one, other) = (&whole.0, &in_pieces.0);
        assert!(one.starts_with(other) || other.starts_with(one), "{name}");
    }
    assert!(whole.1.as_ref().err().is_none_or(|error| !error.contains(['\n', '\x1b'])));
    if name == "a" && !content.starts_with(b"SEQ") && !content.starts_with(&[0x1f, 0x8b]) {
        assert!(whole.1.is_err() || whole.0 == content[..content.len().min(MOST)]);
    }
});
