//! The input of signing: stdin and credentials.

use std::io::{self, Read as _};

use rolesig_std::config::EnvironmentError;
use rolesig_std::{Environment, Identity};
use thiserror::Error;

use super::raw_request::RawRequestError;
use crate::system::standard_streams::open_stdin;

/// The reason why there is nothing to sign, or nothing to sign it with.
#[derive(Debug, Error)]
pub(crate) enum InputError {
    #[error("stdin cannot be read: {0}")]
    Stdin(#[source] io::Error),
    #[error("no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")]
    NoCredentials,
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    #[error(transparent)]
    RawRequest(#[from] RawRequestError),
}

/// Reads stdin to its end.
pub(crate) fn stdin(command: &'static str) -> Result<Vec<u8>, InputError> {
    let mut input = Vec::new();
    let read = open_stdin(command).and_then(|mut stdin| stdin.read_to_end(&mut input));
    read.map_err(InputError::Stdin)?;
    Ok(input)
}

/// Returns the credentials in the environment.
pub(crate) fn identity(environment: &Environment) -> Result<Identity, InputError> {
    environment.credentials()?.ok_or(InputError::NoCredentials)
}
