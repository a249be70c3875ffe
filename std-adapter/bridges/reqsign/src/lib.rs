#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cache_provider;
mod reqsign_provider;

pub use cache_provider::CacheProvider;
pub use reqsign_provider::{ReqsignError, ReqsignProvider};
