//! The metadata service misbehaves in every way that is seen in the field; the provider ends with
//! credentials or with a clear error, in bounded time.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

use core::future::Future;
use core::time::Duration;

use rolesig_std::config::Origin;
use rolesig_std::http::Timeouts;
use rolesig_std::provider::{ImdsError, ImdsProvider};
use rolesig_std::{Clock, ProvideCredentials, Source};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

mod scripted;

use scripted::{AT_ONCE, BOUND, IMPATIENT, PATIENT, Server, ok, response};

const DOCUMENT: &str = r#"{
  "Code" : "Success",
  "LastUpdated" : "2015-08-30T12:36:00Z",
  "Type" : "AWS-HMAC",
  "AccessKeyId" : "ASIAIOSFODNN7EXAMPLE",
  "SecretAccessKey" : "wJalrXUtnFEMI\/K7MDENG",
  "Token" : "the-session-token",
  "Expiration" : "2035-08-30T18:36:00Z"
}"#;

/// A provider whose service gives each connection to `serve`.
async fn server<F>(
    timeouts: Timeouts,
    serve: impl Fn(usize, String, TcpStream) -> F + Send + 'static,
) -> ImdsProvider
where
    F: Future<Output = ()> + Send + 'static,
{
    provider(&Server::new(serve).await.origin, timeouts)
}

fn provider(origin: &Origin, timeouts: Timeouts) -> ImdsProvider {
    ImdsProvider::new(origin.to_string().parse().unwrap(), timeouts)
}

/// A provider whose service gives these responses, one a connection, and then the last one for
/// ever.
async fn imds_of(responses: &[String]) -> ImdsProvider {
    provider(&Server::answers(responses).await.origin, PATIENT)
}

async fn error(mut provider: ImdsProvider) -> String {
    let started = Instant::now();
    let error = provider.fetch(Clock::SYSTEM).await.unwrap_err().to_string();
    assert!(started.elapsed() < BOUND, "took {:?}", started.elapsed());
    assert!(!error.contains("wJalr") && !error.contains("the-session-token"), "{error}");
    // The port differs each time.
    error.split_once("127.0.0.1:").unwrap().1.split_once(": ").unwrap().1.to_owned()
}

#[tokio::test]
async fn fetches_from_a_good_service() {
    let mut provider = server(PATIENT, |_, head, mut stream| async move {
        let has_token = head.contains("x-aws-ec2-metadata-token: metadata-token\r\n");
        assert!(head.contains("host: 127.0.0.1:"), "{head}");
        let response = match head.lines().next().unwrap() {
            "PUT /latest/api/token HTTP/1.1" => {
                assert!(head.contains("x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n"));
                ok("metadata-token")
            }
            _ if !has_token => response(401, ""),
            "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1" => ok("my-role\n"),
            "GET /latest/meta-data/iam/security-credentials-extended/my-role HTTP/1.1" => {
                response(404, "")
            }
            "GET /latest/meta-data/iam/security-credentials/my-role HTTP/1.1" => ok(DOCUMENT),
            other => panic!("{other}"),
        };
        stream.write_all(response.as_bytes()).await.unwrap();
    })
    .await;
    for _ in 0..2 {
        let identity = provider.fetch(Clock::SYSTEM).await.unwrap();
        assert_eq!(identity.credentials().secret_access_key, "wJalrXUtnFEMI/K7MDENG");
        assert_eq!(identity.credentials().session_token, Some("the-session-token"));
        let endpoint = provider.endpoint().to_string();
        assert_eq!(*identity.source(), Source::Imds { endpoint, role: "my-role".to_owned() });
    }
}

#[tokio::test]
async fn fetches_by_ipv6() {
    // Not every container has it.
    let Ok(listener) = TcpListener::bind("[::1]:0").await else { return };
    let server = Server::on(listener, |number, head, mut stream| async move {
        assert!(head.contains("host: [::1]:"), "{head}");
        let body = ["metadata-token", "my-role", DOCUMENT][number];
        stream.write_all(ok(body).as_bytes()).await.unwrap();
    });
    assert!(server.origin.to_string().starts_with("http://[::1]:"));
    let identity = provider(&server.origin, PATIENT).fetch(Clock::SYSTEM).await.unwrap();
    assert_eq!(identity.credentials().access_key_id, "ASIAIOSFODNN7EXAMPLE");
}

