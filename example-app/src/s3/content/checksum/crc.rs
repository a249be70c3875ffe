//! The CRCs that S3 knows.

use std::sync::LazyLock;

use crc::{CRC_32_ISCSI, CRC_32_ISO_HDLC, CRC_64_NVME, Crc, Table};

type Crc32 = Crc<u32, Table<16>>;
type Crc64 = Crc<u64, Table<16>>;
// Made when they are needed, and boxed: what lies in a `LazyLock` itself has its place in the
// program, here 64 KiB.
pub(in crate::s3) static CRC32: LazyLock<Box<Crc32>> =
    LazyLock::new(|| Box::new(Crc32::new(&CRC_32_ISO_HDLC)));
pub(in crate::s3) static CRC32C: LazyLock<Box<Crc32>> =
    LazyLock::new(|| Box::new(Crc32::new(&CRC_32_ISCSI)));
pub(in crate::s3) static CRC64NVME: LazyLock<Box<Crc64>> =
    LazyLock::new(|| Box::new(Crc64::new(&CRC_64_NVME)));

/// A CRC that is being calculated.
pub(in crate::s3) enum Calculation {
    Crc32(crc::Digest<'static, u32, Table<16>>),
    Crc64(crc::Digest<'static, u64, Table<16>>),
}

impl Calculation {
    pub(in crate::s3) fn update(&mut self, piece: &[u8]) {
        match self {
            Self::Crc32(digest) => digest.update(piece),
            Self::Crc64(digest) => digest.update(piece),
        }
    }

    /// Returns the CRC in network byte order.
    pub(in crate::s3) fn finish(self) -> Vec<u8> {
        match self {
            Self::Crc32(digest) => digest.finalize().to_be_bytes().to_vec(),
            Self::Crc64(digest) => digest.finalize().to_be_bytes().to_vec(),
        }
    }
}
