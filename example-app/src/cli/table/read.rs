//! The readers of commands: from what clap matched to the command.

use clap::error::Error;
use clap::{ArgMatches, FromArgMatches};

use crate::command::copy::{CopyCommand, CopyOptions, CpOptions};
use crate::command::du::DuOptions;
use crate::command::file_command::FileCommand;
use crate::command::get::{GetCommand, GetOptions};
use crate::command::help::HelpCommand;
use crate::command::kind::{Command, LocalCommand, RemoteCommand, ServiceCommand};
use crate::command::ls::LsOptions;
use crate::command::old_name::OldName;
use crate::command::put::{PutCommand, PutOptions, SourceFate};
use crate::command::rm::RmOptions;

pub(super) fn file<C: FileCommand + FromArgMatches + 'static>(
    matches: &ArgMatches,
) -> Result<Command, Error> {
    Ok(Command::Remote(RemoteCommand::File(Box::new(C::from_arg_matches(matches)?))))
}

pub(super) fn service<C: ServiceCommand + FromArgMatches + 'static>(
    matches: &ArgMatches,
) -> Result<Command, Error> {
    Ok(Command::Remote(RemoteCommand::Service(Box::new(C::from_arg_matches(matches)?))))
}

pub(super) fn local<C: LocalCommand + FromArgMatches + 'static>(
    matches: &ArgMatches,
) -> Result<Command, Error> {
    Ok(Command::Local(Box::new(C::from_arg_matches(matches)?)))
}

pub(super) fn help<O: FromArgMatches>(
    of: fn(O) -> HelpCommand,
    matches: &ArgMatches,
) -> Result<Command, Error> {
    Ok(Command::Help(of(O::from_arg_matches(matches)?)))
}

pub(super) fn put(
    name: &'static str,
    after: SourceFate,
    matches: &ArgMatches,
) -> Result<Command, Error> {
    let command = PutCommand { name, options: PutOptions::from_arg_matches(matches)?, after };
    Ok(Command::Remote(RemoteCommand::File(Box::new(command))))
}

pub(super) fn get(name: &'static str, matches: &ArgMatches) -> Result<Command, Error> {
    let command = GetCommand { name, options: GetOptions::from_arg_matches(matches)? };
    Ok(Command::Remote(RemoteCommand::File(Box::new(command))))
}

pub(super) fn cp(matches: &ArgMatches) -> Result<Command, Error> {
    let CpOptions { overwrite, preserve, copy, .. } = CpOptions::from_arg_matches(matches)?;
    Ok(copied("cp", SourceFate::Kept, (overwrite, preserve.is_some()), copy))
}

pub(super) fn mv(matches: &ArgMatches) -> Result<Command, Error> {
    let options = CopyOptions::from_arg_matches(matches)?;
    Ok(copied("mv", SourceFate::Deleted, (false, false), options))
}

fn copied(
    name: &'static str,
    after: SourceFate,
    (overwrite, preserve): (bool, bool),
    options: CopyOptions,
) -> Command {
    let command = CopyCommand { name, options, overwrite, preserve, after };
    Command::Remote(RemoteCommand::File(Box::new(command)))
}

pub(super) fn rmr(matches: &ArgMatches) -> Result<Command, Error> {
    let options = RmOptions::from_arg_matches(matches)?;
    let old = Some(OldName { name: "rmr", instead: "-rm -r" });
    let command = RmOptions { recursive: true, old, ..options };
    Ok(Command::Remote(RemoteCommand::File(Box::new(command))))
}

pub(super) fn lsr(matches: &ArgMatches) -> Result<Command, Error> {
    let options = LsOptions::from_arg_matches(matches)?;
    let old = Some(OldName { name: "lsr", instead: "ls -R" });
    let command = LsOptions { recursive: true, old, ..options };
    Ok(Command::Remote(RemoteCommand::File(Box::new(command))))
}

pub(super) fn dus(matches: &ArgMatches) -> Result<Command, Error> {
    let options = DuOptions::from_arg_matches(matches)?;
    let old = Some(OldName { name: "dus", instead: "du -s" });
    let command = DuOptions { summary: true, old, ..options };
    Ok(Command::Remote(RemoteCommand::File(Box::new(command))))
}
