//! SequenceFiles: a header, then records, or blocks of records.
//!
//! Source: `org.apache.hadoop.io.SequenceFile` of Hadoop 3.3.4, versions 5 and 6 of the format.

use std::io::{self, BufRead, Read, Write};

use super::codec::Codec;
use super::unreadable::{TextError, corrupt, ends_early};
use super::writable::{self, Writable, len, vlong};
use crate::system::excerpt::excerpt;

/// The longest text that is kept until its record was read whole, in bytes.
const KEPT: usize = 64 * 1024;
/// The longest class name, in bytes.
const LONGEST_NAME: u64 = 4096;
/// The longest part of a block that is kept in memory, in bytes. Hadoop's blocks have about 1 MB.
const LONGEST_PART: u64 = 64 * 1024 * 1024;

/// The header of a file.
struct Header {
    key: Writable,
    value: Writable,
    /// The codec of the values, or of blocks.
    codec: Option<Codec>,
    is_in_blocks: bool,
    sync: [u8; 16],
}

/// Writes each record as its key, a tab, its value and a line break. `input` is behind the `SEQ`.
pub(super) fn write_text(input: &mut dyn BufRead, output: &mut dyn Write) -> Result<(), TextError> {
    let header = header(input)?;
    let mut text = Text { output, kept: Vec::new(), whole: 0 };
    let written = write_records(input, &header, &mut text);
    if written.is_err() {
        text.kept.truncate(text.whole);
    }
    text.flush()?;
    written
}

fn write_records(
    input: &mut dyn BufRead,
    header: &Header,
    text: &mut Text<'_>,
) -> Result<(), TextError> {
    if header.is_in_blocks {
        while next_block(input, header)? {
            write_block(input, header, text)?;
        }
    } else {
        while let Some(record_len) = next_record(input, header)? {
            write_record(input, header, record_len, text)?;
        }
    }
    Ok(())
}

/// The text of records. A record of which only a part can be read is left out, as in Hadoop, unless
/// it is long.
struct Text<'t> {
    output: &'t mut dyn Write,
    kept: Vec<u8>,
    /// The length of the whole records in it.
    whole: usize,
}

impl Text<'_> {
    fn push(&mut self, piece: &[u8]) -> Result<(), TextError> {
        self.kept.extend_from_slice(piece);
        if self.kept.len() > KEPT { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), TextError> {
        self.output.write_all(&self.kept).map_err(TextError::Unwritten)?;
        self.kept.clear();
        self.whole = 0;
        Ok(())
    }
}

fn header(input: &mut dyn BufRead) -> Result<Header, TextError> {
    let [version] = array(input)?;
    if !matches!(version, 5 | 6) {
        return Err(TextError::Unreadable(format!(
            "is a SequenceFile of version {version}: only 5 and 6 are read"
        )));
    }
    let (key, value) = (class(input)?, class(input)?);
    let [is_compressed, is_in_blocks] = array(input)?.map(|byte: u8| byte != 0);
    let codec = if is_compressed {
        let class = string(input)?;
        let unknown = || {
            let class = excerpt(&class);
            TextError::Unreadable(format!(
                "is compressed by {class}, which is not read: hadoop fs -text does, where it is installed"
            ))
        };
        Some(Codec::of_class(&class).ok_or_else(unknown)?)
    } else {
        None
    };
    let count = if version < 6 { 0 } else { i32::from_be_bytes(array(input)?) };
    for _ in 0..len(count.into())? {
        for _ in 0..2 {
            let len = len(vlong(input)?)?;
            skip(input, len)?;
        }
    }
    Ok(Header { key, value, codec, is_in_blocks, sync: array(input)? })
}

/// Reads the name of a class of keys or values.
fn class(input: &mut dyn BufRead) -> Result<Writable, TextError> {
    let class = string(input)?;
    Writable::of_class(&class).ok_or_else(|| {
        let class = excerpt(&class);
        TextError::Unreadable(format!(
            "has keys or values of the class {class}, which is not read: hadoop fs -text does, with \
             the class in HADOOP_CLASSPATH"
        ))
    })
}

fn string(input: &mut dyn BufRead) -> io::Result<String> {
    let len = len(vlong(input)?)?;
    if len > LONGEST_NAME {
        return Err(corrupt("corrupt header: the name of a class is too long"));
    }
    Ok(String::from_utf8_lossy(&part(input, len)?).into_owned())
}

/// Returns the length of the next record; `None` at the end.
fn next_record(input: &mut dyn BufRead, header: &Header) -> io::Result<Option<u64>> {
    while !input.fill_buf()?.is_empty() {
        match i32::from_be_bytes(array(input)?) {
            // A file can end with a mark.
            -1 => expect_sync(input, header)?,
            number => return len(number.into()).map(Some),
        }
    }
    Ok(None)
}

