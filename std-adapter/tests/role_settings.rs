//! The settings of a role's profile, as they reach STS.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

use std::fs;

use rolesig_std::{Chain, Clock, Environment, ProvideCredentials};

mod scripted;

use scripted::{Server, ok};

const DOCUMENT: &str = "<AssumeRoleResponse><AssumeRoleResult><Credentials>\
    <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
    <SessionToken>t</SessionToken><Expiration>2035-08-30T18:36:00.000+00:00</Expiration>\
    </Credentials></AssumeRoleResult></AssumeRoleResponse>";

/// The form that is sent for a profile with these lines.
async fn form(lines: &str) -> Result<String, String> {
    let server = Server::answers(&[ok(DOCUMENT)]).await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("token"), "eyJhbGciOiJSUzI1NiJ9.e30.c2ln\n").unwrap();
    let config = format!(
        "[default]\nrole_arn = arn:aws:iam::111122223333:role/r\n{}\n[profile keys]\n\
         aws_access_key_id = AKID\naws_secret_access_key = s\n",
        lines.replace("TOKEN", folder.path().join("token").to_str().unwrap())
    );
    fs::write(folder.path().join("config"), config).unwrap();
    let mut environment: Environment = [
        ("AWS_CONFIG_FILE", folder.path().join("config").to_str().unwrap()),
        ("AWS_SHARED_CREDENTIALS_FILE", "/no/file"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_REGION", "eu-west-1"),
    ]
    .into_iter()
    .collect();
    environment.set("AWS_ENDPOINT_URL_STS", server.origin.to_string());
    match Chain::new(&environment).fetch(Clock::SYSTEM).await {
        Ok(_) => Ok(server.request(0).split_once("\r\n\r\n").unwrap().1.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[tokio::test]
async fn sends_duration_and_session_name_for_every_source() {
    for source in ["source_profile = keys", "web_identity_token_file = TOKEN"] {
        let lines = format!("{source}\nduration_seconds = 1800\nrole_session_name = me");
        let form = form(&lines).await.unwrap();
        assert!(form.contains("&DurationSeconds=1800"), "{form}");
        assert!(form.contains("&RoleSessionName=me&"), "{form}");
        let error = self::form(&format!("{source}\nduration_seconds = 1h")).await.unwrap_err();
        assert!(error.contains("duration_seconds must be a number of seconds"), "{error}");
    }
}
