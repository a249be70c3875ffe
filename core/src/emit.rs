//! Writing without allocation: values that write themselves into a sink, and the encodings.

pub mod percent;
pub mod sink;

pub(crate) mod base64;
pub(crate) mod byte_class;
#[cfg(any(
    test,
    all(not(target_pointer_width = "64"), any(feature = "small-sha256", feature = "quick-sha256"))
))]
pub(crate) mod compression;
pub(crate) mod decimal;
pub(crate) mod fingerprint;
pub(crate) mod hex_digest;
pub(crate) mod sha256;
pub(crate) mod stage;
pub(crate) mod work;
