//! Credentials from a program: `credential_process`.

use core::time::Duration;
use std::fmt;
use std::process::{ExitStatus, Stdio};

use rolesig::{Credentials, Timestamp};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::identity::{Identity, Source};
use crate::provider::provide_credentials::ProvideCredentials;
use crate::read::json::{JsonError, JsonObject};

#[cfg(target_os = "linux")]
mod ancestors;
mod command;
mod error;
mod running;
mod started;

use error::OUTPUT_LIMIT;
pub use error::ProcessError;
use running::Running;
use started::{Started, VARIABLE};

/// The time to read the rest after a program has ended: a busy machine may need it.
const DRAIN: Duration = Duration::from_secs(2);

/// Runs the program that a profile names as `credential_process`, and reads its output.
///
/// A variable lists the programs that were started before it, so that profiles that form a circle,
/// through other processes too, are refused at the first repetition.
///
/// No shell runs it: `~`, `$HOME` and `|` mean nothing. It inherits the environment and writes to
/// the standard error of this program; of standard input it gets nothing, since that may be data.
/// It stays in the process group of this program, so that it may ask its user something on the
/// terminal, and Ctrl-C reaches it.
///
/// Source: "Process credential provider", AWS SDKs and Tools Reference Guide.
///
/// ```
/// use core::time::Duration;
/// use rolesig_std::provider::ProcessProvider;
///
/// let provider = ProcessProvider::new("ci", "vault-helper --role ci")?;
/// let provider = provider.with_time_limit(Duration::from_secs(10));
/// assert!(ProcessProvider::new("ci", "").is_err());
/// # drop(provider);
/// # Ok::<(), rolesig_std::provider::ProcessError>(())
/// ```
pub struct ProcessProvider {
    profile: String,
    program: String,
    arguments: Vec<String>,
    time_limit: Duration,
    account_id: Option<String>,
}

impl ProcessProvider {
    /// The time that a program may take by default: 60 s. Some wait for a person.
    pub const TIME_LIMIT: Duration = Duration::from_secs(60);

    /// Takes the value of `credential_process` in the profile of this name, which only errors use.
    ///
    /// # Errors
    /// If the command is empty, or a quote in it has no end.
    pub fn new(profile: impl Into<String>, command: &str) -> Result<Self, ProcessError> {
        let profile = profile.into();
        let arguments = command::split(command).unwrap_or_default();
        let mut arguments = arguments.into_iter();
        let Some(program) = arguments.next().filter(|program| !program.is_empty()) else {
            return Err(ProcessError::Command { profile });
        };
        let arguments = arguments.collect();
        Ok(Self { profile, program, arguments, time_limit: Self::TIME_LIMIT, account_id: None })
    }

