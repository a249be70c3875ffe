//! The stages of Signature Version 4: from a request to its canonical request, the string to sign,
//! the signing key and the signature. Signing and verifying both use them.

pub(crate) mod canonical;
pub(crate) mod error;
pub(crate) mod hmac;
pub(crate) mod items;
pub(crate) mod names;
pub(crate) mod payload;
pub(crate) mod request;
pub(crate) mod scheme;
pub(crate) mod scope;
pub(crate) mod service;
pub(crate) mod signing_key;
#[cfg(feature = "sigv4a")]
pub(crate) mod sigv4a;
pub(crate) mod string_to_sign;
pub(crate) mod trailer;
pub(crate) mod v4;
