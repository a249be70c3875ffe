#![doc = include_str!("../README.md")]
//!
//! # Layers
//!
//! Layers, downwards only: [`run`] → [`command`] → [`upload`], [`download`] → [`s3`] → `rolesig_std` → `rolesig`; [`run`] and
//! [`command`] → [`s3a`] → [`configuration`]. All may use [`standard_streams`] → [`signals`].
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr)]

#[macro_use]
pub mod standard_streams;

mod byte_order_mark;
pub mod cli;
pub mod command;
pub mod configuration;
mod date;
mod descriptors;
pub mod download;
mod file_time;
pub mod local_path;
pub mod positioned_file;
pub mod process;
mod progress;
mod raw_request;
mod run;
mod runtime_role;
pub mod s3;
pub mod s3a;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod signals;
pub mod signing_options;
mod stages;
pub mod step;
mod token_code;
pub mod upload;

pub use run::run;
