//! Verifying requests, and handing them on.

use core::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use rolesig::{Payload, ReceivedBody, Service, SigningKey, Verifier, VerifyError};
use rolesig_std::sign::sign_request;
use rolesig_std::verify::{
    Claim, LookUpError, ReceivedHead, ReceivedQuery, VerifiedBody, VerifiedRequest, VerifyLayer,
    VerifyingKey, verify_request,
};
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::marks::{SECRET, SERVICE_TOKEN, TOKEN, hides_in, walked, walked_error};
use crate::{CLOCK, CREDENTIALS, REGION, now};

fn signed() -> Request<Full<Bytes>> {
    let body = Full::new(Bytes::from_static(b"hello"));
    let mut request = Request::put("http://bucket.example/key").body(body).unwrap();
    let payload = Payload::Bytes(b"hello");
    sign_request(&mut request, payload, CREDENTIALS, REGION, Service::S3, now()).unwrap();
    request
}

async fn keys(claim: Claim) -> Result<Vec<VerifyingKey>, LookUpError> {
    assert_eq!(claim.session_token.as_deref().map(String::as_str), Some(TOKEN));
    walked("Claim", &claim);
    let scope = rolesig::CredentialScope::new(claim.date, REGION, "s3");
    let derived = SigningKey::derive(&CREDENTIALS, &scope);
    let keys = vec![VerifyingKey::secret(SERVICE_TOKEN), VerifyingKey::Derived(derived)];
    for key in &keys {
        walked("VerifyingKey", key);
    }
    Ok(keys)
}

#[tokio::test]
async fn hides_secrets_of_a_layer() {
    let inner = service_fn(async |request: Request<VerifiedBody>| {
        walked("VerifiedRequest", request.extensions().get::<VerifiedRequest>().unwrap());
        walked("VerifiedBody", request.body());
        Ok::<_, Infallible>(Response::new(request.into_body()))
    });
    let layer = VerifyLayer::new(REGION, Service::S3, keys).with_clock(CLOCK);
    let response = layer.layer(inner).oneshot(signed()).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(&body[..], b"hello");
}

/// The response to a request whose signature is wrong names no secret, nor does the error.
#[tokio::test]
async fn hides_secrets_of_refused_requests() {
    for (name, value) in
        [("x-amz-security-token", SECRET), ("authorization", SERVICE_TOKEN), ("x-amz-date", TOKEN)]
    {
        let mut request = signed();
        request.headers_mut().insert(name, value.parse().unwrap());
        let (parts, _) = request.clone().into_parts();
        let url = format!("http://bucket.example/key?X-Amz-Security-Token={TOKEN}");
        let (with_token, ()) = Request::get(url).body(()).unwrap().into_parts();
        let query = ReceivedQuery::decode(&with_token, &Service::S3).unwrap();
        walked("ReceivedQuery", &query);
        walked("ReceivedHead", &ReceivedHead::new(&parts, &query));
        let verifier = Verifier::new(REGION, Service::S3);
        let body = ReceivedBody::Bytes(b"hello");
        let refused =
            verify_request(&parts, body, &verifier, now(), |_, _| Ok::<_, VerifyError>(SECRET));
        walked_error("VerifyError", &refused.unwrap_err());
        let other = |_: Claim| core::future::ready(Ok(vec![VerifyingKey::secret(SERVICE_TOKEN)]));
        let inner = service_fn(async |_: Request<VerifiedBody>| {
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
        });
        let layer = VerifyLayer::new(REGION, Service::S3, other).with_clock(CLOCK);
        let response = layer.layer(inner).oneshot(request).await.unwrap();
        assert!(response.status().is_client_error(), "{name}");
        let text = response.into_body().collect().await.unwrap().to_bytes();
        hides_in("the response", text);
    }
}
