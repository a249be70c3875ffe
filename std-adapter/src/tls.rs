//! https by rustls.

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::{ClientConfig, RootCertStore};

use std::sync::Arc;

/// Puts TLS on top of TCP. Trusts the system's certificates (`SSL_CERT_FILE` and `SSL_CERT_DIR`
/// name others), or Mozilla's where the system has none, as in an empty container.
pub(crate) fn connector(
    http: HttpConnector,
) -> Result<HttpsConnector<HttpConnector>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
    if roots.is_empty() && named.iter().any(|name| std::env::var_os(name).is_some()) {
        let message = "there is no certificate where SSL_CERT_FILE and SSL_CERT_DIR point to";
        return Err(rustls::Error::General(message.to_owned()));
    }
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_or_http()
        .enable_http1()
        .wrap_connector(http))
}
