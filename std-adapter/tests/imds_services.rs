//! Metadata services that are not AWS's own, answering by path as kube2iam, mocks of EC2 and others
//! do.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

use rolesig_std::provider::ImdsProvider;
use rolesig_std::{Clock, Environment, ProvideCredentials, Source};
use tokio::io::AsyncWriteExt;

mod scripted;

use scripted::{PATIENT, Server, header, ok, response};

const LIST: &str = "/latest/meta-data/iam/security-credentials/";
const EXTENDED: &str = "/latest/meta-data/iam/security-credentials-extended/";
const DOCUMENT: &str = r#"{"AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "wJalrXUtnFEMI",
    "Token": "the-session-token", "Expiration": "2035-08-30T18:36:00+0000"}"#;

/// A service with these pages; it has no others.
async fn service(token: &str, pages: &[(&str, String)]) -> Server {
    let token = token.to_owned();
    let pages: Vec<_> =
        pages.iter().map(|(path, page)| ((*path).to_owned(), page.clone())).collect();
    Server::new(move |_, request, mut stream| {
        let path = request.split(' ').nth(1).unwrap().to_owned();
        let page = pages.iter().find(|(known, _)| *known == path).map(|(_, page)| page.clone());
        let response = if request.starts_with("PUT /latest/api/token ") {
            ok(&token)
        } else if header(&request, "x-aws-ec2-metadata-token") == Some(token.trim()) {
            page.unwrap_or_else(|| response(404, "<html>404 - Not Found</html>"))
        } else {
            response(401, "")
        };
        async move {
            let _ = stream.write_all(response.as_bytes()).await;
        }
    })
    .await
}

fn provider(server: &Server) -> ImdsProvider {
    ImdsProvider::new(server.origin.to_string().parse().unwrap(), PATIENT)
}

fn paths(server: &Server) -> Vec<String> {
    let path = |request: &String| request.split(' ').nth(1).unwrap().to_owned();
    server.requests().iter().map(path).filter(|path| path.contains("/iam/")).collect()
}

fn document(from: &str, to: &str) -> String {
    assert!(DOCUMENT.contains(from));
    ok(&DOCUMENT.replacen(from, to, 1))
}

#[tokio::test]
async fn accepts_long_metadata_tokens() {
    for length in [56, 257, 1500, 6000] {
        let pages =
            [(LIST, ok("role")), ("/latest/meta-data/iam/security-credentials/role", ok(DOCUMENT))];
        let server = service(&format!("{}\n", "t".repeat(length)), &pages).await;
        let identity = provider(&server).fetch(Clock::SYSTEM).await.unwrap();
        assert_eq!(identity.credentials().session_token, Some("the-session-token"), "{length}");
    }
}

#[tokio::test]
async fn accepts_roles_as_paths_or_arns() {
    let arn = "arn:aws:iam::111122223333:role/team/role";
    let path = format!("{LIST}{arn}");
    let pages = [(LIST, ok(&format!("{arn}\n"))), (path.as_str(), ok(DOCUMENT))];
    let server = service("token", &pages).await;
    let identity = provider(&server).fetch(Clock::SYSTEM).await.unwrap();
    let Source::Imds { role, .. } = identity.source() else { panic!("{identity:?}") };
    assert_eq!(role, arn);
}

/// Such a proxy knows the old path, and hands on all others: there the node's own role is.
#[tokio::test]
async fn never_uses_the_nodes_role_for_the_container() {
    let container = format!("{LIST}container-role");
    let node = format!("{EXTENDED}node-role");
    let pages = [
        (LIST, ok("container-role")),
        (container.as_str(), ok(DOCUMENT)),
        (EXTENDED, ok("node-role")),
        (node.as_str(), document("ASIAIOSFODNN7EXAMPLE", "ASIAOFTHENODE")),
    ];
    let server = service("token", &pages).await;
    let identity = provider(&server).fetch(Clock::SYSTEM).await.unwrap();
    assert_eq!(identity.credentials().access_key_id, "ASIAIOSFODNN7EXAMPLE");
}

