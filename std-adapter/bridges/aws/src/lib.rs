#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cache_provider;
mod sdk_provider;

pub use cache_provider::CacheProvider;
pub use sdk_provider::{SdkError, SdkProvider};
