//! Configurations: where region, endpoints and credentials come from.

use std::fs;

use http::Request;
use rolesig_std::client::{BytesBody, ConfigError};
use rolesig_std::provider::RoleToAssume;
use rolesig_std::{Cache, Chain, Config, Environment};
use tokio::io::AsyncWriteExt as _;

use crate::scripted::{Server, header, ok, response};
use crate::service::Agent;

fn environment(agent: &Agent, variables: &[(&str, &str)]) -> Environment {
    let mut environment = agent.environment.clone();
    for (name, value) in variables {
        environment.set(*name, *value);
    }
    environment
}

fn get() -> Request<BytesBody> {
    Request::get("/a/b?c").body(BytesBody::default()).unwrap()
}

#[tokio::test]
async fn sends_to_the_endpoint_of_its_service() {
    let agent = Agent::new(1).await;
    let server = Server::answers(&[ok("stored")]).await;
    for (service, variable, signing_name) in [
        ("dynamodb", "AWS_ENDPOINT_URL_DYNAMODB", "dynamodb"),
        ("logs", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "logs"),
        ("bedrock-runtime", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "bedrock"),
        ("stepfunctions", "AWS_ENDPOINT_URL_SFN", "states"),
        ("states", "AWS_ENDPOINT_URL_SFN", "states"),
        ("my-own", "AWS_ENDPOINT_URL_MY_OWN", "my-own"),
        ("s3", "AWS_ENDPOINT_URL", "s3"),
    ] {
        let url = format!("{}/base", server.origin);
        let variables = [("AWS_REGION", "eu-west-1"), (variable, &*url)];
        let config = Config::load(&environment(&agent, &variables)).await.unwrap();
        assert_eq!(config.client(service).unwrap().call(get()).await.unwrap().body(), "stored");
        let request = server.requests().pop().unwrap();
        assert!(request.starts_with("GET /base/a/b?c= HTTP/1.1\r\n"), "{request}");
        let authorization = header(&request, "authorization").unwrap();
        assert!(authorization.contains(&format!("/eu-west-1/{signing_name}/")), "{authorization}");
    }
}

#[tokio::test]
async fn derives_aws_endpoints_from_region_and_table() {
    let agent = Agent::new(1).await;
    let url = async |service: &'static str, region: &str| {
        let environment = environment(&agent, &[("AWS_REGION", region)]);
        let endpoint = Config::load(&environment).await.unwrap().endpoint(service);
        endpoint.map(|endpoint| format!("{} {}", endpoint.url, endpoint.signing_region))
    };
    for (service, region, expected) in [
        ("dynamodb", "eu-west-1", "https://dynamodb.eu-west-1.amazonaws.com eu-west-1"),
        ("dynamodb", "cn-north-1", "https://dynamodb.cn-north-1.amazonaws.com.cn cn-north-1"),
        ("cloudwatch", "eu-west-1", "https://monitoring.eu-west-1.amazonaws.com eu-west-1"),
        ("iam", "eu-west-1", "https://iam.amazonaws.com us-east-1"),
        ("dsql", "eu-west-1", "https://dsql.eu-west-1.api.aws eu-west-1"),
        ("sts", "eu-west-1", "https://sts.eu-west-1.amazonaws.com eu-west-1"),
    ] {
        assert_eq!(url(service, region).await.unwrap(), expected);
    }
    let error = url("iam", "cn-north-1").await.unwrap_err();
    assert!(matches!(error, ConfigError::Endpoint(_)), "{error}");
}

