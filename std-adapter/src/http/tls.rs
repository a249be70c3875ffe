//! https by rustls.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, Error, RootCertStore};
use rustls_native_certs::{CertificateResult, load_certs_from_paths, load_native_certs};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use crate::clock::thread::{detached, outcome};
use crate::http::protocol_error::NOT_TLS;
use crate::http::stream::Stream;
use crate::http::trust::{CertificatesError, Trust, TrustError};

mod bundle;
mod client_certificate;
mod issuer;
mod unusable;
mod verifier;

use bundle::in_file;
use client_certificate::{NoCertificate, UnconfirmedStream, ended, noting};
pub(crate) use issuer::issuer;
#[cfg(fuzzing)]
pub use issuer::read_name;
use verifier::{Verifier, digest, is_authoritys};

/// Puts TLS on one connection. `later` makes the errors that the stream finds only when it is read.
pub(crate) async fn handshake(
    host: &str,
    stream: Stream,
    trust: &Trust,
    later: fn(TlsError) -> io::Error,
) -> Result<Stream, TlsError> {
    let config = config_unblocked(trust).await?;
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| TlsError::Io(io::Error::other(error)))?;
    match noting(TlsConnector::from(config).connect(name, stream)).await {
        (Ok(stream), false) => Ok(Box::new(stream)),
        (Ok(stream), true) => Ok(Box::new(UnconfirmedStream::new(stream, host, later))),
        (Err(error), true) if ended_by_server(&error) => Err(ended(host, &error)),
        (Err(error), _) => Err(handshake_error(host, error, trust)),
    }
}

/// Returns whether a handshake was ended by an alert or with the connection, and not by this side.
fn ended_by_server(error: &io::Error) -> bool {
    cause(error).is_none_or(|cause| matches!(cause, Error::AlertReceived(_)))
}

/// The reason why a connection has no TLS.
#[derive(Debug)]
pub(crate) enum TlsError {
    /// The trusted certificates cannot be read.
    Trust(TrustError),
    /// The connection broke, or another attempt may succeed.
    Io(io::Error),
    /// Another attempt fails, too.
    Handshake { host: String, why: String, remedy: String },
}

impl From<TrustError> for TlsError {
    fn from(error: TrustError) -> Self {
        Self::Trust(error)
    }
}

/// Returns whether the server there speaks TLS, whatever its certificate.
pub(crate) async fn is_spoken<S: AsyncRead + AsyncWrite + Unpin>(host: &str, stream: S) -> bool {
    let Ok(name) = ServerName::try_from(host.to_owned()) else { return false };
    let Ok(config) = trusting_nobody() else { return false };
    match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
        Ok(_) => true,
        Err(error) => matches!(
            cause(&error),
            Some(
                Error::InvalidCertificate(_) | Error::AlertReceived(_) | Error::PeerIncompatible(_)
            )
        ),
    }
}

/// Returns the error of a peer that answers plain HTTP, and nothing to TLS.
pub(crate) fn not_spoken(host: &str) -> TlsError {
    TlsError::Handshake {
        host: host.to_owned(),
        why: NOT_TLS.to_owned(),
        remedy: "plain HTTP is spoken on that port: give the endpoint as http://".to_owned(),
    }
}

fn cause(error: &io::Error) -> Option<&Error> {
    error.get_ref().and_then(|cause| cause.downcast_ref())
}

/// The configurations for certificates that were read.
static CONFIGS: Mutex<BTreeMap<Trust, Arc<ClientConfig>>> = Mutex::new(BTreeMap::new());

/// Returns the configuration for certificates, which are read once: a system's are many files.
/// Blocks while it reads them.
pub(crate) fn config(trust: &Trust) -> Result<Arc<ClientConfig>, TrustError> {
    if let Some(config) = known(trust) {
        return Ok(config);
    }
    // Not while the others are locked, which other threads need meanwhile.
    let config = read(trust)
        .and_then(|certificates| trusting(certificates, trust))
        .map_err(|why| TrustError { by: trust.to_string(), why })?;
    let config = Arc::new(config);
    CONFIGS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(trust.clone(), Arc::clone(&config));
    Ok(config)
}

impl Trust {
    /// Reads the certificates that a setting names, as the first connection by TLS does. Does not
    /// read those of the system.
    ///
    /// # Errors
    /// If they cannot be read, or there are none.
    pub fn check(&self) -> Result<(), TrustError> {
        if *self == Self::System { Ok(()) } else { config(self).map(drop) }
    }
}

/// Returns the same without blocking.
pub(crate) async fn config_unblocked(trust: &Trust) -> Result<Arc<ClientConfig>, TrustError> {
    if let Some(config) = known(trust) {
        return Ok(config);
    }
    let owned = trust.clone();
    let ended = || io::Error::other("the thread that reads them ended early");
    let read_error =
        || TrustError { by: trust.to_string(), why: CertificatesError::Unreadable(ended()) };
    outcome(detached, move || config(&owned)).await.unwrap_or_else(|| Err(read_error()))
}

fn known(trust: &Trust) -> Option<Arc<ClientConfig>> {
    CONFIGS.lock().unwrap_or_else(PoisonError::into_inner).get(trust).map(Arc::clone)
}

