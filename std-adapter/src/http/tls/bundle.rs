//! The certificates in a file.

use std::io;
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::unusable::{layout_error, without_certificates};
use crate::http::trust::{CertificatesError, path_error};
use crate::read::byte_order_mark::without_byte_order_mark;
use crate::read::file_or_pipe::read_file_or_pipe;

/// The most bytes of a bundle, 16 MiB. Those of systems have about 200 KiB.
const LIMIT: usize = 16 * 1024 * 1024;

/// Reads the certificates in a file, of which there must be some. One that is damaged is an error,
/// as it is for OpenSSL: otherwise it would be missing silently.
pub(super) fn in_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, CertificatesError> {
    let unreadable = |error: io::Error| {
        let wrong = path_error(path).filter(|_| error.kind() == io::ErrorKind::NotFound);
        wrong.unwrap_or(CertificatesError::Unreadable(error))
    };
    certificates(&read_file_or_pipe(path, LIMIT).map_err(unreadable)?)
}

fn certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, CertificatesError> {
    let text = plain_pem(text);
    if let Some(error) = layout_error(&text) {
        return Err(error);
    }
    let mut certificates = Vec::new();
    for read in CertificateDer::pem_slice_iter(&text) {
        let number = certificates.len() + 1;
        let certificate: CertificateDer<'_> =
            read.map_err(|_| CertificatesError::Damaged { number })?;
        if has_more(&certificate) {
            return Err(CertificatesError::TrustSettings);
        }
        let taken = RootCertStore::empty().add(certificate.clone());
        taken.map_err(|_| CertificatesError::NotX509 { number })?;
        certificates.push(certificate);
    }
    if certificates.is_empty() { Err(without_certificates(&text)) } else { Ok(certificates) }
}

/// Returns PEM without a byte order mark, and with the label that certificates have now: OpenSSL
/// takes an older one, too, and its own for certificates with trust settings.
fn plain_pem(text: &[u8]) -> Vec<u8> {
    const LABEL: &[u8] = b"CERTIFICATE-----";
    let mut rest = without_byte_order_mark(text);
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

/// Returns whether something follows a certificate: OpenSSL's trust settings, which may reject it.
/// DER has the length in the second byte, or how many bytes after that do.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_older_labels_and_a_byte_order_mark() {
        let pem = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let old = b"-----BEGIN X509 CERTIFICATE-----\nAAAA\n-----END X509 CERTIFICATE-----\n";
        assert_eq!(plain_pem(pem), pem);
        assert_eq!(plain_pem(&[b"\xef\xbb\xbf".as_slice(), old].concat()), pem);
        let trusted =
            b"-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n";
        assert_eq!(plain_pem(trusted), pem);
    }

    #[test]
    fn finds_trust_settings_behind_a_certificate() {
        for (len, header) in
            [(3, vec![0x30, 3]), (200, vec![0x30, 0x81, 200]), (1000, vec![0x30, 0x82, 3, 232])]
        {
            let certificate = [header, vec![0; len]].concat();
            assert!(!has_more(&certificate), "{len}");
            assert!(has_more(&[certificate.as_slice(), b"\x30\x00"].concat()), "{len}");
        }
        for other in [&b""[..], b"0", b"0\x84\xff", b"0\x80"] {
            assert!(!has_more(other), "{other:?}");
        }
    }

    #[test]
    fn names_the_certificate_that_is_damaged_beside_good_ones() {
        let good = certificate();
        assert_eq!(certificates(good.as_bytes()).unwrap().len(), 1);
        let (begin, end) = ("-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n");
        for (bad, expected) in [
            (format!("{begin}AAAA\n{end}"), "certificate 2 there is not X.509"),
            (format!("{begin}!\n{end}"), "certificate 2 there is cut off or damaged"),
            (format!("{begin}AAAA\n"), "certificate 2 there is cut off or damaged"),
            (format!("{begin}AAAA\n{good}"), "certificate 2 there is"),
            (format!("  {begin}AAAA\n  {end}"), "white space"),
            (format!("-----BEGIN CERTIFICATE-----AAAA{end}"), "in one line"),
        ] {
            let error = certificates(format!("{good}{bad}").as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{bad}: {error}");
        }
        let commented = format!("# {begin}# AAAA\n# {end}{good}");
        assert_eq!(certificates(commented.as_bytes()).unwrap().len(), 1);
    }

    /// Makes a certificate.
    fn certificate() -> String {
        let folder = tempfile::tempdir().unwrap();
        let options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
                       -subj /CN=ca -keyout key.pem -out ca.pem";
        let mut openssl = std::process::Command::new("openssl");
        openssl.args(options.split_ascii_whitespace()).current_dir(folder.path());
        assert!(openssl.output().unwrap().status.success());
        std::fs::read_to_string(folder.path().join("ca.pem")).unwrap()
    }
}