#[tokio::test]
async fn configures_services_and_retries_by_profile() {
    let agent = Agent::new(1).await;
    let server = Server::answers(&[response(500, ""), response(500, ""), ok("stored")]).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config");
    let origin = &server.origin;
    fs::write(
        &path,
        format!(
            "[profile p]\nregion = eu-west-1\nmax_attempts = 2\nservices = s\n\
             [services s]\ndynamodb =\n  endpoint_url = {origin}\n"
        ),
    )
    .unwrap();
    let file = path.to_str().unwrap();
    let environment = environment(&agent, &[("AWS_CONFIG_FILE", file), ("AWS_PROFILE", "p")]);
    // The profile has no credentials; the container has.
    let config = Config::load(&environment).await.unwrap();
    assert_eq!(config.region().as_str(), "eu-west-1");
    let client = config.client("dynamodb").unwrap();
    assert_eq!(client.call(get()).await.unwrap_err().code(), Some("InternalServerError"));
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn takes_the_region_from_the_instance() {
    let imds = Server::new(|_, request, mut stream| async move {
        let given = if request.starts_with("PUT /latest/api/token ") {
            ok("the-token")
        } else if request.starts_with("GET /latest/meta-data/placement/region ") {
            ok("eu-north-1")
        } else {
            response(404, "")
        };
        let _ = stream.write_all(given.as_bytes()).await;
    })
    .await;
    let agent = Agent::new(1).await;
    let endpoint = imds.origin.to_string();
    let environment_of =
        |endpoint: &str| environment(&agent, &[("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint)]);
    let config = Config::load(&environment_of(&endpoint)).await.unwrap();
    assert_eq!(config.region().as_str(), "eu-north-1");
    let absent = Server::absent().await.to_string();
    let error = Config::load(&environment_of(&absent)).await.unwrap_err();
    assert!(error.to_string().starts_with("no region: set AWS_REGION"), "{error}");
    let off = environment(&agent, &[("AWS_EC2_METADATA_DISABLED", "true")]);
    let error = Config::load(&off).await.unwrap_err();
    assert!(matches!(error, ConfigError::NoRegion { instance: None }), "{error}");
    for (name, value) in [("AWS_PROFILE", "none"), ("AWS_MAX_ATTEMPTS", "0")] {
        let wrong = environment(&agent, &[("AWS_REGION", "eu-west-1"), (name, value)]);
        let error = Config::load(&wrong).await.unwrap_err().to_string();
        assert!(error.starts_with(name), "{error}");
    }
}

#[tokio::test]
async fn assumes_a_role_with_the_credentials_of_the_host() {
    let agent = Agent::new(1).await;
    let sts = Server::new(|_, request, mut stream| async move {
        let scope = header(&request, "authorization").unwrap();
        let given = if scope.contains("Credential=ASIA0/") {
            response(
                403,
                "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code>\
                 <Message>m</Message></Error><RequestId>r</RequestId></ErrorResponse>",
            )
        } else {
            let role = |name: &str| request.contains(&format!("%2F{name}&")) || request.ends_with(&format!("%2F{name}"));
            let id = if role("one") { "ASIAONE" } else { "ASIATWO" };
            let end = rolesig_std::Clock::SYSTEM.now().checked_add(3600).unwrap();
            ok(&format!(
                "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{id}</AccessKeyId>\
                 <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
                 <Expiration>{end}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
            ))
        };
        let _ = stream.write_all(given.as_bytes()).await;
    })
    .await;
    let url = sts.origin.to_string();
    let variables = [("AWS_REGION", "eu-west-1"), ("AWS_ENDPOINT_URL_STS", &*url)];
    let environment = environment(&agent, &variables);
    let runs_on = Cache::new(Chain::new(&environment));
    let config = Config::load_with(&environment, runs_on.clone()).await.unwrap();
    let role = |name: &str| RoleToAssume::new(format!("arn:aws:iam::123456789012:role/{name}"));
    let one = config.assume_role(role("one")).unwrap();
    let two = one.assume_role(role("two")).unwrap();
    // STS rejects what this runs on, and the cache of that learns it.
    let error = two.credentials().identity().await.unwrap_err().to_string();
    assert!(error.contains("ExpiredToken"), "{error}");
    let id = |identity: &rolesig_std::Identity| identity.credentials().access_key_id.to_owned();
    assert_eq!(id(&runs_on.identity().await.unwrap()), "ASIA1");
    let two = config.assume_role(role("one")).unwrap().assume_role(role("two")).unwrap();
    assert_eq!(id(&two.credentials().identity().await.unwrap()), "ASIATWO");
    let senders: Vec<_> = sts
        .requests()
        .iter()
        .map(|request| {
            let (_, scope) =
                header(request, "authorization").unwrap().split_once("Credential=").unwrap();
            scope.split_once('/').unwrap().0.to_owned()
        })
        .collect();
    assert_eq!(senders, ["ASIA0", "ASIA1", "ASIAONE"]);
}