/// Reads the certificates; none if the system has none at all.
fn read(trust: &Trust) -> Result<Vec<CertificateDer<'static>>, CertificatesError> {
    match trust {
        Trust::System => found(load_native_certs(), true),
        Trust::Locations { file, directories } => {
            let mut all = CertificateResult::default();
            match file.as_deref().map(in_file) {
                None => {}
                Some(Ok(certificates)) => all.certs = certificates,
                // OpenSSL then continues with the directories.
                Some(Err(why)) if why.is_absent() && !directories.is_empty() => {}
                Some(Err(why)) => return Err(why),
            }
            for directory in directories {
                let more = load_certs_from_paths(None, Some(directory));
                all.certs.extend(more.certs);
                all.errors.extend(more.errors);
            }
            found(all, false)
        }
        Trust::Bundle { path, .. } => in_file(path),
    }
}

/// Takes what was found. Files that cannot be read do not matter beside others that can, but they
/// do not justify trust in anybody else.
fn found(
    CertificateResult { certs, errors, .. }: CertificateResult,
    may_be_empty: bool,
) -> Result<Vec<CertificateDer<'static>>, CertificatesError> {
    match errors.into_iter().next() {
        Some(error) if certs.is_empty() => {
            Err(CertificatesError::Unreadable(io::Error::other(error.to_string())))
        }
        None if certs.is_empty() && !may_be_empty => Err(CertificatesError::NoPem),
        _ => Ok(certs),
    }
}

/// Trusts these certificates, or Mozilla's if there are none.
fn trusting(
    certificates: Vec<CertificateDer<'static>>,
    trust: &Trust,
) -> Result<ClientConfig, CertificatesError> {
    let mut roots = RootCertStore::empty();
    let itself = certificates.iter().map(|certificate| digest(certificate)).collect();
    roots.add_parsable_certificates(certificates);
    if roots.is_empty() && *trust != Trust::System {
        return Err(CertificatesError::NotX509 { number: 1 });
    }
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let tls_error = |error: &dyn core::error::Error| CertificatesError::Tls(error.to_string());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
    let by_authority = verifier.map_err(|error| tls_error(&error))?;
    let verifier = Arc::new(Verifier::new(by_authority, itself));
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| tls_error(&error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(Arc::new(NoCertificate)))
}

/// Returns a configuration that finds out whether TLS is spoken: every certificate ends the
/// handshake.
fn trusting_nobody() -> Result<ClientConfig, Error> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Distinguishes final failures from those that may pass.
fn handshake_error(host: &str, error: io::Error, trust: &Trust) -> TlsError {
    let is_passing = |error: &Error| {
        matches!(error, Error::AlertReceived(AlertDescription::InternalError) | Error::DecryptError)
    };
    match cause(&error) {
        Some(cause) if !is_passing(cause) => TlsError::Handshake {
            host: host.to_owned(),
            why: reason(cause),
            remedy: remedy(host, cause, trust),
        },
        _ => TlsError::Io(error),
    }
}

/// Returns the error in words, where rustls only has a name.
fn reason(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "its certificate is not trusted (UnknownIssuer)".to_owned()
        }
        error if is_authoritys(error) => {
            "its certificate is a certificate authority's own (CA:TRUE), and not itself trusted"
                .to_owned()
        }
        Error::InvalidCertificate(
            CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. },
        ) => "its certificate is signed with a kind of key that is not supported, such as P-521"
            .to_owned(),
        Error::InvalidMessage(_) => NOT_TLS.to_owned(),
        other => other.to_string(),
    }
}

fn remedy(host: &str, error: &Error, trust: &Trust) -> String {
    use CertificateError as Certificate;
    let text = match error {
        Error::InvalidCertificate(Certificate::UnknownIssuer) => return remedy_of_trust(trust),
        error if is_authoritys(error) => return remedy_of_trust(trust),
        Error::InvalidCertificate(Certificate::Expired | Certificate::ExpiredContext { .. }) => {
            "have the certificate renewed, or set the clock of this host"
        }
        Error::InvalidCertificate(
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. },
        ) => "set the clock of this host, by NTP",
        Error::InvalidCertificate(
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
        ) => {
            return format!(
                "ask it by a name that its certificate has, or have {host} added to the \
                 certificate (subjectAltName)"
            );
        }
        Error::InvalidCertificate(
            Certificate::UnsupportedSignatureAlgorithmContext { .. }
            | Certificate::UnsupportedSignatureAlgorithmForPublicKeyContext { .. },
        ) => {
            "have the certificate issued by an authority whose key is RSA, P-256, P-384 or Ed25519"
        }
        Error::InvalidCertificate(_) => {
            "have the server's certificate reissued, as X.509 version 3 for a server"
        }
        Error::InvalidMessage(_) => {
            "if plain HTTP is spoken on that port, give the endpoint as http://, else another port"
        }
        Error::AlertReceived(AlertDescription::ProtocolVersion) | Error::PeerIncompatible(_) => {
            "have TLS 1.2 or 1.3 enabled at the server: older versions are not spoken"
        }
        Error::AlertReceived(AlertDescription::HandshakeFailure) => {
            "have the server use a certificate whose key is RSA, P-256, P-384 or Ed25519 (P-521 is \
             not supported), and cipher suites with ECDHE and AES-GCM or ChaCha20-Poly1305"
        }
        _ => "check what listens there: it ended the handshake",
    };
    text.to_owned()
}

fn remedy_of_trust(trust: &Trust) -> String {
    match trust {
        Trust::System => "if a private authority issued it, name a file with that authority's \
                          certificate (PEM) by AWS_CA_BUNDLE, or ca_bundle in the profile \
                          (REQUESTS_CA_BUNDLE is not followed)"
            .to_owned(),
        named => format!("add the certificate of the authority that issued it to {named}"),
    }
}

#[cfg(test)]
mod tests;
