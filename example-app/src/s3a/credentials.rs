//! The sources of credentials: classes of providers, keys, profiles and roles.
//!
//! Source: "Authenticating with S3", "Working with IAM Assumed Roles" (Hadoop 3.4).

mod provider_class;
mod providers;
mod role_mapping;
mod settings;

pub use provider_class::ProviderClass;
pub use role_mapping::{RoleConflictError, RoleMapping};
pub use settings::{CredentialSettings, KeySettings, RoleSettings};
