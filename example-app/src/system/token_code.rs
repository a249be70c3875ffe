//! The code of an MFA device, asked of the user at the terminal.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;

use rolesig_std::provider::AskTokenCode;
use zeroize::Zeroizing;

use crate::system::excerpt::printable;
use crate::system::standard_streams::write_stderr;

/// Asks on stderr, and reads a line from stdin, if both are a terminal.
pub(crate) fn asked_on_terminal() -> AskTokenCode {
    Arc::new(|serial: &str| {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Err(io::Error::other("there is no terminal to ask for it on"));
        }
        write_stderr(format_args!("code of {}: ", printable(serial)));
        let mut code = Zeroizing::new(String::new());
        io::stdin().read_line(&mut code)?;
        Ok(Zeroizing::new(code.trim().to_owned()))
    })
}
