#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
//! rolesig

pub mod percent;
#[cfg(feature = "provider")]
pub mod provider;
pub mod sink;

mod byte_class;
mod canonical;
mod credentials;
mod hex_digest;
mod request;
mod scope;
mod service;
mod sign;
mod sign_error;
mod signing_key;
mod slots;
mod staged;
mod string_to_sign;
mod timestamp;

pub use canonical::CanonicalRequest;
pub use credentials::stored::StoredCredentials;
pub use credentials::{Credentials, InvalidCredentials};
pub use hex_digest::HexDigest;
pub use request::{Payload, Request};
pub use scope::CredentialScope;
pub use service::{PathRule, Service};
pub use sign::{Authorization, HeaderValue, Signed, Signer, Target};
pub use sign_error::SignError;
pub use sink::{BufferTooSmall, Emit, Sink};
pub use string_to_sign::StringToSign;
pub use timestamp::{AmzDate, DateStamp, InvalidTimestamp, Timestamp};