    /// Bounds the time that the program may take.
    #[must_use]
    pub fn with_time_limit(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    /// Sets the account of the profile (`aws_account_id`), for a program that names none.
    #[must_use]
    pub fn with_account_id(self, account_id: Option<String>) -> Self {
        Self { account_id, ..self }
    }

    /// Returns the programs on the way, this one last.
    fn started(&self) -> Result<Started, ProcessError> {
        let words = core::iter::once(&self.program).chain(&self.arguments);
        let words: Vec<_> = words.map(String::as_str).collect();
        let started = Started::before_this_process()
            .and(&self.profile, &words)
            .map_err(|way| ProcessError::Circle { profile: self.profile.clone(), way })?;
        #[cfg(target_os = "linux")]
        if ancestors::repeats() {
            let (profile, program) = (self.profile.clone(), self.program.clone());
            return Err(ProcessError::CircleOfProcesses { profile, program });
        }
        Ok(started)
    }

    fn start(&self, started: &Started) -> Result<Child, ProcessError> {
        Command::new(&self.program)
            .args(&self.arguments)
            .env(VARIABLE, started.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| ProcessError::NotStarted {
                profile: self.profile.clone(),
                program: self.program.clone(),
                source,
            })
    }

    /// Returns what the program prints, once it has ended well. A program that is given up is
    /// killed, and on Linux the processes that it started, too.
    async fn output(&self) -> Result<Zeroizing<Vec<u8>>, ProcessError> {
        let profile = self.profile.clone();
        let started = self.started()?;
        let abandoned = started.ended();
        let mut child = Running(self.start(&started)?);
        // Never grows, so leaves no copies behind.
        let mut output = Zeroizing::new(Vec::with_capacity(OUTPUT_LIMIT + 1));
        let ended = tokio::select! {
            ended = end(&mut child, &mut output) => ended,
            () = abandoned => return Err(ProcessError::Abandoned { profile }),
        };
        match ended {
            Err(source) => Err(ProcessError::Broken { profile, source }),
            Ok(_) if output.len() > OUTPUT_LIMIT => Err(ProcessError::TooLong { profile }),
            Ok(status) if !status.success() => Err(ProcessError::Failed { profile, status }),
            Ok(_) => Ok(output),
        }
    }

    fn identity(&self, output: &[u8], now: Timestamp) -> Result<Identity, ProcessError> {
        let wrong = |error| ProcessError::Output { profile: self.profile.clone(), error };
        let object = JsonObject::read(output).map_err(wrong)?;
        match object.number("Version") {
            Ok(1) => {}
            Err(error @ JsonError::Missing(_)) => return Err(wrong(error)),
            _ => return Err(wrong(JsonError::Wrong { field: "Version", wants: "the number 1" })),
        }
        let access_key_id = object.visible("AccessKeyId").map_err(wrong)?;
        let secret_access_key = object.visible("SecretAccessKey").map_err(wrong)?;
        let session_token = match object.visible("SessionToken") {
            Err(JsonError::Missing(_)) => None,
            session_token => Some(session_token.map_err(wrong)?),
        };
        let expires_at = self.expires_at(&object, now)?;
        let account_id = object.word("AccountId");
        let account_id = account_id.as_ref().map(|text| text.as_str());
        Ok(Identity::new(
            Credentials {
                access_key_id: &access_key_id,
                secret_access_key: &secret_access_key,
                session_token: session_token.as_ref().map(|text| text.as_str()),
            },
            expires_at,
            account_id.or(self.account_id.as_deref()),
            Source::Process { profile: self.profile.clone() },
        ))
    }

    /// Reads what a program printed: for the fuzz targets.
    #[cfg(fuzzing)]
    #[doc(hidden)]
    pub fn read_output(&self, output: &[u8], now: Timestamp) -> Result<Identity, ProcessError> {
        self.identity(output, now)
    }

    /// Splits a command into the program and its arguments, for the fuzz targets; `None` if a quote
    /// is not closed.
    #[cfg(fuzzing)]
    #[doc(hidden)]
    pub fn split_command(command: &str) -> Option<Vec<String>> {
        command::split(command).ok()
    }

    /// Returns when the program's credentials expire; `None` if it does not report it.
    fn expires_at(
        &self,
        object: &JsonObject<'_>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, ProcessError> {
        const FIELD: &str = "Expiration";
        let wrong = |error| ProcessError::Output { profile: self.profile.clone(), error };
        let expires_at = match object.time(FIELD) {
            Err(JsonError::Missing(_)) => return Ok(None),
            expires_at => expires_at.map_err(wrong)?,
        };
        if expires_at <= now {
            return Err(ProcessError::Expired { profile: self.profile.clone(), expires_at });
        }
        Ok(Some(expires_at))
    }
}

/// Reads a program's output until it ends, or prints too much and is killed.
async fn end(child: &mut Child, output: &mut Vec<u8>) -> Result<ExitStatus, std::io::Error> {
    let Some(mut stdout) = child.stdout.take() else { return child.wait().await };
    {
        let reading = read(&mut stdout, output);
        tokio::pin!(reading);
        tokio::select! {
            done = &mut reading => done?,
            status = child.wait() => {
                // A process that it left running can hold the pipe open for ever.
                if let Ok(done) = timeout(DRAIN, reading).await {
                    done?;
                }
                return status;
            }
        }
    }
    if output.len() > OUTPUT_LIMIT {
        child.start_kill()?;
    }
    child.wait().await
}

/// Reads all, or one byte more than is taken.
async fn read(
    stdout: &mut (impl AsyncRead + Unpin),
    output: &mut Vec<u8>,
) -> Result<(), std::io::Error> {
    while output.len() <= OUTPUT_LIMIT {
        let room = u64::try_from(OUTPUT_LIMIT + 1 - output.len()).unwrap_or_default();
        if stdout.take(room).read_buf(output).await? == 0 {
            break;
        }
    }
    Ok(())
}

impl ProvideCredentials for ProcessProvider {
    type Error = ProcessError;

    /// Runs the program once.
    async fn fetch(&mut self, clock: Clock) -> Result<Identity, ProcessError> {
        let output = timeout(self.time_limit, self.output()).await.map_err(|_| {
            ProcessError::TimeLimit { profile: self.profile.clone(), after: self.time_limit }
        })??;
        self.identity(&output, clock.now())
    }

    fn max_fetch_time(&self) -> Duration {
        self.time_limit
    }

    fn is_final(error: &ProcessError) -> bool {
        match error {
            ProcessError::NotStarted { source, .. } => matches!(
                source.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied
            ),
            ProcessError::Command { .. }
            | ProcessError::Circle { .. }
            | ProcessError::CircleOfProcesses { .. }
            | ProcessError::Output {
                error: JsonError::Wrong { .. } | JsonError::NotText { .. },
                ..
            } => true,
            _ => false,
        }
    }
}

/// Without the arguments: some hold a password.
impl fmt::Debug for ProcessProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessProvider")
            .field("profile", &self.profile)
            .field("program", &self.program)
            .field("time_limit", &self.time_limit)
            .finish_non_exhaustive()
    }
}
