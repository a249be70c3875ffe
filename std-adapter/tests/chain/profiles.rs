//! Profiles: those that make no sense, and whom they name.

use std::fs;

use rolesig_std::provider::StsEndpoint;
use rolesig_std::{Chain, Clock, ProvideCredentials as _, Source};
use tokio::net::TcpListener;

use crate::files::{ROLE, said, with_files};

#[tokio::test]
async fn refuses_contradictory_profiles_and_stops() {
    for (config, expected) in [
        (
            "[default]\naws_access_key_id = AKID\n".to_owned(),
            "failed: profile default: aws_access_key_id is set but aws_secret_access_key is not",
        ),
        (format!("[default]\n{ROLE}"), "role_arn needs source_profile or credential_source"),
        (
            format!("[default]\n{ROLE}source_profile = a\ncredential_source = Environment\n"),
            "source_profile and credential_source exclude each other",
        ),
        (
            format!("[default]\n{ROLE}source_profile = nowhere\n"),
            "source_profile names the profile \"nowhere\", which is not in",
        ),
        (
            format!("[default]\n{ROLE}source_profile = a\n[profile a]\n{ROLE}source_profile = default\n"),
            "profile a: source_profile forms a cycle: default -> a -> default",
        ),
        (format!("[default]\n{ROLE}source_profile = default\n"), "cycle: default -> default"),
        (
            format!("[default]\n{ROLE}source_profile = a\n[profile a]\nregion = eu-west-1\n"),
            "source_profile is a, which has no credentials",
        ),
        (
            format!("[default]\n{ROLE}credential_source = Somewhere\n"),
            "credential_source must be Environment, Ec2InstanceMetadata or EcsContainer",
        ),
        (
            format!("[default]\n{ROLE}credential_source = Environment\n"),
            "credential_source is Environment, but AWS_ACCESS_KEY_ID is not set",
        ),
        (
            format!("[default]\n{ROLE}credential_source = EcsContainer\n"),
            "credential_source is EcsContainer, but neither AWS_CONTAINER",
        ),
        (
            format!("[default]\n{ROLE}duration_seconds = long\nsource_profile = default\naws_access_key_id = a\naws_secret_access_key = s\n"),
            "duration_seconds must be a number",
        ),
        ("[default]\nweb_identity_token_file = /x\n".to_owned(), "needs role_arn"),
        ("[default]\nsso_account_id = 1\n".to_owned(), "sso_region is missing"),
        (
            "[default]\nsso_account_id = 1\nsso_role_name = r\nsso_session = s\n".to_owned(),
            "there is no [sso-session s]",
        ),
        (
            "[default]\nsso_account_id = 1\nsso_role_name = r\nsso_session = s\nsso_region = eu-west-1\n[sso-session s]\nsso_region = eu-west-2\nsso_start_url = u\n".to_owned(),
            "sso_region differs from that of [sso-session s]",
        ),
        ("[default]\nlogin_session = arn\n".to_owned(), "login_session"),
        ("[default]\ncredential_process = \"\n".to_owned(), "quot"),
        ("[default\n".to_owned(), "config:1: "),
    ] {
        let said = said(&config).await;
        assert!(said.starts_with("failed: ") && said.contains(expected), "{config}\n{said}");
    }
}

#[tokio::test]
async fn skips_a_profile_without_credentials() {
    assert_eq!(
        said("[default]\nregion = eu-west-1\n").await,
        "skipped: the profile default has no credentials"
    );
}

#[tokio::test]
async fn uses_keys_of_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    let credentials = "[ci]\naws_access_key_id = AKID\naws_secret_access_key = s\n\
                       aws_session_token = t\naws_account_id = 111122223333\n";
    let mut environment = with_files(folder.path(), "[profile ci]\nregion = r\n", credentials);
    environment.set("AWS_PROFILE", "ci");
    let identity = Chain::new(&environment).fetch(Clock::SYSTEM).await.unwrap();
    assert_eq!(identity.credentials().session_token, Some("t"));
    assert_eq!(identity.account_id(), Some("111122223333"));
    assert_eq!(*identity.source(), Source::Profile { profile: "ci".to_owned() });

    environment.set("AWS_PROFILE", "prod");
    let error = Chain::new(&environment).fetch(Clock::SYSTEM).await.unwrap_err().to_string();
    assert!(error.contains("AWS_PROFILE names the profile \"prod\""), "{error}");
    assert_eq!(error.matches(": not asked").count(), 3, "nothing comes after: {error}");
}