#[tokio::test]
async fn reads_chunked_and_close_delimited_bodies() {
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{DOCUMENT}\r\n0\r\n\r\n",
        DOCUMENT.len()
    );
    let until_close = format!("HTTP/1.0 200 OK\r\n\r\n{DOCUMENT}");
    for document in [chunked, until_close] {
        let mut provider = imds_of(&[ok("t"), ok("r"), document]).await;
        assert!(provider.fetch(Clock::SYSTEM).await.is_ok());
    }
}

#[tokio::test]
async fn recovers_from_a_transient_failure() {
    let cut = ok(DOCUMENT).replace("Content-Length: ", "Content-Length: 9");
    for bad in [
        response(500, ""),
        response(503, "busy"),
        response(429, ""),
        ok(""),
        ok("{\"Code\" : \"Succ"),
        cut,
        "garbage".to_owned(),
        String::new(),
    ] {
        let good = [ok("t"), ok("r"), bad.clone(), ok("r"), ok(DOCUMENT)];
        let mut provider = match bad.as_str() {
            // After a document that cannot be read the role is asked for again.
            body if body.starts_with("HTTP/1.1 200") && !body.contains("Length: 9") => {
                imds_of(&good).await
            }
            _ => imds_of(&[ok("t"), ok("r"), bad.clone(), ok(DOCUMENT)]).await,
        };
        assert!(provider.fetch(Clock::SYSTEM).await.is_ok(), "{bad}");
    }
}

#[tokio::test]
async fn renews_a_token_that_is_no_longer_known() {
    let mut provider =
        imds_of(&[ok("old"), response(401, ""), ok("new"), ok("r"), ok(DOCUMENT)]).await;
    assert!(provider.fetch(Clock::SYSTEM).await.is_ok());
    let endless = imds_of(&[ok("t"), response(401, ""), ok("t"), response(401, "")]).await;
    assert_eq!(
        error(endless).await,
        "asked for the name of the role, got status 401: check the endpoint, and that no proxy answers for it"
    );
}

