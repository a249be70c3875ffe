//! Assumes a role with whatever the program runs on, then a second role with the first, and lists
//! a bucket with the second.
//!
//! ```text
//! assume_role FIRST_ARN SECOND_ARN BUCKET
//! ```
//!
//! The credentials of all three are renewed in time, for as long as the program runs.

use core::error::Error;
use std::env;

use http::Request;
use rolesig_std::provider::RoleToAssume;
use rolesig_std::{Config, Environment};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [first, second, bucket] = arguments.as_slice() else {
        return Err("expected FIRST_ARN SECOND_ARN BUCKET".into());
    };
    let here = Config::load(&Environment::of_process()).await?;
    let first = here.assume_role(RoleToAssume::new(first))?;
    let second = first.assume_role(RoleToAssume {
        // The name of the session in the logs of the role's account.
        role_session_name: Some("report".to_owned()),
        ..RoleToAssume::new(second)
    })?;
    let identity = second.credentials().identity().await?;
    println!("{} until {:?}", identity.source(), identity.expires_at());

    let whoami = Request::post("/")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("Action=GetCallerIdentity&Version=2011-06-15".into())?;
    let response = second.client("sts")?.call(whoami).await?;
    println!("{}", str::from_utf8(response.body())?);
    let list = Request::get(format!("/{bucket}?list-type=2")).body("".into())?;
    let response = second.client("s3")?.call(list).await?;
    println!("{}", str::from_utf8(response.body())?);
    Ok(())
}
