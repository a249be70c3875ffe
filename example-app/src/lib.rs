#![doc = include_str!("../README.md")]
//!
//! # Layers
//!
//! Each module uses only those above it:
//!
//! | module | contents |
//! |---|---|
//! | [`system`] | the host: signals, standard streams, files, users |
//! | [`configuration`] | Hadoop's XML configuration |
//! | [`sandbox`] | the metadata service and S3 server of `-sandbox` |
//! | [`s3`] | the S3 client |
//! | [`signing`] | raw requests and the stages of a signature |
//! | [`transfer`] | uploads and downloads |
//! | [`report`] | progress, events as JSON, and errors |
//! | [`s3a`] | the settings of S3A and EMRFS |
//! | [`command`] | the commands |
//! | [`cli`] | the table of commands, the parser, help and the dispatch |
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr)]

#[macro_use]
pub mod system;

pub mod cli;
pub mod command;
pub mod configuration;
pub mod report;
pub mod s3;
pub mod s3a;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod signing;
pub mod transfer;
