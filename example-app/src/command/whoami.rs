//! `rolefs -whoami`: the owner of the credentials, as STS reports it.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "the docs of options are the help, shown as they are"
)]

use core::error::Error;

use clap::{Args, ValueEnum};
use futures_util::future::LocalBoxFuture;
use rolesig_std::Clock;
use rolesig_std::provider::{Caller, StsEndpoint};
use serde_json::json;

use super::kind::{ServiceCommand, ServiceOutcome};
use super::session::{Fetched, Session};
use crate::system::ExitStatus;
use crate::system::excerpt::printable;
use crate::system::standard_streams::print;

/// The options of `-whoami`.
#[derive(Args, Debug)]
pub struct WhoamiOptions {
    /// The format.
    #[arg(long, value_enum, default_value_t)]
    pub format: CallerFormat,
}

/// The format of a printed caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CallerFormat {
    /// For people.
    #[default]
    Text,
    /// As STS and the AWS CLI have it.
    Json,
}

impl ServiceCommand for WhoamiOptions {
    fn run<'r>(&'r self, session: &'r Session<'r>) -> LocalBoxFuture<'r, ServiceOutcome> {
        Box::pin(async move {
            let (settings, environment) = session.settings()?;
            let sts = session.sts(&environment)?;
            let fetched = session.fetch(&settings, &environment).await;
            Ok(whoami(self, &sts, fetched).await)
        })
    }

    fn no_sandbox(&self) -> Option<&'static str> {
        Some(
            "it has no STS to ask: leave out -sandbox (the role is rolefs-sandbox-role, of no account)",
        )
    }
}

/// Asks STS (GetCallerIdentity) about credentials.
async fn whoami(
    options: &WhoamiOptions,
    sts: &StsEndpoint,
    fetched: Result<Fetched, Box<dyn Error>>,
) -> ExitStatus {
    match caller(sts, fetched).await {
        Ok(caller) => {
            ExitStatus::of_printed("whoami", print(shown(&caller, options.format).as_bytes()))
        }
        Err(error) => {
            message!("whoami: {error}");
            ExitStatus::Failed
        }
    }
}

async fn caller(
    sts: &StsEndpoint,
    fetched: Result<Fetched, Box<dyn Error>>,
) -> Result<Caller, Box<dyn Error>> {
    Ok(Caller::of(&fetched?.identity, sts, Clock::SYSTEM).await?)
}

fn shown(caller: &Caller, format: CallerFormat) -> String {
    let Caller { account_id, arn, user_id, .. } = caller;
    match format {
        CallerFormat::Text => {
            let [account_id, arn, user_id] = [account_id, arn, user_id].map(|text| printable(text));
            format!("account  {account_id}\narn      {arn}\nuser id  {user_id}\n")
        }
        CallerFormat::Json => {
            let document = json!({"UserId": user_id, "Account": account_id, "Arn": arn});
            format!("{document}\n")
        }
    }
}
