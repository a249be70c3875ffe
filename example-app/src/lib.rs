#![doc = include_str!("../README.md")]
//!
//! # Layers
//!
//! Layers, downwards only: [`cli`] → [`command`] → [`report`] and [`s3a`] → [`transfer`] → [`s3`] →
//! `rolesig_std` → `rolesig`; [`s3a`] → [`configuration`]; [`command`] → [`signing`] and `sandbox`.
//! All use [`system`].
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
