//! https by rustls.

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use std::io;
use std::sync::{Arc, OnceLock};

use crate::exchange::ExchangeError;

/// Puts TLS on top of TCP; without `https` it trusts nobody, and reads no certificates.
pub(crate) fn connector(
    http: HttpConnector,
    https: bool,
) -> Result<HttpsConnector<HttpConnector>, rustls::Error> {
    let config =
        if https { Arc::unwrap_or_clone(config()?) } else { trusting(RootCertStore::empty())? };
    Ok(HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_or_http()
        .enable_http1()
        .wrap_connector(http))
}

/// Puts TLS on one connection.
pub(crate) async fn handshake(
    host: &str,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, ExchangeError> {
    let config = config().map_err(ExchangeError::Tls)?;
    let host = ServerName::try_from(host.to_owned())
        .map_err(|error| ExchangeError::Connect(io::Error::other(error)))?;
    TlsConnector::from(config).connect(host, stream).await.map_err(ExchangeError::Connect)
}

/// Made once: a system's certificates are many files. Trusts those (`SSL_CERT_FILE` and
/// `SSL_CERT_DIR` name others), or Mozilla's where the system has none, as in an empty container.
fn config() -> Result<Arc<ClientConfig>, rustls::Error> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(Arc::clone(config));
    }
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
    let config = trusting(roots)?;
    Ok(Arc::clone(CONFIG.get_or_init(|| Arc::new(config))))
}

fn trusting(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
