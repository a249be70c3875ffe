//! `rolefs -whoami`: who the credentials belong to, by STS's own word.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "the docs of options are the help, shown as they are"
)]

use core::error::Error;

use clap::{Args, ValueEnum};
use rolesig_std::{Caller, StsEndpoint};
use serde_json::json;

use super::credentials::Fetched;
use crate::system::ExitStatus;
use crate::system::standard_streams::print;

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

/// Asks STS (GetCallerIdentity) about credentials.
pub async fn whoami(
    options: &WhoamiOptions,
    sts: &StsEndpoint,
    fetched: Result<Fetched, Box<dyn Error>>,
) -> ExitStatus {
    match caller(sts, fetched).await {
        Ok(caller) => {
            ExitStatus::of_printed("whoami", print(shown(&caller, options.format).as_bytes()))
        }
        Err(error) => {
            tell!("whoami: {error}");
            ExitStatus::Failed
        }
    }
}

async fn caller(
    sts: &StsEndpoint,
    fetched: Result<Fetched, Box<dyn Error>>,
) -> Result<Caller, Box<dyn Error>> {
    Ok(Caller::of(&fetched?.identity, sts).await?)
}

fn shown(caller: &Caller, format: Format) -> String {
    let Caller { account_id, arn, user_id } = caller;
    match format {
        Format::Text => format!("account  {account_id}\narn      {arn}\nuser id  {user_id}\n"),
        Format::Json => {
            let document = json!({"UserId": user_id, "ObjectProgress": account_id, "Arn": arn});
            format!("{document}\n")
        }
    }
}
