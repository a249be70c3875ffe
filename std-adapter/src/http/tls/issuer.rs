//! The issuer of a certificate that a server shows.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use webpki::EndEntityCert;

use super::provider;

/// Returns the issuer of the certificate that the server there shows, trusted or not. The handshake
/// ends at it.
pub(crate) async fn issuer<S: AsyncRead + AsyncWrite + Unpin>(
    host: &str,
    stream: S,
) -> Option<String> {
    let name = ServerName::try_from(host.to_owned()).ok()?;
    let witness = Arc::new(Witness::default());
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::<Witness>::clone(&witness))
        .with_no_client_auth();
    drop(TlsConnector::from(Arc::new(config)).connect(name, stream).await);
    witness.0.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// The response to every certificate: the handshake ends before anything is sent.
const NEVER_TRUSTED: Error = Error::InvalidCertificate(CertificateError::UnknownIssuer);

/// A verifier that notes the issuer of a certificate, and accepts none.
#[derive(Debug, Default)]
struct Witness(Mutex<Option<String>>);

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let issuer = EndEntityCert::try_from(end_entity).ok().map(|cert| readable(cert.issuer()));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = issuer;
        Err(NEVER_TRUSTED)
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(NEVER_TRUSTED)
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(NEVER_TRUSTED)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}

/// The object identifiers of the parts of a name that people know it by, in DER: common name and
/// organisation (X.520).
const PARTS: [(&[u8], &str); 2] = [(&[0x55, 4, 3], "CN"), (&[0x55, 4, 10], "O")];

/// Returns the common name and the organisation in a name in DER: a sequence of sets, each of
/// sequences of an object identifier and a text (RFC 5280 §4.1.2.4).
fn readable(name: &[u8]) -> String {
    let mut parts = Vec::new();
    for (_, set) in Values(name) {
        for (_, attribute) in Values(set) {
            let mut values = Values(attribute).map(|(_, value)| value);
            let (Some(id), Some(text)) = (values.next(), values.next()) else { continue };
            if let Some((_, label)) = PARTS.iter().find(|(known, _)| *known == id) {
                parts.push(format!("{label}={}", String::from_utf8_lossy(text)));
            }
        }
    }
    parts.join(", ").replace(char::is_control, "?")
}

/// Reads a name in DER: for the fuzz targets.
#[cfg(fuzzing)]
#[doc(hidden)]
pub fn read_name(name: &[u8]) -> String {
    readable(name)
}

/// Consecutive values in DER, with their tags.
struct Values<'d>(&'d [u8]);

impl<'d> Iterator for Values<'d> {
    type Item = (u8, &'d [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let [tag, len, rest @ ..] = self.0 else { return None };
        let (len, rest) = match usize::from(*len) {
            short @ 0..0x80 => (short, rest),
            long => {
                let (bytes, rest) = rest.split_at_checked(long & 0x7f)?;
                let len = bytes.iter().try_fold(0_usize, |len, byte| {
                    len.checked_mul(256)?.checked_add(usize::from(*byte))
                });
                (len?, rest)
            }
        };
        let (value, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        Some((*tag, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_common_name_and_the_organisation() {
        let attribute = |id: u8, text: &str| {
            let text = [&[0x0c, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
            let of = [&[6, 3, 0x55, 4, id], text.as_slice()].concat();
            let sequence = [&[0x30, u8::try_from(of.len()).unwrap()], of.as_slice()].concat();
            // A length in two bytes, as long values have it.
            [&[0x31, 0x81, u8::try_from(sequence.len()).unwrap()], sequence.as_slice()].concat()
        };
        let name = [attribute(6, "DE"), attribute(10, "A Company"), attribute(3, "Proxy\u{7}")];
        assert_eq!(readable(&name.concat()), "O=A Company, CN=Proxy?");
    }

    #[test]
    fn treats_an_invalid_name_as_missing() {
        for broken in [&[][..], &[0x31], &[0x31, 5, 0], &[0x31, 0x89, 1], &[0x31, 0xff], &[0; 9]] {
            assert_eq!(readable(broken), "");
        }
    }
}
