//! The CRCs that S3 knows.

use std::sync::LazyLock;

use crc::{CRC_32_ISCSI, CRC_32_ISO_HDLC, CRC_64_NVME, Crc, Table};

pub(crate) type Crc32 = Crc<u32, Table<16>>;
type Crc64 = Crc<u64, Table<16>>;
// Made when they are needed, and boxed: what lies in a `LazyLock` itself has its place in the
// program, here 64 KiB.
pub(crate) static CRC32: LazyLock<Box<Crc32>> =
    LazyLock::new(|| Box::new(Crc32::new(&CRC_32_ISO_HDLC)));
pub(in crate::s3) static CRC32C: LazyLock<Box<Crc32>> =
    LazyLock::new(|| Box::new(Crc32::new(&CRC_32_ISCSI)));
pub(in crate::s3) static CRC64NVME: LazyLock<Box<Crc64>> =
    LazyLock::new(|| Box::new(Crc64::new(&CRC_64_NVME)));
