//! Buckets that are in another region than was thought.
//!
//! S3 refuses a request that is signed for another region than the bucket's, and says which it is.
//! The request is sent again, once, signed anew, and so are all later ones for the bucket. What
//! `Location` says is not followed: the host is made from the region.
//!
//! Source: "Making requests using the REST API", Amazon S3 User Guide; `HeadBucket`, Amazon S3 API
//! Reference (`x-amz-bucket-region`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::{Request, Response, StatusCode};
use rolesig_std::{Region, ResponseBody, SigningClient};

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

    /// Sends a request to where its bucket is.
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
        if let Some(site) = self.elsewhere.of(path.bucket()) {
            return send(&site.client, &site.head(head, path)?).await;
        }
        let response = send(&self.client, head).await?;
        let Some(site) = self.site_named_in(&response) else { return Ok(response) };
        let site = Arc::new(site);
        self.elsewhere.keep(path.bucket(), &site);
        send(&site.client, &site.head(head, path)?).await
    }

    /// What a refusal says of the bucket's region, if it is another one.
    fn site_named_in(&self, response: &Response<ResponseBody>) -> Option<Site> {
        const REFUSALS: [StatusCode; 3] = [
            StatusCode::MOVED_PERMANENTLY,
            StatusCode::TEMPORARY_REDIRECT,
            StatusCode::BAD_REQUEST,
        ];
        let region = response.headers().get("x-amz-bucket-region")?.to_str().ok()?;
        if !REFUSALS.contains(&response.status()) || region == self.endpoint.region() {
            return None;
        }
        let endpoint = self.endpoint.in_region(&region.parse::<Region>().ok()?).ok()?;
        Some(Site { client: self.client.in_region(region), endpoint })
    }
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
