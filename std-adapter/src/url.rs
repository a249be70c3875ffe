//! The address of a service: the origin of its URL, and the path below which it lies.

pub(crate) mod base_url;
pub(crate) mod origin;

pub use base_url::{BaseUrl, BaseUrlError};
pub use origin::{Origin, OriginError};
