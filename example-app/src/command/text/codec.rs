//! The compression codecs of Hadoop.

use std::io::{BufRead, Read};

use super::block_stream::{BlockStream, lz4, snappy};
use super::bzip2_stream::Bzip2Stream;
use super::inflate_stream::{InflateStream, Wrapper};
use super::zstd_stream::ZstdStream;

/// A compression codec of Hadoop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    /// `GzipCodec`.
    Gzip,
    /// `DefaultCodec` and `DeflateCodec`: the format of zlib.
    Deflate,
    /// `BZip2Codec`.
    Bzip2,
    /// `SnappyCodec`: blocks, not snappy's own frames.
    Snappy,
    /// `Lz4Codec`: blocks, not lz4's own frames.
    Lz4,
    /// `ZStandardCodec`.
    Zstd,
}

/// The codecs, with the extension and the name of the class in `org.apache.hadoop.io.compress`.
const CODECS: [(Codec, &str, &str); 7] = [
    (Codec::Gzip, ".gz", "GzipCodec"),
    (Codec::Deflate, ".deflate", "DefaultCodec"),
    (Codec::Deflate, ".deflate", "DeflateCodec"),
    (Codec::Bzip2, ".bz2", "BZip2Codec"),
    (Codec::Snappy, ".snappy", "SnappyCodec"),
    (Codec::Lz4, ".lz4", "Lz4Codec"),
    (Codec::Zstd, ".zst", "ZStandardCodec"),
];

impl Codec {
    /// Returns the codec of files of this name. As in Hadoop, case counts, and an extension alone
    /// is none.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        let is = |extension: &str| name.len() > extension.len() && name.ends_with(extension);
        CODECS.into_iter().find(|(_, extension, _)| is(extension)).map(|(codec, ..)| codec)
    }

    /// Returns the codec of a class.
    pub(super) fn of_class(class: &str) -> Option<Self> {
        let class = class.strip_prefix("org.apache.hadoop.io.compress.")?;
        CODECS.into_iter().find(|(.., known)| *known == class).map(|(codec, ..)| codec)
    }

    /// Returns a reader of the decompressed content.
    pub(super) fn reader<'r>(self, input: Box<dyn BufRead + 'r>) -> Box<dyn Read + 'r> {
        match self {
            Self::Gzip => {
                Box::new(InflateStream::new(input, Wrapper::Gzip { ignores_rest: false }))
            }
            Self::Deflate => Box::new(InflateStream::new(input, Wrapper::Zlib)),
            Self::Bzip2 => Box::new(Bzip2Stream::new(input)),
            Self::Snappy => Box::new(BlockStream::new(input, snappy)),
            Self::Lz4 => Box::new(BlockStream::new(input, lz4)),
            Self::Zstd => Box::new(ZstdStream::new(input)),
        }
    }

    /// Returns a reader of a content that was recognized by its first bytes: Java's
    /// `GZIPInputStream`, which ignores what follows and is not gzip.
    pub(super) fn reader_by_content<'r>(self, input: Box<dyn BufRead + 'r>) -> Box<dyn Read + 'r> {
        match self {
            Self::Gzip => Box::new(InflateStream::new(input, Wrapper::Gzip { ignores_rest: true })),
            _ => self.reader(input),
        }
    }
}
