use std::path::Path;

use super::*;

#[test]
fn unreadable_certificates_are_no_reason_to_trust_others() {
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
fn errors_name_the_file_and_its_setting() {
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
    for (text, told) in [
        (None, "name a file of certificates in PEM form"),
        (Some(&b""[..]), "no certificate in PEM form"),
        (Some(b"\x30\x82\x01\x02"), "no certificate in PEM form"),
        (Some(pem), "expected certificates in PEM form"),
        (Some(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "X.509"),
    ] {
        let error = at(text);
        let named = format!("{} (AWS_CA_BUNDLE): ", path.display());
        assert!(error.starts_with(&named) && error.contains(told), "{error}");
    }
}

#[test]
fn certificates_may_have_an_older_label_and_a_byte_order_mark() {
    let pem = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let old = b"-----BEGIN X509 CERTIFICATE-----\nAAAA\n-----END X509 CERTIFICATE-----\n";
    assert_eq!(plain_pem(pem), pem);
    assert_eq!(plain_pem(&[b"\xef\xbb\xbf".as_slice(), old].concat()), pem);
    let trusted = b"-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n";
    assert_eq!(plain_pem(trusted), pem);
}

#[test]
fn trust_settings_behind_a_certificate_are_noticed() {
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
