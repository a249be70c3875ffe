//! Requests that are signed before they are sent.

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use rolesig::{Expires, Payload};
use rolesig_std::SigningClient;

use crate::scripted::{Server, date, response, with_headers};
use crate::service::{Agent, BODY, ahead, refuses_the_first, senders, text, xml};

type Client = SigningClient<Full<Bytes>>;

async fn signed(client: &Client, server: &Server) -> Request<Full<Bytes>> {
    let request = Request::put(format!("{}/bucket/a%20key", server.origin));
    let mut request = request.body(Full::from(BODY)).unwrap();
    client.sign(&mut request, Payload::Bytes(BODY.as_bytes())).await.unwrap();
    request
}

async fn presigned(client: &Client, server: &Server) -> Request<Full<Bytes>> {
    let uri = format!("{}/bucket/a%20key", server.origin);
    let expires = Expires::seconds(60).unwrap();
    let url = client.presign(Method::PUT, &uri, expires).await.unwrap();
    Request::put(url.url()).body(Full::from(BODY)).unwrap()
}

#[tokio::test]
async fn learns_the_clock_from_the_response() {
    let agent = Agent::new(1).await;
    let client = agent.client();
    let refused = with_headers(403, &date(600), &xml("RequestTimeTooSkewed"));
    let server = Server::answers(&[refused, with_headers(200, &date(600), "stored")]).await;
    let request = signed(&client, &server).await;
    let response = client.send_signed(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(text(response).await, xml("RequestTimeTooSkewed"), "the response is whole");
    let request = signed(&client, &server).await;
    assert_eq!(client.send_signed(request).await.unwrap().status(), StatusCode::OK);
    let minutes = |request: &String| (ahead(request) + 30).div_euclid(60);
    assert_eq!(server.requests().iter().map(minutes).collect::<Vec<_>>(), [0, 10]);

    let client = agent.client().without_clock_correction();
    for _ in 0..3 {
        let request = signed(&client, &server).await;
        client.send_signed(request).await.unwrap();
    }
    assert!(server.requests().iter().skip(2).map(minutes).all(|minutes| minutes == 0));
}

#[tokio::test]
async fn renews_credentials_that_are_refused_for_the_next_signature() {
    let agent = Agent::new(1).await;
    let client = agent.client();
    let server = refuses_the_first(response(400, &xml("ExpiredToken"))).await;
    for (status, asked) in [(400, 1), (200, 2), (200, 2)] {
        let request = signed(&client, &server).await;
        assert_eq!(agent.asked(), asked);
        assert_eq!(client.send_signed(request).await.unwrap().status(), status);
    }
    assert_eq!(senders(&server), ["ASIA0", "ASIA1", "ASIA1"]);
}

#[tokio::test]
async fn renews_credentials_of_presigned_requests() {
    let agent = Agent::new(1).await;
    let client = agent.client();
    let refused = response(400, &xml("ExpiredToken"));
    let server = Server::answers(&[refused, response(200, "stored")]).await;
    let former = presigned(&client, &server).await;
    let response = client.send_signed(former).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(presigned(&client, &server).await.uri().to_string().contains("=ASIA1%2F"));
    assert_eq!(agent.asked(), 2);
}

#[tokio::test]
async fn keeps_credentials_if_former_ones_are_refused() {
    let agent = Agent::new(100).await;
    let client = agent.client();
    let server = Server::answers(&[response(400, &xml("ExpiredToken"))]).await;
    let (one, other) = (signed(&client, &server).await, signed(&client, &server).await);
    client.send_signed(one).await.unwrap();
    signed(&client, &server).await;
    client.send_signed(other).await.unwrap();
    signed(&client, &server).await;
    assert_eq!(agent.asked(), 2);
}

#[tokio::test]
async fn sends_requests_without_a_signature_of_this_client() {
    let agent = Agent::new(1).await;
    let client = agent.client();
    let server = Server::answers(&[response(403, &xml("ExpiredToken"))]).await;
    for authorization in [None, Some("Bearer x"), Some("AWS4-HMAC-SHA256 Credential=")] {
        let mut request = Request::put(format!("{}/bucket/key?x", server.origin));
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        let response = client.send_signed(request.body(Full::from(BODY)).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
    }
    assert_eq!(agent.asked(), 0, "nobody has asked for credentials");
}
