//! The pages of web servers and portals in place of a service's response.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use rolesig::{Payload, Service};
use rolesig_std::{Cache, Chain, SigningClient};
use tokio::net::TcpListener;

use crate::scripted::{self, Server, ok, with_headers};
use crate::{environment, put, whoami};

async fn of_page(text: &str) -> Server {
    let page = format!("<html><head><title>400 {text}</title></head></html>");
    Server::answers(&[with_headers(400, "Content-Type: text/html\r\n", &page)]).await
}

/// The server would not survive a handshake of TLS.
#[tokio::test]
async fn names_what_a_page_requires_of_tls_at_the_first_response() {
    let certificate = "it requires a client certificate, which is not supported: give an endpoint";
    let https = "a port that speaks TLS): give the endpoint as https://";
    for (text, expected) in [
        ("No required SSL certificate was sent", certificate),
        ("SSL Client Certificate Required", certificate),
        ("The plain HTTP request was sent to HTTPS port", https),
        ("You're speaking plain HTTP to an SSL-enabled server port.", https),
        ("Client sent an HTTP request to an HTTPS server.", https),
        ("Bad Request. This combination of host and port requires TLS.", https),
    ] {
        let server = of_page(text).await;
        let url = server.origin.to_string();
        let sts = whoami(&environment(&[("AWS_ENDPOINT_URL_STS", &url)])).await.unwrap_err();
        assert!(sts.to_string().contains(expected), "{text}: {sts}");
        let s3 = put(&environment(&[]), &format!("{url}/b/k")).await;
        match s3 {
            Ok(status) => assert!(status == 400 && expected == certificate, "{text}"),
            Err(error) => assert!(error.to_string().contains("speaks TLS"), "{text}: {error}"),
        }
        assert_eq!(server.count(), 2, "{text}: each once");
    }
}

/// The server would not survive a handshake of TLS.
#[tokio::test]
async fn does_not_try_tls_after_a_page_that_does_not_name_it() {
    let server = of_page("Blocked: see https://portal.example/help").await;
    let url = server.origin.to_string();
    whoami(&environment(&[("AWS_ENDPOINT_URL_STS", &url)])).await.unwrap_err();
    for _ in 0..2 {
        assert_eq!(put(&environment(&[]), &format!("{url}/b/k")).await.unwrap(), 400);
    }
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn learns_of_each_host_whether_it_speaks_tls() {
    let plain = Server::answers(&[ok("")]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = format!("http://{}/b/k", listener.local_addr().unwrap());
    let serving = tokio::spawn(scripted::speak_tls(listener, String::new()));
    let credentials = Cache::new(Chain::new(&environment(&[])));
    let client = SigningClient::<Full<Bytes>>::new(credentials, "eu-west-1", Service::S3).unwrap();
    let put = async |url: &str| {
        let request = Request::put(url).body(Full::from("hello")).unwrap();
        client.send(request, Payload::Bytes(b"hello")).await
    };
    assert!(put(&format!("{}/b/k", plain.origin)).await.is_ok());
    let error = put(&other).await.unwrap_err().to_string();
    assert!(error.contains("a port that speaks TLS"), "{error}");
    serving.abort();
}
