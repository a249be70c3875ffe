//! The other libraries.

use std::hint::black_box;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::SystemTime;

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningInstructions, SigningParams, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use object_store::aws::{AmazonS3Builder, AwsAuthorizer, AwsCredential};
use object_store::client::HttpRequestBody;
use object_store::signer::Signer as _;
use reqsign_core::SignRequest as _;
use rolesig_benches::{REGION, credentials};
use rusty_s3::S3Action as _;

use crate::checked::{Checked, Made};
use crate::requests::{BUCKET, DIGEST, ENDPOINT, HEADERS, HOUR, KEY, URL};
use crate::table::Row;

/// Returns what a future has at once: nothing here waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(made) => made,
        Poll::Pending => unreachable!("the credentials are given"),
    }
}

/// Returns a request as most libraries take it.
fn http_request<B>(method: &str, headers: &[(&str, &str)], body: B) -> http::Request<B> {
    let request = http::Request::builder().method(method).uri(URL);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(body).expect("a good request")
}

/// Signs as the documentation of aws-sigv4 shows; the time is one of its parameters.
pub(crate) fn aws_sigv4<'t>(token: &str) -> Row<'t> {
    let ours = credentials(token);
    let identity: Identity = aws_credential_types::Credentials::from_keys(
        ours.access_key_id,
        ours.secret_access_key,
        Some(token.to_owned()),
    )
    .into();
    let mut by_header = SigningSettings::default();
    by_header.percent_encoding_mode = PercentEncodingMode::Single;
    by_header.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    by_header.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let mut by_query = by_header.clone();
    by_query.payload_checksum_kind = PayloadChecksumKind::NoHeader;
    by_query.signature_location = SignatureLocation::QueryParams;
    by_query.expires_in = Some(HOUR);

    let copied = http_request("GET", &[], ());
    let request = copied.clone();
    let by_identity = identity.clone();
    let presign = Checked::presign(token, move |look| {
        let unsigned = SignableBody::UnsignedPayload;
        let to_sign = SignableRequest::new("GET", URL, [].into_iter(), unsigned);
        let instructions = aws_instructions(&by_identity, &by_query, to_sign.expect("a URI"));
        let mut request = black_box(&request).clone();
        instructions.apply_to_request_http1x(&mut request);
        look(&|| Made::of_url(&request.uri().to_string()));
    });
    let hash = "5a".repeat(DIGEST.len());
    let put = Checked::put(token, move |look| {
        let body = SignableBody::Precomputed(hash.clone());
        let headers = black_box(&HEADERS).iter().copied();
        let to_sign = SignableRequest::new("PUT", URL, headers, body).expect("a URI");
        let instructions = aws_instructions(&identity, &by_header, to_sign);
        let value = |name: &str| instructions.headers().find(|header| header.0 == name);
        look(&|| Made::of_headers(|name| Some(value(name)?.1)));
    });
    Row::of_peer("aws-sigv4", presign.without(copied), Some(put))
}

fn aws_instructions(
    identity: &Identity,
    settings: &SigningSettings,
    request: SignableRequest<'_>,
) -> SigningInstructions {
    let parameters = v4::SigningParams::builder()
        .identity(identity)
        .region(REGION)
        .name("s3")
        .time(SystemTime::now())
        .settings(settings.clone())
        .build();
    let parameters: SigningParams<'_> = parameters.expect("all parameters are set").into();
    sign(request, &parameters).expect("a good request").into_parts().0
}

