//! A web handler for a bucket, on the role that the program runs on. Downloads and uploads do not
//! go through it: it sends clients to presigned URLs.
//!
//! ```text
//! web_handler ADDRESS BUCKET
//! ```
//!
//! `GET /` responds with S3's list of the objects. `GET /KEY` and `PUT /KEY` redirect to a URL that
//! works for five minutes. A real handler first authenticates the caller.

use core::error::Error;
use std::env;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use http::header::CONTENT_TYPE;
use http::{Method, Request, StatusCode, Uri};
use rolesig::Expires;
use rolesig_std::{Config, Environment, SigningClient};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [address, name] = arguments.as_slice() else {
        return Err("expected ADDRESS BUCKET".into());
    };
    let s3 = Config::load(&Environment::of_process()).await?.client("s3")?;
    let expires = Expires::seconds(300).ok_or("expected 1 s to 7 days")?;
    let routes = Router::new()
        .route("/", get(list))
        .route("/{*key}", get(redirect).put(redirect))
        .with_state(Bucket { s3, name: name.clone(), expires });
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    Ok(axum::serve(listener, routes).await?)
}

#[derive(Clone)]
struct Bucket {
    s3: SigningClient,
    name: String,
    expires: Expires,
}

async fn list(State(bucket): State<Bucket>) -> Result<impl IntoResponse, StatusCode> {
    let request =
        Request::get(format!("/{}?list-type=2", bucket.name)).body("".into()).map_err(fail)?;
    let response = bucket.s3.call(request).await.map_err(fail)?;
    Ok(([(CONTENT_TYPE, "application/xml")], response.into_body()))
}

async fn redirect(
    State(bucket): State<Bucket>,
    method: Method,
    uri: Uri,
) -> Result<Redirect, StatusCode> {
    let object = format!("/{}{}", bucket.name, uri.path());
    let head = Request::builder().method(method).uri(object).body(()).map_err(fail)?;
    let presigned = bucket.s3.presign_request(&head, None, bucket.expires).await;
    Ok(Redirect::temporary(presigned.map_err(fail)?.url()))
}

/// Reports an error here. The client does not learn the reason.
fn fail(error: impl Error) -> StatusCode {
    eprintln!("no response: {error}");
    StatusCode::BAD_GATEWAY
}
