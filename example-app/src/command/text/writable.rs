//! Hadoop's classes of keys and values, and how they read as text.
//!
//! Source: `readFields` and `toString` of the classes in `org.apache.hadoop.io`, Hadoop 3.3.4.

use std::io::{self, Read};

use super::java_number::java_number;
use super::unreadable::{corrupt, ends_early};

/// The length of the buffers, in bytes.
const BUFFER: usize = 8 * 1024;

/// A class of keys or values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writable {
    Text,
    Bytes,
    Null,
    Boolean,
    Byte,
    Short,
    Int,
    Long,
    VInt,
    VLong,
    Float,
    Double,
    Md5,
}

/// Takes pieces of text.
pub(super) type Sink<'s, E> = dyn FnMut(&[u8]) -> Result<(), E> + 's;

impl Writable {
    /// Returns the class of this name.
    pub(super) fn of_class(class: &str) -> Option<Self> {
        Some(match class.strip_prefix("org.apache.hadoop.io.")? {
            "Text" => Self::Text,
            "BytesWritable" => Self::Bytes,
            "NullWritable" => Self::Null,
            "BooleanWritable" => Self::Boolean,
            "ByteWritable" => Self::Byte,
            "ShortWritable" => Self::Short,
            "IntWritable" => Self::Int,
            "LongWritable" => Self::Long,
            "VIntWritable" => Self::VInt,
            "VLongWritable" => Self::VLong,
            "FloatWritable" => Self::Float,
            "DoubleWritable" => Self::Double,
            "MD5Hash" => Self::Md5,
            _ => return None,
        })
    }

    /// Reads an object, and gives its text. Long ones are given in pieces.
    pub(super) fn write_text<E: From<io::Error>>(
        self,
        input: &mut dyn Read,
        sink: &mut Sink<'_, E>,
    ) -> Result<(), E> {
        let text = match self {
            Self::Text => return text(input, sink),
            Self::Bytes => return bytes(input, sink),
            Self::Null => "(null)".to_owned(),
            Self::Boolean => (array(input)? != [0]).to_string(),
            Self::Byte => i8::from_be_bytes(array(input)?).to_string(),
            Self::Short => i16::from_be_bytes(array(input)?).to_string(),
            Self::Int => i32::from_be_bytes(array(input)?).to_string(),
            Self::Long => i64::from_be_bytes(array(input)?).to_string(),
            Self::VInt | Self::VLong => vlong(input)?.to_string(),
            Self::Float => java_number(&format!("{:e}", f32::from_be_bytes(array(input)?))),
            Self::Double => java_number(&format!("{:e}", f64::from_be_bytes(array(input)?))),
            Self::Md5 => hex::encode(array::<16>(input)?),
        };
        sink(text.as_bytes())
    }
}

/// Gives the text of a `Text`. Bytes that are not UTF-8 are replaced, as in Java.
fn text<E: From<io::Error>>(input: &mut dyn Read, sink: &mut Sink<'_, E>) -> Result<(), E> {
    let mut left = len(vlong(input)?)?;
    let (mut piece, mut buffer) = (Vec::new(), [0; BUFFER]);
    loop {
        let read = some(input, &mut buffer, &mut left)?;
        piece.extend_from_slice(read);
        let mut chunks = piece.utf8_chunks().peekable();
        let mut kept = Vec::new();
        while let Some(chunk) = chunks.next() {
            sink(chunk.valid().as_bytes())?;
            if left > 0 && chunks.peek().is_none() {
                // A character may go on in the next piece.
                kept = chunk.invalid().to_vec();
            } else if !chunk.invalid().is_empty() {
                sink("\u{fffd}".as_bytes())?;
            }
        }
        piece = kept;
        if left == 0 {
            return Ok(());
        }
    }
}

/// Gives the text of a `BytesWritable`: its bytes in hexadecimal.
fn bytes<E: From<io::Error>>(input: &mut dyn Read, sink: &mut Sink<'_, E>) -> Result<(), E> {
    let mut left = len(i32::from_be_bytes(array(input)?).into())?;
    let mut buffer = [0; BUFFER];
    let mut space = "";
    while left > 0 {
        let mut text = String::new();
        for byte in some(input, &mut buffer, &mut left)? {
            text.extend([space, &hex::encode([*byte])]);
            space = " ";
        }
        sink(text.as_bytes())?;
    }
    Ok(())
}

/// Reads the next bytes of those that are left.
fn some<'b>(input: &mut dyn Read, buffer: &'b mut [u8], left: &mut u64) -> io::Result<&'b [u8]> {
    let len = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
    let piece = buffer.get_mut(..len).unwrap_or_default();
    input.read_exact(piece).map_err(early)?;
    *left -= u64::try_from(len).unwrap_or(*left);
    Ok(piece)
}

/// Reads as many bytes as the array has.
pub(super) fn array<const N: usize>(input: &mut dyn Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes).map_err(early)?;
    Ok(bytes)
}

fn early(error: io::Error) -> io::Error {
    let is_early = error.kind() == io::ErrorKind::UnexpectedEof && error.get_ref().is_none();
    if is_early { ends_early() } else { error }
}

/// Returns a length.
///
/// # Errors
/// If it is negative.
pub(super) fn len(number: i64) -> io::Result<u64> {
    u64::try_from(number).map_err(|_| corrupt("corrupt data: a length is negative"))
}

/// Reads a number of variable length.
///
/// Source: `WritableUtils.readVLong`.
pub(super) fn vlong(input: &mut dyn Read) -> io::Result<i64> {
    let [first] = array(input)?.map(u8::cast_signed);
    let (count, is_negative) = match first {
        -112.. => return Ok(first.into()),
        -120..=-113 => (-112 - i32::from(first), false),
        ..=-121 => (-120 - i32::from(first), true),
    };
    let mut number = 0_i64;
    for _ in 0..count {
        let [byte] = array(input)?;
        number = number << 8 | i64::from(byte);
    }
    Ok(if is_negative { !number } else { number })
}