/// Writes a record: the length of the key, the key, and the value to the end.
fn write_record(
    input: &mut dyn BufRead,
    header: &Header,
    record_len: u64,
    text: &mut Text<'_>,
) -> Result<(), TextError> {
    let key_len = len(i32::from_be_bytes(array(input)?).into())?;
    let value_len = record_len.checked_sub(key_len);
    let value_len = value_len.ok_or_else(|| corrupt("corrupt record: its key is longer"))?;
    let mut key = input.take(key_len);
    write_key(header, &mut key, text)?;
    let mut value = input.take(value_len);
    match header.codec {
        None => write_whole_value(header, &mut value, text)?,
        Some(codec) => write_whole_value(header, &mut *codec.reader(Box::new(&mut value)), text)?,
    }
    let left = value.limit();
    skip(input, left)?;
    text.whole = text.kept.len();
    Ok(())
}

/// Writes a value, and reads the rest of it, so that a checksum behind the compressed data is
/// compared. As Hadoop, it lets a zero follow the value.
fn write_whole_value(
    header: &Header,
    value: &mut dyn Read,
    text: &mut Text<'_>,
) -> Result<(), TextError> {
    write_value(header, value, text)?;
    let mut more = [0];
    if value.read(&mut more)? > 0 && more != [0] {
        return Err(corrupt("corrupt record: its value is shorter than the file says").into());
    }
    io::copy(value, &mut io::sink())?;
    Ok(())
}

fn write_key(
    header: &Header,
    key: &mut io::Take<impl Read>,
    text: &mut Text<'_>,
) -> Result<(), TextError> {
    header.key.write_text(key, &mut |piece| text.push(piece))?;
    if key.limit() > 0 {
        return Err(corrupt("corrupt record: its key is shorter than the file says").into());
    }
    text.push(b"\t")
}

fn write_value(
    header: &Header,
    value: &mut dyn Read,
    text: &mut Text<'_>,
) -> Result<(), TextError> {
    header.value.write_text(value, &mut |piece| text.push(piece))?;
    text.push(b"\n")
}

/// Reads the mark before a block, and returns whether there is a block.
fn next_block(input: &mut dyn BufRead, header: &Header) -> io::Result<bool> {
    if input.fill_buf()?.is_empty() {
        return Ok(false);
    }
    let _escape: [u8; 4] = array(input)?;
    expect_sync(input, header)?;
    Ok(true)
}

/// Writes the records of a block: the lengths of the keys, the keys, the lengths of the values and
/// the values, each of them compressed. The values are read as they come.
fn write_block(
    input: &mut dyn BufRead,
    header: &Header,
    text: &mut Text<'_>,
) -> Result<(), TextError> {
    let codec = header.codec.ok_or_else(|| corrupt("corrupt header: blocks without a codec"))?;
    let count = len(vlong(input)?)?;
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    for compressed in &mut parts {
        let len = len(vlong(input)?)?;
        if len > LONGEST_PART {
            return Err(corrupt("has a block of more than 64 MiB: use hadoop fs -text").into());
        }
        *compressed = part(input, len)?;
    }
    let [mut key_lens, mut keys, mut value_lens] =
        parts.map(|compressed| codec.reader(Box::new(io::Cursor::new(compressed))));
    let values_len = len(vlong(input)?)?;
    let mut compressed = input.take(values_len);
    {
        let mut values = codec.reader(Box::new(&mut compressed));
        for _ in 0..count {
            let mut key = (&mut *keys).take(len(vlong(&mut *key_lens)?)?);
            write_key(header, &mut key, text)?;
            let mut value = (&mut *values).take(len(vlong(&mut *value_lens)?)?);
            write_value(header, &mut value, text)?;
            io::copy(&mut value, &mut io::sink())?;
            text.whole = text.kept.len();
        }
        // All four to their ends, so that checksums behind the compressed data are compared.
        io::copy(&mut values, &mut io::sink())?;
    }
    for part in [&mut key_lens, &mut keys, &mut value_lens] {
        io::copy(part, &mut io::sink())?;
    }
    let left = compressed.limit();
    Ok(skip(input, left)?)
}

fn expect_sync(input: &mut dyn BufRead, header: &Header) -> io::Result<()> {
    if array(input)? == header.sync { Ok(()) } else { Err(corrupt("File is corrupt!")) }
}

/// Reads bytes into memory, as many as there are.
fn part(input: &mut dyn BufRead, len: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = input.take(len).read_to_end(&mut bytes)?;
    if u64::try_from(read).unwrap_or(u64::MAX) < len { Err(ends_early()) } else { Ok(bytes) }
}

fn skip(input: &mut dyn BufRead, len: u64) -> io::Result<()> {
    let skipped = io::copy(&mut input.take(len), &mut io::sink())?;
    if skipped < len { Err(ends_early()) } else { Ok(()) }
}

fn array<const N: usize>(input: &mut dyn BufRead) -> io::Result<[u8; N]> {
    writable::array(&mut &mut *input)
}
