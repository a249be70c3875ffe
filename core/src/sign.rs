//! The forms of a signature: headers, presigned URLs, chunks, event streams, POST policies, tokens.

pub mod token;

pub(crate) mod authenticate;
mod by_header;
pub(crate) mod chunk;
#[cfg(feature = "event-stream")]
pub(crate) mod event;
pub(crate) mod head;
pub(crate) mod post_policy;
pub(crate) mod presign;
pub(crate) mod signed;
pub(crate) mod signer;
