//! Measures a signature by a client with a kept key beside core's own with the key at hand, for
//! `PutObject` with role credentials: the quickest of many turns, and the allocations.

use core::hint::black_box;
use core::time::Duration;
use std::time::Instant;

use http::Request;
use rolesig::{Credentials, Emit as _, Payload, Service, Signer, Timestamp};
use rolesig_std::provider::StaticProvider;
use rolesig_std::{Cache, Identity, SigningClient, Source};

type Failure = Box<dyn core::error::Error>;

const HOST: &str = "amzn-s3-demo-bucket.s3.eu-west-1.amazonaws.com";
const PATH: &str = "/data/part-00000%20with%20space%20%26%20%C3%BCn%C3%AFcode.parquet";
const HEADERS: [(&str, &[u8]); 4] = [
    ("content-length", b"134217728"),
    ("content-type", b"application/vnd.apache.parquet"),
    ("x-amz-meta-job", b"application_1440938160_0042"),
    ("x-amz-meta-mtime", b"1440938160"),
];
const PAYLOAD: Payload<'static> = Payload::Sha256([0x5a; 32]);
const TURNS: u32 = 20_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let token: String = "IQoJb3JpZ2luX2VjEXAMPLE/+".chars().cycle().take(850).collect();
    let credentials = Credentials {
        access_key_id: "ASIAIOSFODNN7EXAMPLE",
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        session_token: Some(&token),
    };
    let core = core_alone(credentials)?;
    let client = by_client(credentials).await?;
    let ratio = client.as_secs_f64() / core.as_secs_f64();
    println!("core {} ns, client {} ns: {ratio:.2}", core.as_nanos(), client.as_nanos());
    Ok(())
}

fn core_alone(credentials: Credentials<'_>) -> Result<Duration, Failure> {
    let mut signer = Signer::new(credentials, "eu-west-1", Service::S3)?;
    let request = rolesig::Request {
        method: "PUT",
        host: HOST,
        path: PATH,
        query: &[],
        headers: &HEADERS,
        payload: PAYLOAD,
    };
    let now = Timestamp::from(1_440_938_160);
    let mut buffer = [0; 2048];
    let mut quickest = Duration::MAX;
    for _ in 0..TURNS {
        let begin = Instant::now();
        let signed = signer.sign(black_box(&request), now)?;
        black_box(signed.authorization().write_to(&mut buffer).map_err(|_| "too small")?);
        quickest = quickest.min(begin.elapsed());
    }
    Ok(quickest)
}

async fn by_client(credentials: Credentials<'_>) -> Result<Duration, Failure> {
    let source = Source::Custom { name: "example".into() };
    let provider = StaticProvider::new(Identity::new(credentials, None, None, source));
    let cache = Cache::new(provider);
    let client: SigningClient<rolesig_std::client::BytesBody, _> =
        SigningClient::new(cache, "eu-west-1", Service::S3)?;
    let mut head = Request::put(format!("https://{HOST}{PATH}")).body(())?;
    for (name, value) in HEADERS {
        head.headers_mut().insert(name, http::HeaderValue::from_bytes(value)?);
    }
    let mut quickest = Duration::MAX;
    for _ in 0..TURNS {
        let mut request = head.clone();
        let begin = Instant::now();
        client.sign(black_box(&mut request), PAYLOAD).await?;
        quickest = quickest.min(begin.elapsed());
        black_box(request);
    }
    Ok(quickest)
}
