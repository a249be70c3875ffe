//! Calls: the result of a response, the time limits, and the retries.

use core::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use rolesig::{Payload, Service};
use rolesig_std::client::{BytesBody, CallError, ClientError, ClientSettings};
use rolesig_std::http::RetrySettings;
use rolesig_std::{Cache, Chain, SigningClient};
use tokio::io::AsyncWriteExt as _;
use tokio::time::sleep;

use crate::scripted::{Server, ok, response, with_headers};
use crate::service::{Agent, BODY, REGION, put, senders, xml};

const QUICK: RetrySettings = {
    let mut settings = RetrySettings::STANDARD;
    settings.pause = Duration::from_millis(1);
    settings.throttle_pause = Duration::from_millis(1);
    settings
};

fn client<B>(agent: &Agent, settings: ClientSettings) -> SigningClient<B>
where
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn core::error::Error + Send + Sync>>,
{
    let cache = Cache::new(Chain::new(&agent.environment));
    SigningClient::with_settings(cache, REGION, Service::S3, settings).unwrap()
}

fn patient(retries: RetrySettings) -> ClientSettings {
    let mut settings = ClientSettings::default();
    settings.read_timeout = None;
    settings.retries = retries;
    settings
}

fn impatient(read_timeout: Duration) -> ClientSettings {
    let mut settings = ClientSettings::default();
    settings.read_timeout = Some(read_timeout);
    settings
}

async fn call(client: &SigningClient, server: &Server) -> Result<Bytes, CallError> {
    let client = client.clone().with_endpoint(server.origin.clone().into());
    let request = Request::put("/bucket/a%20key").body(BytesBody::from(BODY)).unwrap();
    client.call(request).await.map(http::Response::into_body)
}

#[tokio::test]
async fn reads_the_response_to_its_end() {
    let agent = Agent::new(1).await;
    let server = Server::answers(&[ok("stored")]).await;
    assert_eq!(call(&client(&agent, patient(QUICK)), &server).await.unwrap(), "stored");
    let request = server.request(0);
    assert!(request.starts_with("PUT /bucket/a%20key HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with(&format!("\r\n\r\n{BODY}")), "{request}");
    assert_eq!(senders(&server), ["ASIA0"]);
}

#[tokio::test]
async fn returns_the_code_of_a_refused_call() {
    let agent = Agent::new(1).await;
    let refused = with_headers(404, "x-amz-request-id: R1\r\n", &xml("NoSuchKey"));
    let server = Server::answers(&[refused, response(404, "")]).await;
    let client = client(&agent, patient(RetrySettings::NONE));
    let error = call(&client, &server).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(StatusCode::NOT_FOUND), Some("NoSuchKey")));
    let error = error.service_error().unwrap();
    assert_eq!((error.status(), error.message()), (StatusCode::NOT_FOUND, "m"));
    assert_eq!(error.request_id(), Some("R1"));
    assert_eq!(call(&client, &server).await.unwrap_err().code(), Some("NotFound"));
}

#[tokio::test]
async fn reports_no_status_without_an_error_of_the_service() {
    let agent = Agent::new(1).await;
    let client = client(&agent, patient(RetrySettings::NONE));
    let broken_off = Server::answers(&[ok("stored").replace("stored", "st")]).await;
    let error = call(&client, &broken_off).await.unwrap_err();
    assert!(matches!(error, CallError::Body(_)), "{error:?}");
    assert_eq!((error.status(), error.code()), (None, None));
    let client = client.with_endpoint(Server::absent().await.into());
    let request = Request::put("/bucket/key").body(BytesBody::from(BODY)).unwrap();
    let error = client.call(request).await.unwrap_err();
    assert!(matches!(error, CallError::Client(_)), "{error:?}");
    assert_eq!((error.status(), error.code()), (None, None));
}

