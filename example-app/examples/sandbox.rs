//! Runs a sandbox for clients that are other programs, until standard input ends.
//!
//! ```text
//! cargo run --example sandbox --features sandbox -- FOLDER [LIFETIME-IN-SECONDS]
//! ```
//!
//! Prints `metadata http://…` and `s3 http://…`, one a line, once both answer, and at the end
//! the report. There is one bucket, `sandbox`.

use core::error::Error;
use core::time::Duration;
use std::io::{self, Write};

use rolefs::sandbox::{Sandbox, Settings};
use tokio::io::AsyncReadExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("usage: sandbox FOLDER [LIFETIME-IN-SECONDS]")?;
    let mut settings =
        Settings { folder: folder.into(), buckets: vec!["sandbox".into()], ..Settings::default() };
    if let Some(seconds) = arguments.next() {
        settings.lifetime = Duration::from_secs(seconds.parse()?);
    }

    let sandbox = Sandbox::start(settings).await?;
    writeln!(io::stdout(), "metadata {}", sandbox.metadata_endpoint())?;
    writeln!(io::stdout(), "s3 {}", sandbox.s3_endpoint())?;
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    writeln!(io::stdout(), "{:?}", sandbox.report())?;
    Ok(())
}
