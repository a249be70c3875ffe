//! The steps about credentials: the metadata service, and the chain of providers.

use std::sync::Arc;

use rolesig::conversation::{ConversationError, NotHere};
use rolesig_std::cache::CacheError;
use rolesig_std::provider::{Attempt, ImdsError, Outcome};
use rolesig_std::{Cache, Chain, Clock, Environment, Identity, Source};

use super::report::StepReport;
use super::step::Step;
use crate::s3::error::runtime_role::{of_imds, with_hint};

const IRSA: &str = "for EKS: annotate the service account with eks.amazonaws.com/role-arn (IRSA) or \
                    create a Pod Identity association, and then recreate the pod";

/// Fetches credentials, and reports where they come from. Returns whether there are any.
pub(super) async fn credentials(
    report: &StepReport,
    cache: &Cache<Chain>,
    environment: &Environment,
) -> bool {
    match cache.identity().await {
        Ok(identity) => found(report, &identity),
        Err(error) => {
            missing(report, &error, environment);
            false
        }
    }
}

fn found(report: &StepReport, identity: &Arc<Identity>) -> bool {
    let credentials = identity.credentials();
    report.hide(credentials.secret_access_key);
    credentials.session_token.into_iter().for_each(|token| report.hide(token));
    let source = identity.source();
    match imds(source) {
        Some(imds) => report.ok(Step::Metadata, &format!("{imds}; the hop limit suffices")),
        None => {
            report.skipped(Step::Metadata, &format!("not asked: credentials come from {source}"));
        }
    }
    let key = credentials.access_key_id;
    if key.starts_with("ASIA") && credentials.session_token.is_none() {
        let detail = format!("{source}: the access key id {} is temporary", masked(key));
        let remedy = "set the session token that belongs to it (AWS_SESSION_TOKEN), too; or remove \
                      the keys, so that the role of this machine takes their place";
        report.failed(Step::Credentials, &detail, Some(remedy));
        return false;
    }
    let expiry = identity.expires_at().map_or_else(
        || "which do not expire".to_owned(),
        |at| format!("for {} s more", at.seconds_since(Clock::SYSTEM.now()).unwrap_or(0)),
    );
    let mut detail = format!("{source}; access key id {}, {expiry}", masked(key));
    if imds(source).is_some() && is_pod() {
        detail = format!("{detail}; this pod has the role of its node ({IRSA})");
    }
    report.ok(Step::Credentials, &detail);
    true
}

/// Returns the metadata service among the sources, of the role itself or of one that assumed it.
fn imds(source: &Source) -> Option<&Source> {
    match source {
        Source::Imds { .. } => Some(source),
        Source::AssumedRole { by, .. } => imds(by),
        _ => None,
    }
}

fn missing(
    report: &StepReport,
    error: &CacheError<rolesig_std::provider::ChainError>,
    environment: &Environment,
) {
    let CacheError::Provider(chain) = error else {
        report.failed(Step::Credentials, &error.to_string(), None);
        return;
    };
    metadata(report, &chain.attempts);
    let detail = with_hint(chain, &chain.attempts);
    report.failed(Step::Credentials, &detail, remedy(&chain.attempts, environment));
}

/// Reports on the metadata service, if it was asked.
fn metadata(report: &StepReport, attempts: &[Attempt]) {
    let asked = attempts.iter().find_map(|attempt| match &attempt.outcome {
        Outcome::NotHere(error) | Outcome::Failed(error) => of_imds(error),
        _ => None,
    });
    if let Some(error) = asked {
        report.failed(Step::Metadata, &error.to_string(), remedy_of_imds(error));
        return;
    }
    let last = attempts.last();
    let reason = last.map_or_else(
        || "not asked".to_owned(),
        |last| match &last.outcome {
            Outcome::NotConfigured(why) => why.to_string(),
            _ => "not asked: the provider before it failed".to_owned(),
        },
    );
    report.skipped(Step::Metadata, &reason);
}

