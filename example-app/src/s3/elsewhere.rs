//! Buckets that are in another region than was thought.
//!
//! S3 refuses a request that is signed for another region than the bucket's, and says which it is: in a
//! header, or in the body alone, as other stores do.
//! The request is sent again, once, signed anew, and so are all later ones for the bucket. What
//! `Location` says is not followed: the host is made from the region.
//!
//! Source: "Making requests using the REST API", Amazon S3 User Guide; `HeadBucket`, Amazon S3 API
//! Reference (`x-amz-bucket-region`); "Error responses", Amazon S3 API Reference (`Region`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::{Method, Request, Response, StatusCode};
use rolesig_std::SigningClient;
use rolesig_std::config::Region;
use rolesig_std::http::ResponseBody;

use super::body::S3Body;
use super::endpoint::{Endpoint, EndpointError};
use super::path::S3Path;
use super::{S3, S3Failure};

/// Where a bucket is.
#[derive(Debug)]
struct Site {
    client: SigningClient<S3Body>,
    endpoint: Endpoint,
}

/// The region that the request of a response was signed for.
#[derive(Clone, Debug)]
pub(super) struct SignedFor(pub(super) String);

/// The buckets that turned out to be elsewhere.
#[derive(Debug, Default)]
pub(super) struct Elsewhere(Mutex<BTreeMap<String, Arc<Site>>>);

impl Elsewhere {
    fn of(&self, bucket: &str) -> Option<Arc<Site>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(bucket).cloned()
    }

    fn keep(&self, bucket: &str, site: &Arc<Site>) {
        let mut sites = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sites.insert(bucket.to_owned(), Arc::clone(site));
    }
}

impl S3 {
    /// The buckets that turned out to be in another region, and their regions.
    pub fn elsewhere(&self) -> Vec<(String, String)> {
        let sites = self.elsewhere.0.lock().unwrap_or_else(PoisonError::into_inner);
        let region = |site: &Site| site.endpoint.region().to_owned();
        sites.iter().map(|(bucket, site)| (bucket.clone(), region(site))).collect()
    }

    /// Sends a request to where its bucket is. The answer to HEAD has no body that could name a region:
    /// another request does that.
    pub(super) async fn where_it_is(
        &self,
        head: &Request<()>,
        send: impl AsyncFn(
            &SigningClient<S3Body>,
            &Request<()>,
        ) -> Result<Response<ResponseBody>, S3Failure>,
    ) -> Result<Response<ResponseBody>, S3Failure> {
        let Some(path) = head.extensions().get::<S3Path>() else {
            return send(&self.client, head).await;
        };
        let send_to = async |site: &Site| {
            let response = send(&site.client, &site.head(head, path)?).await?;
            Ok(signed_for(response, &site.endpoint))
        };
        if let Some(site) = self.elsewhere.of(path.bucket()) {
            return send_to(&site).await;
        }
        let response = signed_for(send(&self.client, head).await?, &self.endpoint);
        let is_silent = !response.headers().contains_key(BUCKET_REGION);
        let answer = if is_refusal(response.status()) && is_silent && head.method() != Method::HEAD
        {
            self.success(response).await
        } else {
            Ok(response)
        };
        let Some(site) = self.site_named_in(&answer) else { return answer };
        let site = Arc::new(site);
        self.elsewhere.keep(path.bucket(), &site);
        send_to(&site).await
    }

    /// What a refusal says of the bucket's region, if it is another one.
    fn site_named_in(&self, answer: &Result<Response<ResponseBody>, S3Failure>) -> Option<Site> {
        let region = match answer {
            Ok(response) if is_refusal(response.status()) => {
                response.headers().get(BUCKET_REGION)?.to_str().ok()?
            }
            Err(S3Failure::S3(error)) if error.is_wrong_region() => error.region.as_deref()?,
            _ => return None,
        };
        if region == self.endpoint.region() {
            return None;
        }
        let endpoint = self.endpoint.in_region(&region.parse::<Region>().ok()?).ok()?;
        Some(Site { client: self.client.in_region(region), endpoint })
    }
}

const BUCKET_REGION: &str = "x-amz-bucket-region";

/// Whether an answer may mean that the bucket is elsewhere.
fn is_refusal(status: StatusCode) -> bool {
    const REFUSALS: [StatusCode; 3] =
        [StatusCode::MOVED_PERMANENTLY, StatusCode::TEMPORARY_REDIRECT, StatusCode::BAD_REQUEST];
    REFUSALS.contains(&status)
}

fn signed_for(mut response: Response<ResponseBody>, endpoint: &Endpoint) -> Response<ResponseBody> {
    response.extensions_mut().insert(SignedFor(endpoint.region().to_owned()));
    response
}

impl Site {
    /// The same request, to the host of this region.
    fn head(&self, head: &Request<()>, path: &S3Path) -> Result<Request<()>, EndpointError> {
        let mut moved = head.clone();
        let query = head.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        let url = format!("{}{query}", self.endpoint.url(path, &[])?);
        *moved.uri_mut() = url.parse().map_err(|_| EndpointError::BadUrl(url))?;
        Ok(moved)
    }
}
