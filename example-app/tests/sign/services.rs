//! Differences from service to service, and between clients.

use std::process::Output;

use crate::program::{KEYS, Shell, stderr, stdout};

/// Signs for a service at the time of AWS's signing test suite.
fn signs(service: &str, words: &[&str], request: &[u8]) -> Output {
    let sign =
        ["-sign", "--service", service, "--region", "us-east-1", "--date", "20150830T123600Z"];
    Shell::new().with_stdin(&[&sign, words].concat(), request, &KEYS)
}

/// The signature of botocore 1.44 for a request with this header and body.
#[test]
fn signs_a_given_payload_hash() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let request = |value: &str, body: &str| {
        format!("GET / HTTP/1.1\nHost: example.com\nX-Amz-Content-SHA256: {value}\n\n{body}")
    };
    for (service, value, signature) in [
        (
            "execute-api",
            "UNSIGNED-PAYLOAD",
            "8ea7b6cc2ee39e0cf78e39e81aacd4ef764f8a09cc12173eb3d63b586d1a8779",
        ),
        ("aoss", empty, "6fbd85bb391010af25cd6bac0c23c7cf203ddd4d05bd03ddf37ca31588829f24"),
    ] {
        let output = signs(service, &["--show", "signature"], request(value, "").as_bytes());
        assert_eq!(stdout(&output), signature, "{}", stderr(&output));
    }
    let show = ["--show", "canonical-request"];
    for service in ["aoss", "glacier", "s3", "es"] {
        let of_body = signs(service, &show, request(hello, "hello").as_bytes());
        let text = stdout(&of_body);
        assert!(text.contains(&format!("\nx-amz-content-sha256:{hello}\n")), "{text}");
        assert!(text.ends_with(hello), "{text}");
        // A body that is not at hand.
        assert_eq!(stdout(&signs(service, &show, request(hello, "").as_bytes())), text);
        let signed = stdout(&signs(service, &[], request(hello, "hello").as_bytes()));
        let count = signed.to_ascii_lowercase().matches("x-amz-content-sha256: ").count();
        assert_eq!(count, 1, "{signed}");
    }
    for (service, words, value, expected) in [
        ("aoss", &[][..], empty, "sign: x-amz-content-sha256 is not the SHA-256 of the body"),
        ("s3", &[], "E3B0", "sign: invalid x-amz-content-sha256: expected 64 lower-case"),
        ("es", &["--payload", "unsigned"], hello, "sign: x-amz-content-sha256 and --payload say"),
        ("vpc-lattice-svcs", &[], hello, "sign: vpc-lattice-svcs takes no signed bodies"),
        ("vpc-lattice-svcs", &["--payload", "signed"], "UNSIGNED-PAYLOAD", "sign: x-amz-content"),
        ("aoss", &["--presign", "60"], empty, "sign: x-amz-content-sha256 is not the SHA-256 of"),
        ("s3", &["--presign", "60"], "E3B0", "sign: invalid x-amz-content-sha256: expected"),
    ] {
        let output = signs(service, words, request(value, "hello").as_bytes());
        assert_eq!(output.status.code(), Some(1), "{service} {value}");
        assert!(stderr(&output).starts_with(expected), "{}", stderr(&output));
    }
}

/// The signatures of botocore 1.44.
#[test]
fn presigns_a_given_payload_hash() {
    let hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    for (service, value, signature) in [
        ("s3", hello, "f1d47c93889e67e1cce00e504d0b448db0e5578486a39e3e0120129c7de49e6e"),
        (
            "s3",
            "UNSIGNED-PAYLOAD",
            "583e97c7426e2c3f83cff8d25143ce48856117c1710f939d544809136a35e422",
        ),
        ("execute-api", hello, "8d92f5731fd90ce057f61eefb21428c56d593444186776966ed5f5a903de6137"),
        (
            "execute-api",
            "UNSIGNED-PAYLOAD",
            "f255f55ec5bd192a283040ea52528c044cf4e24516bd4e3b076ac8c53bba79ec",
        ),
        ("es", hello, "f302bd5854bd8d69253c77cf52f6986bf4e233a4bd6046c9ca536ba653f51916"),
        ("aoss", hello, "7dbd0c21cf949d399fe288f5f693409133af8e7103001a1d33bfa517195bab69"),
    ] {
        let request =
            format!("GET / HTTP/1.1\nHost: example.com\nX-Amz-Content-SHA256: {value}\n\n");
        let presign = ["--presign", "60", "--show", "signature"];
        let output = signs(service, &presign, request.as_bytes());
        assert_eq!(stdout(&output), signature, "{service} {value}: {}", stderr(&output));
        let sent = stdout(&signs(service, &presign[..2], request.as_bytes()));
        let count = sent.to_ascii_lowercase().matches("x-amz-content-sha256: ").count();
        assert_eq!(count, 1, "{sent}");
    }
    let request = b"GET / HTTP/1.1\nHost: h\nX-Amz-Content-SHA256: UNSIGNED-PAYLOAD\n\n";
    let sent = stdout(&signs("vpc-lattice-svcs", &["--presign", "60"], request));
    assert_eq!(sent.to_ascii_lowercase().matches("x-amz-content-sha256: ").count(), 1, "{sent}");
}