#[tokio::test]
async fn reads_the_account_from_the_extended_document() {
    let [plain, extended] = [LIST, EXTENDED].map(|path| format!("{path}role"));
    let with_account = document("{", "{\"AccountId\": \"111122223333\", ");
    let pages =
        [(LIST, ok("role")), (plain.as_str(), ok(DOCUMENT)), (extended.as_str(), with_account)];
    let server = service("token", &pages).await;
    let mut provider = provider(&server);
    for _ in 0..2 {
        assert_eq!(provider.fetch(Clock::SYSTEM).await.unwrap().account_id(), Some("111122223333"));
    }
    assert_eq!(paths(&server), [LIST, &extended, LIST, &extended]);
    let server = service("token", &pages[..2]).await;
    let mut provider = self::provider(&server);
    for _ in 0..2 {
        assert_eq!(provider.fetch(Clock::SYSTEM).await.unwrap().account_id(), None);
    }
    assert_eq!(paths(&server), [LIST, &extended, &plain, LIST, &plain], "it is asked for once");
}

#[tokio::test]
async fn refuses_a_web_page_as_document() {
    let [plain, extended] = [LIST, EXTENDED].map(|path| format!("{path}role"));
    for page in ["<html>welcome</html>", "{}", "[]", "ok"] {
        let pages =
            [(LIST, ok("role")), (plain.as_str(), ok(DOCUMENT)), (extended.as_str(), ok(page))];
        let server = service("token", &pages).await;
        assert!(provider(&server).fetch(Clock::SYSTEM).await.is_ok(), "{page}");
    }
}

#[tokio::test]
async fn asks_for_a_named_role_at_once() {
    let path = format!("{LIST}my-role");
    let pages = [(path.as_str(), ok(DOCUMENT))];
    let server = service("token", &pages).await;
    let mut environment: Environment =
        [("AWS_EC2_INSTANCE_PROFILE_NAME", "my-role\n")].into_iter().collect();
    environment.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.origin.to_string());
    environment.set("AWS_METADATA_SERVICE_TIMEOUT", "60");
    let mut named = ImdsProvider::of(&environment, None).unwrap().unwrap();
    assert!(named.fetch(Clock::SYSTEM).await.is_ok());
    assert_eq!(paths(&server), [format!("{EXTENDED}my-role"), path.clone()]);
    environment.set("AWS_EC2_INSTANCE_PROFILE_NAME", "../my-role");
    let error = ImdsProvider::of(&environment, None).unwrap_err().to_string();
    assert_eq!(error, "AWS_EC2_INSTANCE_PROFILE_NAME must be the name of a role");
    environment.set("AWS_EC2_INSTANCE_PROFILE_NAME", "other");
    let mut other = ImdsProvider::of(&environment, None).unwrap().unwrap();
    let error = other.fetch(Clock::SYSTEM).await.unwrap_err();
    assert!(!error.is_not_here() && error.to_string().contains("status 404"), "{error}");
}

#[tokio::test]
async fn hides_the_metadata_token_in_a_refusal() {
    let token = "AQAEAFTNrA4eEGx0AQgJ1arIq_Cc-t4tWt3fB0Hd8RKhXlKc5ccvhg==";
    let refusal = format!(r#"{{"Code": "Failed", "Message": {{"token": 1}}, "code2": "{token}"}}"#);
    let message = format!(r#"{{"Code": "Failed", "Message": "no role for {token} here"}}"#);
    for (document, shown) in [(refusal, "refused: Failed"), (message, "no role for (secret) here")]
    {
        let pages =
            [(LIST, ok("r")), ("/latest/meta-data/iam/security-credentials/r", ok(&document))];
        let server = service(token, &pages).await;
        let error = provider(&server).fetch(Clock::SYSTEM).await.unwrap_err();
        assert!(error.to_string().contains(shown), "{error}");
        assert!(!format!("{error} {error:?}").contains("AQAEAF"), "{error:?}");
    }
}

#[tokio::test]
async fn falls_back_to_the_plain_document_on_failure() {
    let [plain, extended] = [LIST, EXTENDED].map(|path| format!("{path}role"));
    for status in [401, 500, 503] {
        let pages = [
            (LIST, ok("role")),
            (plain.as_str(), ok(DOCUMENT)),
            (extended.as_str(), response(status, "")),
        ];
        let server = service("token", &pages).await;
        let mut provider = provider(&server);
        for _ in 0..2 {
            let identity = provider.fetch(Clock::SYSTEM).await.unwrap();
            assert_eq!(identity.credentials().access_key_id, "ASIAIOSFODNN7EXAMPLE", "{status}");
        }
        assert_eq!(paths(&server).last(), Some(&plain), "{status}");
    }
}
