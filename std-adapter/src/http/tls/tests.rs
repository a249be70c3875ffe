use std::path::Path;

use super::*;

#[test]
fn trusts_no_others_after_unreadable_certificates() {
    let missing = || load_certs_from_paths(Some(Path::new("/nonexistent/ca.pem")), None);
    for may_be_empty in [true, false] {
        let error = found(missing(), may_be_empty).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/ca.pem"), "{error}");
    }
    // A system without any certificates is one thing, files without any another.
    assert!(found(CertificateResult::default(), true).unwrap().is_empty());
    assert!(matches!(found(CertificateResult::default(), false), Err(CertificatesError::NoPem)));
}

#[test]
fn names_the_file_and_its_setting_in_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let at = |text: Option<&[u8]>| {
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        let trust = Trust::Bundle { path: path.clone(), by: "AWS_CA_BUNDLE".to_owned() };
        config(&trust).unwrap_err().to_string()
    };
    let pem = b"-----BEGIN CERTIFICATE-----\n";
    for (text, expected) in [
        (None, "name a file of certificates in PEM form"),
        (Some(&b""[..]), "the file is empty"),
        (Some(b"\x30\x82\x01\x02"), "openssl x509 -inform der"),
        (Some(pem), "certificate 1 there is cut off"),
        (Some(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "X.509"),
    ] {
        let error = at(text);
        let named = format!("{} (AWS_CA_BUNDLE): ", path.display());
        assert!(error.starts_with(&named) && error.contains(expected), "{error}");
    }
}
