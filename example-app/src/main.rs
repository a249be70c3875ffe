//! The program: reads the command line, does it, ends as Hadoop's shell would.

use std::process::ExitCode;

use rolefs::cli;
use rolefs::command::Ending;
use rolesig_std::Environment;

fn main() -> ExitCode {
    let arguments = match cli::parse(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(ending) => return ending.into(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ending = match runtime {
        Ok(runtime) => {
            let ending = runtime.block_on(rolefs::run(arguments, Environment::of_process()));
            // Whoever was asked for a code, or writes to stdin, is not waited for.
            runtime.shutdown_background();
            ending
        }
        Err(error) => {
            eprintln!("rolefs: {error}");
            Ending::Failed
        }
    };
    ending.into()
}
