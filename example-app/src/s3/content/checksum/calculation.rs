//! The calculation of one checksum.

use crc::Table;
use md5::Md5;
use ring::digest::Context;
use sha2::{Digest as _, Sha256};
use xxhash_rust::xxh3::Xxh3Default;
use xxhash_rust::xxh64::Xxh64;

/// A checksum that is being calculated. The large ones are boxed.
pub(in crate::s3) enum Calculation {
    Crc32(crc::Digest<'static, u32, Table<16>>),
    Crc64(crc::Digest<'static, u64, Table<16>>),
    Sha256(Sha256),
    /// SHA-512 or SHA-1, by ring, which is in the program for TLS: SHA-512 of sha2 would add
    /// 18 KB.
    Ring(Box<Context>),
    Md5(Md5),
    Xxh64(Xxh64),
    Xxh3(Box<Xxh3Default>),
    Xxh128(Box<Xxh3Default>),
}

impl Calculation {
    pub(in crate::s3) fn update(&mut self, piece: &[u8]) {
        match self {
            Self::Crc32(digest) => digest.update(piece),
            Self::Crc64(digest) => digest.update(piece),
            Self::Sha256(digest) => digest.update(piece),
            Self::Ring(digest) => digest.update(piece),
            Self::Md5(digest) => digest.update(piece),
            Self::Xxh64(digest) => digest.update(piece),
            Self::Xxh3(digest) | Self::Xxh128(digest) => digest.update(piece),
        }
    }

    /// Returns the checksum in network byte order.
    pub(in crate::s3) fn finish(self) -> Vec<u8> {
        match self {
            Self::Crc32(digest) => digest.finalize().to_be_bytes().to_vec(),
            Self::Crc64(digest) => digest.finalize().to_be_bytes().to_vec(),
            Self::Sha256(digest) => digest.finalize().to_vec(),
            Self::Ring(digest) => digest.finish().as_ref().to_vec(),
            Self::Md5(digest) => digest.finalize().to_vec(),
            Self::Xxh64(digest) => digest.digest().to_be_bytes().to_vec(),
            Self::Xxh3(digest) => digest.digest().to_be_bytes().to_vec(),
            Self::Xxh128(digest) => digest.digest128().to_be_bytes().to_vec(),
        }
    }
}
