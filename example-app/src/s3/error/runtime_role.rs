//! A note for errors without credentials: steps of Amazon EMR with a runtime role.

use core::fmt::Display;
use std::path::Path;

use rolesig_std::cache::CacheError;
use rolesig_std::client::ClientError;
use rolesig_std::provider::{Attempt, ImdsError, Outcome, ProviderError};

/// Returns the reasons why there are no credentials, with a hint where it is known what to do.
pub(crate) fn with_hint(error: &impl Display, attempts: &[Attempt]) -> String {
    let hint = hint(attempts.iter().map(|attempt| &attempt.outcome), Path::new(EMR_NODE));
    hint.map_or_else(|| error.to_string(), |hint| format!("{error}\n{hint}"))
}

/// Returns why a request was not sent, with a hint where there are no credentials.
pub(crate) fn message(error: &ClientError) -> String {
    match error {
        ClientError::Credentials(CacheError::Provider(chain)) => with_hint(error, &chain.attempts),
        error => error.to_string(),
    }
}

/// A file on every node of Amazon EMR: the description of its cluster.
///
/// Source: "View log files" (Amazon EMR Management Guide).
const EMR_NODE: &str = "/mnt/var/lib/info/job-flow.json";

/// Returns what to do on a node of Amazon EMR where the metadata service gives nothing. There,
/// steps and jobs with a runtime role are cut off from it.
///
/// Source: "Runtime roles for Amazon EMR steps" (Amazon EMR Management Guide).
fn hint<'o>(
    mut outcomes: impl Iterator<Item = &'o Outcome>,
    emr_node: &Path,
) -> Option<&'static str> {
    let is_cut_off = outcomes.any(|outcome| match outcome {
        Outcome::NotHere(error) | Outcome::Failed(error) => of_imds(error).is_some(),
        _ => false,
    });
    (is_cut_off && emr_node.exists()).then_some(
        "This is a node of Amazon EMR, and its metadata service gives no credentials: it is closed \
         to steps and jobs that have a runtime role. EMR hands that role's credentials to Spark, \
         Hive and S3A within their own processes, and to no other program. Run rolefs in a step \
         without a runtime role, or give it credentials: environment variables, or a profile (role_arn, \
         credential_process)",
    )
}

/// Returns the metadata service's error, if it is the reason.
pub(crate) fn of_imds(error: &ProviderError) -> Option<&ImdsError> {
    match error {
        ProviderError::Imds(error) => Some(error),
        ProviderError::Source { source, .. } => of_imds(source),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use std::sync::Arc;

    use super::*;

    #[test]
    fn recognizes_runtime_roles_of_emr() {
        let gone = || ImdsError::Total { endpoint: "e".to_owned(), after: Duration::ZERO }.into();
        let source = ProviderError::Source { role_arn: String::new(), source: Box::new(gone()) };
        let here = tempfile::NamedTempFile::new().unwrap();
        let hint_of = |outcome, path| hint([outcome].iter(), path);
        for error in [gone(), source] {
            let error = Arc::new(error);
            let hint = hint_of(Outcome::NotHere(Arc::clone(&error)), here.path()).unwrap();
            assert!(hint.contains("without a runtime role"), "{hint}");
            let elsewhere = Path::new("/no/such/file");
            assert_eq!(hint_of(Outcome::Failed(error), elsewhere), None);
        }
        assert_eq!(hint_of(Outcome::NotAsked, here.path()), None);
        let other = Arc::new(ProviderError::NoRoleArn);
        assert_eq!(hint_of(Outcome::Failed(other), here.path()), None);
    }
}
