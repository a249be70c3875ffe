//! `rolefs -whoami`: who the credentials belong to, by STS's own word.

#![allow(clippy::doc_markdown, reason = "the docs of options are the help, shown as they are")]

use clap::{Args, ValueEnum};
use rolesig_std::{
    Caller, Chain, Environment, ProfileChoice, ProfileFiles, Provide as _, StsEndpoint,
};
use serde_json::json;

use super::Ending;

/// What `-whoami` is told.
#[derive(Args, Debug)]
pub struct WhoamiOptions {
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How to print a caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// As STS and the AWS CLI have it.
    Json,
}

/// Asks STS (GetCallerIdentity) about what `chain` gives.
pub async fn whoami(options: &WhoamiOptions, environment: &Environment, chain: Chain) -> Ending {
    match caller(environment, chain).await {
        Ok(caller) => {
            print!("{}", shown(&caller, options.format));
            Ending::Done
        }
        Err(error) => {
            eprintln!("whoami: {error}");
            Ending::Failed
        }
    }
}

async fn caller(
    environment: &Environment,
    mut chain: Chain,
) -> Result<Caller, Box<dyn core::error::Error>> {
    let files = ProfileFiles::of(environment)?;
    let profile = files.choose(ProfileChoice::of(environment))?;
    let sts = StsEndpoint::of(environment, profile)?;
    Ok(Caller::of(&chain.fetch().await?, &sts).await?)
}

fn shown(caller: &Caller, format: Format) -> String {
    let Caller { account_id, arn, user_id } = caller;
    match format {
        Format::Text => format!("account  {account_id}\narn      {arn}\nuser id  {user_id}\n"),
        Format::Json => {
            let document = json!({"UserId": user_id, "Account": account_id, "Arn": arn});
            format!("{document}\n")
        }
    }
}