const fn remedy_of_imds(error: &ImdsError) -> Option<&'static str> {
    Some(match error {
        ImdsError::HopLimit { .. } => {
            "the response does not reach a container through a hop limit of 1: raise it (aws ec2 \
             modify-instance-metadata-options --http-put-response-hop-limit 2), use the network of \
             the host, or give the container another role (ECS task role, EKS Pod Identity)"
        }
        ImdsError::NotThere { .. } => {
            "this is no EC2 instance, or the way to its metadata service is closed (a firewall, a \
             network policy, a runtime role of EMR): give credentials another way"
        }
        ImdsError::Conversation { source: ConversationError::NotHere(not_here), .. } => {
            match not_here {
                NotHere::NoRoleAttached => {
                    "attach a role: aws ec2 associate-iam-instance-profile (rolefs -setup prints \
                     the role, its instance profile and its policies)"
                }
                NotHere::MetadataDisabled => {
                    "aws ec2 modify-instance-metadata-options --http-endpoint enabled"
                }
                _ => {
                    "only IMDSv2 is used: enable it (--http-endpoint enabled), or update the proxy"
                }
            }
        }
        ImdsError::Refused { .. } => {
            "have the role's trust policy allow sts:AssumeRole to ec2.amazonaws.com (rolefs -setup \
             prints it), and check that the role of the instance profile still exists"
        }
        _ => return None,
    })
}

/// Returns what to do where no provider has credentials: for the one that failed, or for all.
fn remedy(attempts: &[Attempt], environment: &Environment) -> Option<&'static str> {
    let failed = |attempt: &&Attempt| matches!(attempt.outcome, Outcome::Failed(_));
    let failed = attempts.iter().find(failed).map(|attempt| attempt.provider);
    Some(match failed {
        Some("web identity") => {
            "check the annotation eks.amazonaws.com/role-arn of the service account, and that the \
             role's trust policy allows sts:AssumeRoleWithWebIdentity to the cluster's OIDC \
             provider, for the audience sts.amazonaws.com and the subject \
             system:serviceaccount:NAMESPACE:NAME"
        }
        Some("container") if environment.get(FULL_URI).is_some_and(is_pod_identity) => {
            "check that the agent of EKS Pod Identity runs on the node (add-on \
             eks-pod-identity-agent), that an association names this namespace and service account \
             (aws eks list-pod-identity-associations), and that the role's trust policy allows \
             sts:AssumeRole and sts:TagSession to pods.eks.amazonaws.com"
        }
        Some("container") => {
            "check the task role (taskRoleArn), that its trust policy allows \
             ecs-tasks.amazonaws.com, and the variables AWS_CONTAINER_*"
        }
        Some(_) => return None,
        None if is_pod() => IRSA,
        None => {
            "attach a role to this machine (rolefs -setup prints how), set AWS_PROFILE, or set \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        }
    })
}

const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

/// Returns whether a URL is of the agent of EKS Pod Identity.
///
/// Source: "Learn how EKS Pod Identity grants pods access to AWS services", Amazon EKS User Guide.
fn is_pod_identity(url: &str) -> bool {
    url.contains("//169.254.170.23/")
        || url.contains("fd00:ec2::23")
        || url.ends_with("/v1/credentials")
}

/// Returns whether this process runs in a pod of Kubernetes.
fn is_pod() -> bool {
    std::env::var_os("KUBERNETES_SERVICE_HOST").is_some()
}

/// Returns an access key id without its middle.
fn masked(key: &str) -> String {
    let end = |text: &str| {
        text.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect::<String>()
    };
    let begin: String = key.chars().take(4).collect();
    if key.chars().count() <= 12 {
        format!("{begin}...")
    } else {
        format!("{begin}...{}", end(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_ends_of_long_keys_only() {
        assert_eq!(masked("ASIAIOSFODNN7EXAMPLE"), "ASIA...MPLE");
        assert_eq!(masked("test:tester"), "test...");
        assert_eq!(masked("a"), "a...");
    }
}
