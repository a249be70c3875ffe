#![doc = include_str!("../README.md")]
//!
//! # Layers
//!
//! Each module uses only those above it:
//!
//! | module | what it holds |
//! |---|---|
//! | [`clock`] | [`Clock`]: the time, the entropy and the threads of the host |
//! | [`identity`] | [`Identity`]: credentials, when they expire and their [`Source`] |
//! | [`url`] | the origin and the base URL of a service |
//! | [`config`] | [`Environment`], profile files, regions, partitions and endpoints |
//! | [`http`] | connections, proxies, TLS, exchanges and retries |
//! | [`sign`] | signing an `http::Request` |
//! | [`provider`] | [`ProvideCredentials`], each provider, and [`Chain`], which tries them in order |
//! | [`cache`] | [`Cache`]: credentials that are kept, shared and renewed in time |
//! | [`client`] | [`SigningClient`]: HTTP requests, signed as they are sent; and [`Config`], which it comes from |
//!
//! The names at the root are those of the example above, and those that a provider of a program's
//! own needs.
#![forbid(unsafe_code)]

pub mod cache;
pub mod client;
pub mod clock;
pub mod config;
pub mod http;
pub mod identity;
pub mod provider;
mod read;
pub mod sign;
pub mod url;

pub use cache::Cache;
pub use client::{Config, SigningClient};
pub use clock::Clock;
pub use config::Environment;
pub use identity::{Identity, Source};
pub use provider::{Chain, ProvideCredentials};