/// The signatures are those of aws-c-auth.
#[test]
fn signs_no_body_for_vpc_lattice() {
    let lattice = |words: &[&str]| {
        let words = [&["--region", "us-west-2"], words].concat();
        let sign = ["-sign", "--service", "vpc-lattice-svcs", "--date", "20150830T123600Z"];
        let request = b"POST /a HTTP/1.1\nHost: h.example.com\n\nx";
        stdout(&Shell::new().with_stdin(&[&sign, &words[..]].concat(), request, &KEYS))
    };
    let by_header = "0024a628b1a1126e4cfb1aca1048040030872c16cc7ea92ecc2dd151274a26cb";
    let by_query = "aa4965ce6094f45b3031a58d74deac30db1e21f232210a8e866be93d61a65ee0";
    assert_eq!(lattice(&["--show", "signature"]), by_header);
    assert_eq!(lattice(&["--show", "signature", "--presign", "60"]), by_query);
    let sent = lattice(&["--presign", "60"]);
    assert!(sent.contains("\nx-amz-content-sha256: UNSIGNED-PAYLOAD\n\nx"), "{sent}");
    let curl = lattice(&["--presign", "60", "--show", "curl"]);
    assert!(curl.contains("'x-amz-content-sha256: UNSIGNED-PAYLOAD'"), "{curl}");
}

#[test]
fn signs_the_host_as_clients_send_it() {
    let canonical = |host: &str, words: &[&str]| {
        let request = format!("GET / HTTP/1.1\nHost: {host}\n\n");
        let words = [&["--show", "canonical-request"], words].concat();
        let output = signs("s3", &words, request.as_bytes());
        assert!(output.status.success(), "{}", stderr(&output));
        let text = stdout(&output);
        text.lines().find_map(|line| line.strip_prefix("host:")).unwrap().to_owned()
    };
    for words in [&[][..], &["--presign", "60"]] {
        for (host, scheme, signed) in [
            ("Example.COM", "https", "example.com"),
            ("example.com:443", "https", "example.com"),
            ("example.com:443", "wss", "example.com"),
            ("example.com:80", "http", "example.com"),
            ("example.com:80", "https", "example.com:80"),
            ("example.com:443", "http", "example.com:443"),
            ("example.com:8443", "https", "example.com:8443"),
            ("Example.COM.", "https", "example.com."),
            ("[FD00::443]:443", "https", "[fd00::443]"),
        ] {
            let words = [words, &["--scheme", scheme]].concat();
            assert_eq!(canonical(host, &words), signed, "{host} {scheme}");
        }
    }
    let sent =
        |words: &[&str]| stdout(&signs("s3", words, b"GET / HTTP/1.1\nhOST: Example.COM:443\n\n"));
    assert!(sent(&[]).starts_with("GET / HTTP/1.1\nhOST: example.com\n"), "{}", sent(&[]));
    let url = sent(&["--presign", "60", "--show", "url"]);
    assert!(url.starts_with("https://example.com/?X-Amz-"), "{url}");
}

#[test]
fn leaves_the_form_type_unsigned_in_presigned_requests() {
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    for (content_type, presign, is_signed) in
        [(form, true, false), (form, false, true), ("text/plain", true, true)]
    {
        let request = format!("POST / HTTP/1.1\nHost: h\nContent-Type: {content_type}\n\n");
        let words = if presign { &["--presign", "60"][..] } else { &[] };
        let words = [words, &["--show", "canonical-request"]].concat();
        let text = stdout(&signs("execute-api", &words, request.as_bytes()));
        assert_eq!(text.contains("\ncontent-type:"), is_signed, "{text}");
    }
}

#[test]
fn leaves_the_length_unsigned_for_opensearch_serverless() {
    for (service, is_signed) in [("aoss", false), ("es", true)] {
        let request = b"PUT /i/_doc/1 HTTP/1.1\nHost: h\nContent-Length: 2\n\n{}";
        let text = stdout(&signs(service, &["--show", "canonical-request"], request));
        assert_eq!(text.contains("content-length"), is_signed, "{text}");
    }
}

/// The signatures are botocore's.
#[test]
fn signs_a_path_and_query_that_are_not_utf_8() {
    let signature = |service: &str, target: &[u8]| {
        let request = [b"GET ", target, b" HTTP/1.1\nHost: example.com\n\n"].concat();
        let output = signs(service, &["--show", "signature"], &request);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let of_s3 = "eb152e2c3a12bd025a355c70e68740604e81be9d15b89ecbca6ddb65f5bb828e";
    assert_eq!(signature("s3", b"/caf%E9?q=caf%E9"), of_s3);
    assert_eq!(signature("s3", b"/caf\xe9?q=caf\xe9"), of_s3);
    let others = signature("execute-api", b"/caf%E9?q=caf%E9&%FF=%FE");
    assert_eq!(signature("execute-api", b"/caf\xe9?\xff=\xfe&q=caf\xe9"), others);
    let target = b"GET /caf%E9?q=caf%E9 HTTP/1.1\nHost: h\nX-A: caf\xe9\n\n";
    let sent = signs("execute-api", &["--presign", "60", "--show", "url"], target);
    assert!(stdout(&sent).contains("/caf%E9?X-Amz-Algorithm="), "{}", stdout(&sent));
    assert!(stdout(&sent).contains("&q=caf%E9&X-Amz-Signature="), "{}", stdout(&sent));
}