#[tokio::test]
async fn names_statuses() {
    for (given, expected) in [
        (vec![response(500, "")], "asked for the metadata token, got status 500: try again later"),
        (
            vec![response(400, "")],
            "asked for the metadata token, got status 400: check the endpoint, and that no proxy answers for it",
        ),
        (
            vec![ok("t"), response(404, "")],
            "no role is attached to this instance: attach an instance profile with a role",
        ),
        (
            vec![ok("t"), ok("r"), response(503, "")],
            "asked for the credentials of the role, got status 503: try again later",
        ),
        (
            vec![response(404, "")],
            "the metadata endpoint does not support IMDSv2, and IMDSv1 is never used: check the endpoint, and update a proxy such as kube2iam or kiam",
        ),
        (
            vec![ok("t"), ok("r"), ok("{}")],
            "the credentials of the role: the field AccessKeyId is missing",
        ),
        (
            vec![
                ok("t"),
                ok("r"),
                ok(r#"{"Code": "AssumeRoleUnauthorizedAccess", "Message": "no\u001b."}"#),
            ],
            "refused: AssumeRoleUnauthorizedAccess: no\\u{1b}. (does the role have a trust policy for ec2.amazonaws.com?)",
        ),
    ] {
        assert_eq!(error(imds_of(&given).await).await, expected);
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere =
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    let provider = imds_of(&[elsewhere.to_owned()]).await;
    assert_eq!(
        error(provider).await,
        "not a response of the service: 302 leads to http://127.0.0.1:1/: if a portal of the network \
         answers, log in there with a browser; otherwise check the endpoint and the settings of \
         proxies; check that the metadata service is running (AWS_EC2_METADATA_SERVICE_ENDPOINT), and \
         try again"
    );
}

#[tokio::test]
async fn suggests_the_hop_limit_for_a_hanging_service() {
    let hangs = provider(&Server::hangs().await.origin, IMPATIENT);
    let error = error(hangs).await;
    assert!(error.starts_with("connected, but there was no response for 1000 ms: in a container"));
    assert!(error.contains("--http-put-response-hop-limit 2"), "{error}");
}

#[tokio::test]
async fn does_not_suggest_the_hop_limit_for_a_later_hang() {
    let hangs = server(IMPATIENT, |number, _, mut stream| async move {
        if number == 0 {
            let _ = stream.write_all(ok("t").as_bytes()).await;
        } else {
            sleep(Duration::from_secs(60)).await;
        }
    })
    .await;
    assert_eq!(
        error(hangs).await,
        "connected, but there was no response for 1000 ms: check that the metadata service is running \
         (AWS_EC2_METADATA_SERVICE_ENDPOINT), and try again"
    );
}

#[tokio::test]
async fn does_not_suggest_the_hop_limit_for_a_hanging_region() {
    let mut hangs = server(IMPATIENT, |number, request, mut stream| async move {
        assert_eq!(request.starts_with("PUT "), number == 0);
        if number == 0 {
            let _ = stream.write_all(ok("t").as_bytes()).await;
        } else {
            sleep(Duration::from_secs(60)).await;
        }
    })
    .await;
    let error = hangs.region(Clock::SYSTEM).await.unwrap_err();
    assert!(matches!(error, ImdsError::Exchange { .. }), "{error}");
    let mut hangs = provider(&Server::hangs().await.origin, IMPATIENT);
    let error = hangs.region(Clock::SYSTEM).await.unwrap_err();
    assert!(matches!(error, ImdsError::HopLimit { .. }), "{error}");
}

#[tokio::test]
async fn gives_up_on_a_dripping_service() {
    assert_eq!(
        error(provider(&Server::drips().await.origin, IMPATIENT)).await,
        "gave up after 3000 ms: try again, or raise AWS_METADATA_SERVICE_TIMEOUT (seconds)"
    );
}

#[tokio::test]
async fn refuses_an_endless_document() {
    let endless = provider(&Server::floods().await.origin, PATIENT);
    let too_long = error(endless).await;
    assert!(
        too_long.starts_with("the response is longer than 65536 bytes: check that"),
        "{too_long}"
    );
    let head = server(PATIENT, |_, _, mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while stream.write_all(b"x-header: x\r\n").await.is_ok() {}
    })
    .await;
    assert!(error(head).await.starts_with("not an HTTP response, or cut off"));
}

#[tokio::test]
async fn reports_a_refused_connection() {
    let mut provider = provider(&Server::absent().await, PATIENT);
    let error = provider.fetch(Clock::SYSTEM).await.unwrap_err();
    assert!(matches!(error, ImdsError::NotThere { .. }) && error.is_not_here());
    assert!(!ImdsProvider::is_final(&error));
    let error = error.to_string();
    assert!(
        error.contains("refused") && error.contains("AWS_EC2_METADATA_DISABLED=true"),
        "{error}"
    );
}

/// A service exists, so the chain does not ask the next provider.
#[cfg(feature = "tls")]
#[tokio::test]
async fn reports_tls_where_the_service_is_expected() {
    // As Go, nginx and Apache answer.
    let go = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    let html = scripted::with_headers(400, "Content-Type: text/html\r\n", "<html>TLS required");
    for complaint in [go, &html] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let serving = tokio::spawn(scripted::speak_tls(listener, complaint.to_owned()));
        let error = provider(&origin, PATIENT).fetch(Clock::SYSTEM).await.unwrap_err();
        assert!(matches!(error, ImdsError::Exchange { .. }) && !error.is_not_here(), "{error}");
        assert!(error.to_string().contains("speaks TLS"), "{error}");
        assert!(ImdsProvider::is_final(&error), "the endpoint has to change first");
        serving.abort();
    }
}

#[tokio::test]
async fn handles_every_truncation_of_every_response() {
    let script = [ok("t"), ok("r"), ok(DOCUMENT)];
    let mut cuts = tokio::task::JoinSet::new();
    for (step, whole) in script.iter().enumerate() {
        for cut in 0..whole.len() {
            let mut given = script.to_vec();
            given[step] = whole[..cut].to_owned();
            // The cut response comes once; the service is well again afterwards.
            given.splice((step + 1)..=step, [whole.clone()]);
            if cuts.len() == AT_ONCE {
                cuts.join_next().await.unwrap().unwrap();
            }
            cuts.spawn(async move {
                let mut provider = imds_of(&given).await;
                let identity = provider.fetch(Clock::SYSTEM).await;
                assert!(identity.is_ok(), "step {step}, cut {cut}: {identity:?}");
            });
        }
    }
    while let Some(cut) = cuts.join_next().await {
        cut.unwrap();
    }
}
