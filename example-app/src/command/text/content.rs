//! The text of a content, by its first bytes or by its name.

use std::io::{self, BufReader, Cursor, Read, Write};

use super::codec::Codec;
use super::sequence_file;
use super::unreadable::TextError;

/// The length of the buffers, in bytes.
const BUFFER: usize = 64 * 1024;

/// Writes the text of `input`, the content of a file of this name. As Hadoop does, gzip and
/// SequenceFile are recognized by the first bytes, and other compression by the name.
///
/// # Errors
/// If the content cannot be read, after what was readable; or the text cannot be written.
pub(super) fn write_text(
    input: impl Read,
    name: &str,
    output: &mut dyn Write,
) -> Result<(), TextError> {
    let mut input = BufReader::with_capacity(BUFFER, input);
    let mut lead = Vec::new();
    let read = input.by_ref().take(3).read_to_end(&mut lead);
    read.map_err(|error| TextError::of_content(&error))?;
    let written = match *lead {
        [] | [_] => copy(&mut Cursor::new(&lead), output),
        [0x1f, 0x8b, ..] => {
            copy(&mut *Codec::Gzip.reader_by_content(Box::new(chain(&lead, &mut input))), output)
        }
        [b'S', b'E', b'Q'] => sequence_file::write_text(&mut input, output),
        [b'O', b'b', b'j'] => Err(TextError::Unreadable(
            "Avro files are not read: hadoop fs -text does, and avro-tools tojson".to_owned(),
        )),
        _ if is_lzo(name) => Err(TextError::Unreadable(
            "LZO is not read: get the file and use lzop -d, or hadoop fs -text with hadoop-lzo"
                .to_owned(),
        )),
        _ => match Codec::of_name(name) {
            Some(codec) => copy(&mut *codec.reader(Box::new(chain(&lead, &mut input))), output),
            None => copy(&mut chain(&lead, &mut input), output),
        },
    };
    written?;
    // The whole object is read, so that its length and its checksums are compared.
    let drained = io::copy(&mut input, &mut io::sink());
    drained.map(|_| ()).map_err(|error| TextError::of_content(&error))
}

fn chain<'c, R: Read>(
    lead: &'c [u8],
    rest: &'c mut BufReader<R>,
) -> io::Chain<Cursor<&'c [u8]>, &'c mut BufReader<R>> {
    Cursor::new(lead).chain(rest)
}

fn is_lzo(name: &str) -> bool {
    // In Hadoop, case counts.
    [".lzo", ".lzo_deflate"].iter().any(|extension| name.ends_with(extension))
}

/// Writes all that a reader gives.
pub(super) fn copy(input: &mut dyn Read, output: &mut dyn Write) -> Result<(), TextError> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = input.read(&mut buffer);
        let len = read.map_err(|error| TextError::of_content(&error))?;
        let piece = buffer.get(..len).unwrap_or_default();
        if piece.is_empty() {
            return Ok(());
        }
        output.write_all(piece).map_err(TextError::Unwritten)?;
    }
}

#[cfg(test)]
mod tests;
