//! https by rustls.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme,
};
use rustls_native_certs::{CertificateResult, load_certs_from_paths, load_native_certs};
use sha2::{Digest as _, Sha256};
use tokio_rustls::TlsConnector;

use crate::connect::{ConnectError, Stream};
use crate::thread::{detached, outcome};
use crate::trust::{Trust, TrustError, TrustFailure};

/// Puts TLS on one connection.
pub(crate) async fn handshake(
    host: &str,
    stream: Stream,
    trust: &Trust,
) -> Result<Stream, ConnectError> {
    let config = config_unblocked(trust).await?;
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| ConnectError::Tcp(io::Error::other(error)))?;
    match TlsConnector::from(config).connect(name, stream).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(failure(host, error, trust)),
    }
}

/// Returns whether what answers there speaks TLS, whoever it is.
pub(crate) async fn is_spoken(host: &str, stream: Stream) -> bool {
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

fn cause(error: &io::Error) -> Option<&Error> {
    error.get_ref().and_then(|cause| cause.downcast_ref())
}

/// The configurations for certificates that were read.
static CONFIGS: Mutex<BTreeMap<Trust, Arc<ClientConfig>>> = Mutex::new(BTreeMap::new());

/// Returns the configuration for certificates, which are read once: a system's are many files. Blocks
/// while it reads them.
pub(crate) fn config(trust: &Trust) -> Result<Arc<ClientConfig>, TrustError> {
    if let Some(config) = known(trust) {
        return Ok(config);
    }
    // Not while the others are locked, which other threads want meanwhile.
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

/// Returns the same without blocking.
pub(crate) async fn config_unblocked(trust: &Trust) -> Result<Arc<ClientConfig>, TrustError> {
    if let Some(config) = known(trust) {
        return Ok(config);
    }
    let owned = trust.clone();
    let ended = || io::Error::other("the thread that was to read them has ended early");
    let failure = || TrustError { by: trust.to_string(), why: TrustFailure::Unreadable(ended()) };
    outcome(detached, move || config(&owned)).await.unwrap_or_else(|| Err(failure()))
}

fn known(trust: &Trust) -> Option<Arc<ClientConfig>> {
    CONFIGS.lock().unwrap_or_else(PoisonError::into_inner).get(trust).map(Arc::clone)
}

/// Reads the certificates; none if the system has none at all.
fn read(trust: &Trust) -> Result<Vec<CertificateDer<'static>>, TrustFailure> {
    match trust {
        Trust::System => found(load_native_certs(), true),
        Trust::Locations { file, directories } => {
            let mut all = load_certs_from_paths(file.as_deref(), None);
            if let Some(file) = file
                && all.certs.is_empty()
            {
                match in_file(file) {
                    Ok(certificates) => all.certs.extend(certificates),
                    Err(why) if directories.is_empty() => return Err(why),
                    Err(_) => {}
                }
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

/// Reads the certificates in a file, of which there must be some.
fn in_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, TrustFailure> {
    let text = std::fs::read(path).map_err(TrustFailure::Unreadable)?;
    let text = plain_pem(&text);
    match CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>() {
        Ok(certificates) if certificates.is_empty() => Err(TrustFailure::NoPem),
        Ok(certificates) if certificates.iter().any(|der| has_more(der)) => {
            Err(TrustFailure::TrustSettings)
        }
        Ok(certificates) => Ok(certificates),
        Err(pem::Error::Io(error)) => Err(TrustFailure::Unreadable(error)),
        Err(error) => Err(TrustFailure::Malformed(error.to_string())),
    }
}

/// Returns PEM without a byte order mark, and with the label that certificates have now: OpenSSL takes
/// an older one, and one of its own for certificates with trust settings, too.
fn plain_pem(text: &[u8]) -> Vec<u8> {
    const LABEL: &[u8] = b"CERTIFICATE-----";
    let mut rest = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut plain = Vec::with_capacity(rest.len());
    while let Some((first, behind)) = rest.split_first() {
        let other = [&b"X509 "[..], b"TRUSTED "].iter().find_map(|kind| rest.strip_prefix(*kind));
        if let Some(label) = other.filter(|label| label.starts_with(LABEL)) {
            rest = label;
            continue;
        }
        plain.push(*first);
        rest = behind;
    }
    plain
}

/// Returns whether something follows a certificate: OpenSSL's trust settings, which may reject it. DER
/// tells the length in the second byte, or how many bytes after that do.
fn has_more(der: &[u8]) -> bool {
    let [0x30, first, rest @ ..] = der else { return false };
    let (len, rest) = match usize::from(*first) {
        len @ 0..0x80 => (len, rest),
        long => {
            let Some((digits, rest)) = rest.split_at_checked(long - 0x80) else { return false };
            let add = |len: usize, digit: &u8| len << 8 | usize::from(*digit);
            (digits.iter().take(4).fold(0, add), rest)
        }
    };
    rest.len() > len
}

/// Takes what was found. Files that cannot be read do not matter beside others that can, but they
/// are no reason to trust somebody else.
fn found(
    CertificateResult { certs, errors, .. }: CertificateResult,
    may_be_empty: bool,
) -> Result<Vec<CertificateDer<'static>>, TrustFailure> {
    match errors.into_iter().next() {
        Some(error) if certs.is_empty() => {
            Err(TrustFailure::Unreadable(io::Error::other(error.to_string())))
        }
        None if certs.is_empty() && !may_be_empty => Err(TrustFailure::NoPem),
        _ => Ok(certs),
    }
}

/// Trusts these certificates, or Mozilla's if there are none.
fn trusting(
    certificates: Vec<CertificateDer<'static>>,
    trust: &Trust,
) -> Result<ClientConfig, TrustFailure> {
    let mut roots = RootCertStore::empty();
    let itself = certificates.iter().map(|certificate| digest(certificate)).collect();
    roots.add_parsable_certificates(certificates);
    if roots.is_empty() && *trust != Trust::System {
        return Err(TrustFailure::NoX509);
    }
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let failure = |error: &dyn core::error::Error| TrustFailure::Tls(error.to_string());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
    let by_authority = verifier.map_err(|error| failure(&error))?;
    let verifier = Arc::new(Verifier { by_authority, itself });
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| failure(&error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// To find out whether TLS is spoken: every certificate ends it.
fn trusting_nobody() -> Result<ClientConfig, Error> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn digest(certificate: &[u8]) -> [u8; 32] {
    Sha256::digest(certificate).into()
}

/// Verifies as rustls does, and takes a server's certificate, too, that is itself among the trusted
/// ones and calls itself an authority's: what `openssl req -x509` makes. OpenSSL, and so curl and
/// Python, take it; webpki alone does not.
#[derive(Debug)]
struct Verifier {
    by_authority: Arc<WebPkiServerVerifier>,
    /// The digests of the trusted certificates.
    itself: Vec<[u8; 32]>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.by_authority.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            // webpki checks the time before this, and the name after it.
            Err(error) if is_authoritys(&error) && self.itself.contains(&digest(end_entity)) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_authority.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_authority.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.by_authority.supported_verify_schemes()
    }
}

fn is_authoritys(error: &Error) -> bool {
    let Error::InvalidCertificate(CertificateError::Other(other)) = error else { return false };
    matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}

/// Tells what no other attempt mends from what may be different the next time.
fn failure(host: &str, error: io::Error, trust: &Trust) -> ConnectError {
    let is_passing = |error: &Error| {
        matches!(error, Error::AlertReceived(AlertDescription::InternalError) | Error::DecryptError)
    };
    match cause(&error) {
        Some(cause) if !is_passing(cause) => ConnectError::Tls {
            host: host.to_owned(),
            why: told(cause),
            remedy: remedy(host, cause, trust),
        },
        _ => ConnectError::Tcp(error),
    }
}

/// Returns the error in words, where rustls has a name only.
fn told(error: &Error) -> String {
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
        Error::InvalidMessage(_) => "what answered is not TLS".to_owned(),
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
            "have the server's certificate issued anew, as X.509 version 3 for a server"
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
