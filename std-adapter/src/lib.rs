//! tokio and hyper transports for [`rolesig`]: role credentials fetched from where the program
//! runs, and requests signed exactly as they are sent.
//!
//! ```no_run
//! use http_body_util::Full;
//! use rolesig::{Payload, Service};
//! use rolesig_std::{Cache, Chain, Environment, SigningClient};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let credentials = Cache::new(Chain::new(&Environment::of_process()));
//! let client = SigningClient::new(credentials, "eu-west-1", Service::S3)?;
//! let request = http::Request::put("https://amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com/key")
//!     .body(Full::from("hello"))?;
//! let response = client.send(request, Payload::Bytes(b"hello")).await?;
//! assert_eq!(response.status(), 200);
//! # Ok(())
//! # }
//! ```
//!
//! # Modules
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
//! | [`client`] | [`SigningClient`]: HTTP requests, signed as they are sent |
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
pub use client::SigningClient;
pub use clock::Clock;
pub use config::Environment;
pub use identity::{Identity, Source};
pub use provider::{Chain, ProvideCredentials};
