//! The reasons why a file has no usable certificates: each with its remedy.

use crate::http::trust::CertificatesError;

/// The line that begins a certificate.
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// The object identifiers of PKCS#7's signed data, and of the data that PKCS#12 wraps, in DER.
const PKCS7: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const PKCS12: &[u8] = b"\x02\x01\x03\x30";

/// The first bytes of Java's keystores.
const JAVA: [&[u8]; 2] = [b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"];

/// Returns the error for an existing certificate that would be skipped: in the wrong place
/// of its line, or in another encoding.
pub(super) fn layout_error(text: &[u8]) -> Option<CertificatesError> {
    if text.starts_with(b"\x30") || JAVA.iter().any(|magic| text.starts_with(magic)) {
        return None;
    }
    if is_archive(text) {
        return Some(CertificatesError::Archive);
    }
    if text.contains(&0) {
        return Some(CertificatesError::Utf16);
    }
    text.split(|byte| matches!(byte, b'\n' | b'\r')).find_map(|line| {
        let behind = line.trim_ascii().strip_prefix(BEGIN)?;
        if !behind.is_empty() {
            return Some(CertificatesError::OneLine);
        }
        (!line.starts_with(BEGIN)).then_some(CertificatesError::Indented)
    })
}

/// Returns whether a file is compressed, or holds others: gzip, zip, xz, bzip2, zstd or tar.
fn is_archive(text: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 5] =
        [b"\x1f\x8b", b"PK\x03\x04", b"\xfd7zXZ", b"BZh", b"\x28\xb5\x2f\xfd"];
    let is_tar = text.get(257..).is_some_and(|rest| rest.starts_with(b"ustar"));
    is_tar || BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
}

/// Returns the error for a file that has no certificate in PEM form.
pub(super) fn without_certificates(text: &[u8]) -> CertificatesError {
    let text = text.trim_ascii();
    if text.is_empty() {
        return CertificatesError::Empty;
    }
    if text.starts_with(b"\x30") && !text.is_ascii() {
        return binary(text);
    }
    if JAVA.iter().any(|magic| text.starts_with(magic)) {
        return CertificatesError::JavaKeystore;
    }
    if text.starts_with(b"<") {
        return CertificatesError::Html;
    }
    let has = |label: &[u8]| contains(text, label);
    if has(b"-----BEGIN PKCS7-----") || has(b"-----BEGIN CMS-----") {
        return CertificatesError::Pkcs7 { form: "pem" };
    }
    if has(b"CERTIFICATE REQUEST-----") {
        return CertificatesError::Request;
    }
    if has(b"PRIVATE KEY-----") {
        return CertificatesError::PrivateKey;
    }
    let is_base64 = |byte: &u8| {
        byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"+/=".contains(byte)
    };
    // `-----BEGIN`, encoded once more, as in a secret of Kubernetes.
    if text.starts_with(b"LS0tLS1CRUdJT") {
        return CertificatesError::TwiceBase64;
    }
    // Each certificate begins with these in Base64.
    if text.starts_with(b"MI") && text.iter().all(is_base64) {
        return CertificatesError::BareBase64;
    }
    CertificatesError::NoPem
}

/// Returns the error for DER.
fn binary(der: &[u8]) -> CertificatesError {
    // Behind the length of the whole.
    let beginning = der.get(..24).unwrap_or(der);
    if contains(beginning, PKCS7) {
        return CertificatesError::Pkcs7 { form: "der" };
    }
    if contains(beginning.get(..8).unwrap_or_default(), PKCS12) {
        return CertificatesError::Pkcs12;
    }
    CertificatesError::Der
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::super::bundle::in_file;

    /// Runs openssl in a folder, once for each line.
    fn openssl(folder: &Path, lines: &str) {
        for line in lines.lines() {
            let mut openssl = Command::new("openssl");
            openssl.args(line.split_ascii_whitespace()).current_dir(folder);
            assert!(openssl.output().unwrap().status.success(), "{line}");
        }
    }

    /// Makes a file of each kind; returns the certificate in PEM form.
    fn make_files(folder: &Path) -> String {
        openssl(
            folder,
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ca \
             -keyout key.pem -out ca.pem\n\
             x509 -in ca.pem -outform der -out ca.der\n\
             crl2pkcs7 -nocrl -certfile ca.pem -out p7.pem\n\
             crl2pkcs7 -nocrl -certfile ca.pem -outform der -out p7.der\n\
             pkcs12 -export -in ca.pem -inkey key.pem -passout pass: -out p12\n\
             req -new -key key.pem -subj /CN=ca -out request.pem\n\
             base64 -in ca.pem -out twice",
        );
        let pem = std::fs::read_to_string(folder.join("ca.pem")).unwrap();
        let body = pem.lines().filter(|line| !line.starts_with("-----")).collect::<String>();
        let utf16: Vec<u8> = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let tar = [&[b'a'; 257][..], b"ustar\0", pem.as_bytes()].concat();
        let texts: [(&str, Vec<u8>); 14] = [
            ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec()),
            ("tar", tar),
            ("empty", Vec::new()),
            ("blank", b" \r\n\n".to_vec()),
            ("utf16", [b"\xff\xfe".to_vec(), utf16.clone()].concat()),
            ("utf16-without-mark", utf16),
            ("indented", pem.replace('\n', "\n  ").replacen("-----B", "\n  -----B", 1).into()),
            ("one-line", pem.replace('\n', "").into()),
            ("escaped", pem.replace('\n', "\\n").into()),
            ("spaces", pem.replace('\n', " ").into()),
            ("bare", body.into()),
            ("page", b"<!DOCTYPE html><html>Sign in</html>".to_vec()),
            ("java", b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01".to_vec()),
            ("other", b"hello".to_vec()),
        ];
        for (name, text) in texts {
            std::fs::write(folder.join(name), text).unwrap();
        }
        pem
    }

    #[test]
    fn names_a_remedy_for_each_kind_of_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let pem = make_files(folder.path());
        for (name, expected) in [
            ("empty", "the file is empty"),
            ("blank", "the file is empty"),
            ("utf16", "UTF-16"),
            ("utf16-without-mark", "UTF-16"),
            ("indented", "white space before -----BEGIN"),
            ("one-line", "in one line"),
            ("escaped", "in one line"),
            ("spaces", "in one line"),
            ("gzip", "unpack it"),
            ("tar", "unpack it"),
            ("twice", "base64 -d"),
            ("bare", "put the line -----BEGIN CERTIFICATE----- above"),
            ("page", "HTML"),
            ("java", "keytool -exportcert -rfc"),
            ("other", "no certificate in PEM form"),
            ("key.pem", "private key"),
            ("request.pem", "a request for a certificate"),
            ("ca.der", "openssl x509 -inform der"),
            ("p7.pem", "openssl pkcs7 -inform pem -print_certs"),
            ("p7.der", "openssl pkcs7 -inform der -print_certs"),
            ("p12", "openssl pkcs12 -nokeys"),
        ] {
            let error = in_file(&at(name)).unwrap_err().to_string();
            assert!(error.contains(expected), "{name}: {error}");
        }
        assert!(in_file(&at("ca.pem")).is_ok());
        std::fs::write(at("crlf"), pem.replace('\n', "\r\n")).unwrap();
        std::fs::write(at("cr"), pem.replace('\n', "\r")).unwrap();
        assert!(in_file(&at("crlf")).is_ok() && in_file(&at("cr")).is_ok());
    }
}