#[tokio::test]
async fn retries_failing_and_throttling_services_if_configured() {
    for refused in [
        response(500, &xml("InternalError")),
        response(502, ""),
        response(503, &xml("SlowDown")),
        response(429, ""),
        response(400, r#"{"__type":"x#ProvisionedThroughputExceededException"}"#),
        response(400, &xml("RequestTimeout")),
    ] {
        let agent = Agent::new(1).await;
        let responses = [refused.clone(), refused.clone(), ok("stored")];
        let server = Server::answers(&responses).await;
        assert_eq!(call(&client(&agent, patient(QUICK)), &server).await.unwrap(), "stored");
        assert_eq!(server.count(), 3, "{refused}");
        let server = Server::answers(&responses).await;
        let mut two = QUICK;
        (two.attempts, two.throttles) = (2, 2);
        assert!(call(&client(&agent, patient(two)), &server).await.is_err());
        assert_eq!(server.count(), 2, "{refused}");
        let server = Server::answers(&responses).await;
        let none = patient(RetrySettings::NONE);
        assert!(call(&client(&agent, none), &server).await.is_err());
        assert_eq!(server.count(), 1, "{refused}");
    }
}

#[tokio::test]
async fn reopens_broken_connections_if_configured() {
    let agent = Agent::new(1).await;
    // After a first response, the service is known to speak plain HTTP.
    let cut = String::new();
    let responses = [ok("first"), cut.clone(), cut.clone(), ok("stored"), cut.clone(), cut];
    let server = Server::answers(&responses).await;
    let client = client(&agent, patient(QUICK));
    for expected in ["first", "stored"] {
        assert_eq!(call(&client, &server).await.unwrap(), expected);
    }
    assert!(call(&client, &server).await.is_err());
    assert_eq!(server.count(), 7);
}

#[tokio::test]
async fn does_not_retry_other_refusals() {
    let agent = Agent::new(1).await;
    for refused in [response(403, &xml("AccessDenied")), response(404, ""), response(501, "")] {
        let server = Server::answers(&[refused, ok("")]).await;
        assert!(call(&client(&agent, patient(QUICK)), &server).await.is_err());
        assert_eq!(server.count(), 1);
    }
    let server = Server::answers(&[response(500, ""), ok("")]).await;
    let mut strict = QUICK;
    strict.server_errors = false;
    assert!(call(&client(&agent, patient(strict)), &server).await.is_err());
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn times_out_on_a_silent_service() {
    let agent = Agent::new(1).await;
    let server = Server::hangs().await;
    let client = client::<Full<Bytes>>(&agent, impatient(Duration::from_millis(200)));
    let error = put(&client, &server).await.unwrap_err();
    assert!(matches!(error, ClientError::NoResponse(_)), "{error:?}");
}

#[tokio::test]
async fn fails_on_a_stalled_response() {
    let agent = Agent::new(1).await;
    let server = Server::new(|_, _, mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nhalf").await;
        sleep(Duration::from_secs(60)).await;
    })
    .await;
    let client = client::<Full<Bytes>>(&agent, impatient(Duration::from_millis(200)));
    let response = put(&client, &server).await.unwrap();
    let error = response.into_body().read_to_end(1000).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
}

/// A body whose pieces come slowly, over a time longer than the timeout.
#[tokio::test]
async fn does_not_time_out_a_slow_upload() {
    let agent = Agent::new(1).await;
    let server = Server::new(|_, _, mut stream| async move {
        let _ = stream.write_all(ok("stored").as_bytes()).await;
    })
    .await;
    let client = client::<SlowBody>(&agent, impatient(Duration::from_secs(2)));
    let head = Request::put(format!("{}/bucket/key", server.origin))
        .header("content-length", "8")
        .body(())
        .unwrap();
    let body = || Some(SlowBody { left: 8, pause: None });
    let response = client.send_with(&head, body, Payload::Unsigned).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

/// One byte every half second.
struct SlowBody {
    left: u64,
    pause: Option<core::pin::Pin<Box<tokio::time::Sleep>>>,
}

impl http_body::Body for SlowBody {
    type Data = Bytes;
    type Error = core::convert::Infallible;

    fn poll_frame(
        mut self: core::pin::Pin<&mut Self>,
        context: &mut core::task::Context<'_>,
    ) -> core::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        use core::task::Poll;
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let half = Duration::from_millis(500);
        let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(half)));
        if pause.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        (self.pause, self.left) = (None, self.left - 1);
        Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from_static(b"x")))))
    }
}

#[tokio::test]
async fn refuses_a_response_longer_than_the_limit() {
    let agent = Agent::new(1).await;
    let server = Server::answers(&[ok("12345")]).await;
    let client = client::<Full<Bytes>>(&agent, patient(QUICK));
    for limit in [0, 4] {
        let body = put(&client, &server).await.unwrap().into_body();
        assert!(body.read_to_end(limit).await.unwrap_err().is_too_long());
    }
    let body = put(&client, &server).await.unwrap().into_body();
    assert_eq!(body.read_to_end(5).await.unwrap(), "12345");
    let server = Server::floods().await;
    let body = put(&client, &server).await.unwrap().into_body();
    assert!(body.read_to_end(100_000).await.unwrap_err().is_too_long());
    let cut = Server::answers(&[ok("12345").replace("12345", "12")]).await;
    let body = put(&client, &cut).await.unwrap().into_body();
    let error = body.read_to_end(5).await.unwrap_err();
    assert!(!error.is_too_long() && !error.is_timeout(), "{error}");
    let body = put(&client, &cut).await.unwrap().into_body();
    assert!(body.collect().await.is_err());
}

#[tokio::test]
async fn hides_a_refusal_in_debug() {
    let agent = Agent::new(1).await;
    let body = "<Error><Code>InvalidToken</Code><Token-0>marker-token</Token-0></Error>";
    let server = Server::answers(&[response(400, body)]).await;
    let client = client(&agent, patient(RetrySettings::NONE));
    let response = put(&client, &server).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let shown = format!("{response:?}");
    assert!(shown.contains("ResponseBody") && !shown.contains("marker-token"), "{shown}");
}

#[test]
fn hides_a_request_in_debug() {
    let body = BytesBody::from("TokenCode=123456");
    assert_eq!(format!("{body:?}"), "BytesBody { len: 16, is_sent: false }");
}
