#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cache_provider;
mod store_provider;

pub use cache_provider::CacheProvider;
pub use store_provider::{StoreError, StoreProvider};
