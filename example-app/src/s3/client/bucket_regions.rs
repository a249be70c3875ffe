//! Buckets that are not in the assumed region.
//!
//! S3 refuses a request that is signed for a region other than the bucket's, and names the right
//! one: in a header, or only in the body, as other stores do. The request is signed for that region
//! and sent once more, and so are all later ones for the bucket. `Location` is not followed: the
//! host is derived from the region.
//!
//! Source: "Making requests using the REST API", Amazon S3 User Guide; `HeadBucket`, Amazon S3 API
//! Reference (`x-amz-bucket-region`); "Error responses", Amazon S3 API Reference (`Region`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::{Method, Request, Response, StatusCode};
use rolesig_std::SigningClient;
use rolesig_std::config::Region;
use rolesig_std::http::ResponseBody;

use super::S3;
use super::outgoing::Content;
use crate::s3::address::endpoint::{S3Endpoint, S3EndpointError};
use crate::s3::address::path::S3Path;
use crate::s3::content::body::S3Body;
use crate::s3::error::operation::OperationError;

/// The place of a bucket, and the client that signs for it.
#[derive(Debug)]
struct Site {
    client: SigningClient<S3Body>,
    endpoint: S3Endpoint,
}

/// The region that the request of a response was signed for.
#[derive(Clone, Debug)]
pub(in crate::s3) struct SignedFor(pub(super) String);

/// The buckets that are not in the assumed region.
#[derive(Debug, Default)]
pub(in crate::s3) struct BucketRegions(Mutex<BTreeMap<String, Arc<Site>>>);

impl BucketRegions {
    fn of(&self, bucket: &str) -> Option<Arc<Site>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(bucket).cloned()
    }

    fn keep(&self, bucket: &str, site: &Arc<Site>) {
        let mut sites = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sites.insert(bucket.to_owned(), Arc::clone(site));
    }
}

impl S3 {
    /// Returns the buckets that are not in the assumed region, and their regions.
    pub fn bucket_regions(&self) -> Vec<(String, String)> {
        let sites = self.bucket_regions.0.lock().unwrap_or_else(PoisonError::into_inner);
        let region = |site: &Site| site.endpoint.region().to_owned();
        sites.iter().map(|(bucket, site)| (bucket.clone(), region(site))).collect()
    }

    /// Sends a request to where its bucket is. The response to HEAD has no body that could name a
    /// region: another request does that.
    pub(in crate::s3) async fn send_to_bucket(
        &self,
        head: &Request<()>,
        content: Content<'_>,
    ) -> Result<Response<ResponseBody>, OperationError> {
        let Some(path) = head.extensions().get::<S3Path>() else {
            return self.send_to_host(&self.client, head, content).await;
        };
        let send_to = async |site: &Site| {
            let head = site.head(head, path)?;
            let response = self.send_to_host(&site.client, &head, content).await?;
            Ok(signed_for(response, &site.endpoint))
        };
        if let Some(site) = self.bucket_regions.of(path.bucket()) {
            return send_to(&site).await;
        }
        let response = self.send_to_host(&self.client, head, content).await?;
        let response = signed_for(response, &self.endpoint);
        let is_silent = !response.headers().contains_key(BUCKET_REGION);
        let response =
            if is_refusal(response.status()) && is_silent && head.method() != Method::HEAD {
                self.success(response).await
            } else {
                Ok(response)
            };
        let Some(site) = self.site_named_in(&response) else { return response };
        let site = Arc::new(site);
        self.bucket_regions.keep(path.bucket(), &site);
        send_to(&site).await
    }

    /// Returns the bucket's place that a refusal names, if it is another one.
    fn site_named_in(
        &self,
        response: &Result<Response<ResponseBody>, OperationError>,
    ) -> Option<Site> {
        let region = match response {
            Ok(response) if is_refusal(response.status()) => {
                response.headers().get(BUCKET_REGION)?.to_str().ok()?
            }
            Err(OperationError::Refused(error)) if error.is_wrong_region() => {
                error.region.as_deref()?
            }
            _ => return None,
        };
        let used = self.endpoint.region();
        let region: Region = region.parse().ok()?;
        // An old name of AWS's, unless that one was just refused: then it is the store's own. Other
        // stores have regions in capitals.
        let is_old =
            |it: &Region| it.as_str() != used && !it.as_str().eq_ignore_ascii_case(region.as_str());
        let region = Some(region.at_aws()).filter(is_old).unwrap_or(region);
        if region.as_str() == used {
            return None;
        }
        let endpoint = self.endpoint.in_region(&region).ok()?;
        Some(Site { client: self.client.in_region(endpoint.region()), endpoint })
    }
}

const BUCKET_REGION: &str = "x-amz-bucket-region";

/// Returns whether a response can mean that the bucket is in another region.
fn is_refusal(status: StatusCode) -> bool {
    const REFUSALS: [StatusCode; 3] =
        [StatusCode::MOVED_PERMANENTLY, StatusCode::TEMPORARY_REDIRECT, StatusCode::BAD_REQUEST];
    REFUSALS.contains(&status)
}

fn signed_for(
    mut response: Response<ResponseBody>,
    endpoint: &S3Endpoint,
) -> Response<ResponseBody> {
    response.extensions_mut().insert(SignedFor(endpoint.region().to_owned()));
    response
}

impl Site {
    /// Returns the request for the host of this region.
    fn head(&self, head: &Request<()>, path: &S3Path) -> Result<Request<()>, S3EndpointError> {
        let mut moved = head.clone();
        let query = head.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        let url = format!("{}{query}", self.endpoint.url(path, &[])?);
        *moved.uri_mut() = url.parse().map_err(|_| S3EndpointError::BadUrl(url))?;
        Ok(moved)
    }
}