/// Signs with the signer of reqsign alone, without its cache of credentials.
pub(crate) fn reqsign<'t>(token: &str) -> Row<'t> {
    let ours = credentials(token);
    let credential = reqsign_aws_v4::Credential {
        access_key_id: ours.access_key_id.to_owned(),
        secret_access_key: ours.secret_access_key.to_owned(),
        session_token: Some(token.to_owned()),
        expires_in: None,
    };
    let signer = reqsign_aws_v4::RequestSigner::new("s3", REGION);
    let context = reqsign_core::Context::new();
    let signed = Rc::new(move |parts: &http::request::Parts, expires_in| {
        let mut parts = parts.clone();
        ready(signer.sign_request(&context, &mut parts, Some(&credential), expires_in))
            .expect("a good request");
        parts
    });
    let (get, ()) = http_request("GET", &[], ()).into_parts();
    let hash = "5a".repeat(DIGEST.len());
    let headers = [HEADERS[0], HEADERS[1], ("x-amz-content-sha256", &hash)];
    let (put, ()) = http_request("PUT", &headers, ()).into_parts();
    let (get_copied, put_copied, presigned) = (get.clone(), put.clone(), Rc::clone(&signed));
    let presign = Checked::presign(token, move |look| {
        let parts = presigned(black_box(&get), Some(HOUR));
        look(&|| Made::of_url(&parts.uri.to_string()));
    });
    let put = Checked::put(token, move |look| {
        let parts = signed(black_box(&put), None);
        look(&|| Made::of_map(&parts.headers));
    });
    Row::of_peer("reqsign-aws-v4", presign.without(get_copied), Some(put.without(put_copied)))
}

pub(crate) fn rusty_s3<'t>(token: &str) -> Row<'t> {
    let ours = credentials(token);
    let (key, secret) = (ours.access_key_id, ours.secret_access_key);
    let credentials = rusty_s3::Credentials::new_with_token(key, secret, token);
    let endpoint = ENDPOINT.parse().expect("a URL");
    let style = rusty_s3::UrlStyle::VirtualHost;
    let bucket = rusty_s3::Bucket::new(endpoint, style, BUCKET, REGION).expect("a good name");
    let presign = Checked::presign(token, move |look| {
        let url = bucket.get_object(Some(&credentials), black_box(KEY)).sign(HOUR);
        look(&|| Made::of_url(url.as_str()));
    });
    Row::of_peer("rusty-s3", presign, None)
}

pub(crate) fn object_store<'t>(token: &str) -> Row<'t> {
    let ours = credentials(token);
    let store = AmazonS3Builder::new()
        .with_region(REGION)
        .with_bucket_name(BUCKET)
        .with_virtual_hosted_style_request(true)
        .with_access_key_id(ours.access_key_id)
        .with_secret_access_key(ours.secret_access_key)
        .with_token(token)
        .build()
        .expect("good settings");
    let path = object_store::path::Path::from(KEY);
    let presign = Checked::presign(token, move |look| {
        let url = ready(store.signed_url(http::Method::GET, black_box(&path), HOUR));
        let url = url.expect("a good request");
        look(&|| Made::of_url(url.as_str()));
    });
    let credential = AwsCredential {
        key_id: ours.access_key_id.to_owned(),
        secret_key: ours.secret_access_key.to_owned(),
        token: Some(token.to_owned()),
    };
    let request = http_request("PUT", &HEADERS, HttpRequestBody::empty());
    let copied = request.clone();
    let put = Checked::put(token, move |look| {
        let mut request = black_box(&request).clone();
        let authorizer = AwsAuthorizer::new(&credential, "s3", REGION);
        authorizer.try_authorize(&mut request, Some(&DIGEST)).expect("a good request");
        look(&|| Made::of_map(request.headers()));
    });
    Row::of_peer("object_store", presign, Some(put.without(copied)))
}

pub(crate) fn rust_s3<'t>(token: &str) -> Row<'t> {
    let ours = credentials(token);
    let (key, secret) = (Some(ours.access_key_id), Some(ours.secret_access_key));
    let credentials = s3::creds::Credentials::new(key, secret, None, Some(token), None);
    // The host of its `Region::EuWest1` is another.
    let region = s3::Region::Custom { region: REGION.to_owned(), endpoint: ENDPOINT.to_owned() };
    let bucket = s3::Bucket::new(BUCKET, region, credentials.expect("they are given"));
    let bucket = bucket.expect("a good name");
    let presign = Checked::presign(token, move |look| {
        let url = bucket.presign_get(black_box(KEY), 3600, None).expect("a good request");
        look(&|| Made::of_url(&url));
    });
    Row::of_peer("rust-s3", presign, None)
}
