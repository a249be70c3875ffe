//! An HTTP client that signs its requests, and its configuration.

mod attempt;
mod body;
mod call;
mod config;
mod connections;
mod error;
#[cfg(feature = "tower")]
mod layer;
mod send;
mod settings;
mod signing;
mod signing_client;
mod skew;

pub use body::BytesBody;
pub use call::CallError;
pub use config::{Config, ConfigError};
pub use error::ClientError;
#[cfg(feature = "tower")]
pub use layer::{BodyHash, SignLayer, SignService, SignServiceError};
pub use settings::ClientSettings;
pub use signing_client::SigningClient;
