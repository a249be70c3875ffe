#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(feature = "client", doc = include_str!("../README.md"))]
#![cfg_attr(not(feature = "client"), doc = "Signs and verifies HTTP requests.")]
//!
//! # Layers
//!
//! Each module uses only those above it:
//!
//! | module | contents |
//! |---|---|
//! | [`clock`] | [`Clock`]: the time, the entropy and the threads of the host |
//! | [`identity`] | [`Identity`]: credentials, when they expire and their [`Source`] |
//! | [`sign`] | signing an `http::Request`, by header or by query |
//! | [`verify`] | verifying one |
//! | [`config`] | [`Environment`], profile files, regions, partitions, endpoints and URLs |
//! | [`http`] | connections, proxies, TLS, exchanges and retries |
//! | [`provider`] | [`ProvideCredentials`], each provider, and [`Chain`], which tries them in order |
//! | [`cache`] | [`Cache`]: credentials that are kept, shared and renewed in time |
//! | [`client`] | [`SigningClient`]: HTTP requests, signed as they are sent; and [`Config`], which it comes from |
//!
//! The names at the root are those of the example above, and those that a provider of a program's
//! own needs.
#![forbid(unsafe_code)]

#[cfg(feature = "client")]
pub mod cache;
#[cfg(feature = "client")]
pub mod client;
pub mod clock;
#[cfg(feature = "client")]
pub mod config;
#[cfg(feature = "client")]
pub mod http;
#[cfg(feature = "client")]
pub mod identity;
#[cfg(feature = "client")]
pub mod provider;
#[cfg(feature = "client")]
mod read;
pub mod sign;
pub mod verify;

#[cfg(feature = "client")]
pub use cache::Cache;
#[cfg(feature = "client")]
pub use client::{Config, SigningClient};
pub use clock::Clock;
#[cfg(feature = "client")]
pub use config::Environment;
#[cfg(feature = "client")]
pub use identity::{Identity, Source};
#[cfg(feature = "client")]
pub use provider::{Chain, ProvideCredentials};