#[tokio::test]
async fn takes_keys_and_their_token_from_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let keys = "aws_access_key_id = AKID\naws_secret_access_key = s\n";
    let more = "aws_session_token = of-others\naws_account_id = 111122223333\n";
    for (config, credentials) in [
        (format!("[default]\n{more}"), format!("[default]\n{keys}")),
        (format!("[default]\n{keys}{more}"), format!("[default]\n{keys}")),
        (format!("[default]\n{keys}"), format!("[default]\n{more}")),
    ] {
        let environment = with_files(folder.path(), &config, &credentials);
        let identity = Chain::new(&environment).fetch(Clock::SYSTEM).await.unwrap();
        assert_eq!(identity.credentials().access_key_id, "AKID");
        assert_eq!(identity.credentials().session_token, None, "{config}{credentials}");
        assert_eq!(identity.account_id(), None);
    }
    let environment = with_files(
        folder.path(),
        "[default]\naws_access_key_id = AKID\n",
        "[default]\naws_secret_access_key = of-others\n",
    );
    let error = Chain::new(&environment).fetch(Clock::SYSTEM).await.unwrap_err().to_string();
    assert!(error.contains("aws_secret_access_key is set but aws_access_key_id is not"), "{error}");
}

#[tokio::test]
async fn prefers_a_named_profile_to_keys_and_lets_it_use_them() {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[profile keys]\naws_access_key_id = FILE\naws_secret_access_key = s\n\
         [profile role]\n{ROLE}credential_source = Environment\n"
    );
    let mut environment = with_files(folder.path(), &config, "");
    environment.set("AWS_ACCESS_KEY_ID", "AKID");
    environment.set("AWS_SECRET_ACCESS_KEY", "s");
    environment.set("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1");
    environment.name_profile("keys");
    let identity = Chain::new(&environment).fetch(Clock::SYSTEM).await.unwrap();
    assert_eq!(identity.credentials().access_key_id, "FILE");
    environment.name_profile("role");
    let error = Chain::new(&environment).fetch(Clock::SYSTEM).await.unwrap_err().to_string();
    assert!(error.contains("skipped: a named profile takes precedence"), "{error}");
    assert!(error.contains("failed: http://127.0.0.1:1"), "STS is asked: {error}");

    fs::write(folder.path().join("config"), "[profile empty]\nregion = eu-west-1\n").unwrap();
    environment.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/file");
    environment.set("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/r");
    environment.name_profile("empty");
    let error = Chain::new(&environment).fetch(Clock::SYSTEM).await.unwrap_err();
    assert!(error.to_string().contains("skipped: a named profile takes"), "{error}");
    assert_eq!(error.attempts.len(), 5, "nothing failed: {error}");
}

#[test]
fn signs_global_sts_for_us_east_1() {
    for endpoint in ["", "http://127.0.0.1:1"] {
        let environment = [("AWS_ENDPOINT_URL_STS", endpoint)].into_iter().collect();
        let sts = StsEndpoint::of(&environment, None).unwrap();
        assert_eq!(sts.region.as_str(), "us-east-1", "{}", sts.url);
    }
}

#[tokio::test]
async fn does_not_replace_a_role_without_a_source() {
    // Nobody listens where the metadata service should be, and there is a container's endpoint.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[default]\n{ROLE}credential_source = Ec2InstanceMetadata\n");
    let mut environment = with_files(folder.path(), &config, "");
    environment.remove("AWS_EC2_METADATA_DISABLED");
    environment.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{free}"));
    environment.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("http://{free}/"));
    let error = Chain::new(&environment).fetch(Clock::SYSTEM).await.unwrap_err();
    let shown = error.to_string();
    assert_eq!(shown.matches(": not asked").count(), 3, "{shown}");
    assert!(shown.contains("failed: to assume arn:aws:iam::111122223333:role/r: "), "{shown}");
}

#[tokio::test]
async fn requires_a_region_for_a_role_of_another_partition() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[default]\nrole_arn = arn:aws-cn:iam::111122223333:role/r\n\
                  source_profile = default\naws_access_key_id = a\naws_secret_access_key = s\n";
    let mut environment = with_files(folder.path(), config, "");
    environment.remove("AWS_REGION");
    let error = Chain::new(&environment).fetch(Clock::SYSTEM).await.unwrap_err().to_string();
    assert!(error.contains("role/r: set AWS_REGION"), "{error}");
}

#[tokio::test]
async fn refuses_half_a_web_identity() {
    let environment =
        [("AWS_WEB_IDENTITY_TOKEN_FILE", "/x"), ("AWS_EC2_METADATA_DISABLED", "true")];
    let error =
        Chain::new(&environment.into_iter().collect()).fetch(Clock::SYSTEM).await.unwrap_err();
    let error = error.to_string();
    assert!(error.contains("AWS_ROLE_ARN is not: set both, or neither\n"), "{error}");
}

#[tokio::test]
async fn refuses_role_chains_that_would_exhaust_the_stack() {
    for length in [33, 75, 1000] {
        for last in ["aws_access_key_id = a\naws_secret_access_key = s\n", "source_profile = p1\n"]
        {
            let begin = format!("[default]\n{ROLE}source_profile = p1\n");
            let links = (1..length).map(|number| {
                format!("[profile p{number}]\n{ROLE}source_profile = p{}\n", number + 1)
            });
            let end = format!("[profile p{length}]\n{ROLE}{last}");
            let config: String = [begin].into_iter().chain(links).chain([end]).collect();
            let said = said(&config).await;
            let expected = "source_profile leads through more than 32 profiles, from default on";
            assert!(said.contains(expected), "{length}: {said}");
        }
    }
}
