//! Any bytes as a response that `-explain` reads: the string to sign and the canonical request of
//! S3's response are read as they are, also within a JSON document.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quick_xml::escape::escape;
use rolefs::s3::error::signature_mismatch::SignatureMismatch;
use serde_json::json;

fuzz_target!(|input: (&str, &str, &[u8])| {
    let (path, value, bytes) = input;
    if let Ok(mismatch) = SignatureMismatch::read(bytes) {
        let _ = mismatch.date();
    }
    let is_plain =
        |text: &str| text.chars().all(|c| c.is_alphanumeric() || "-_.~%=&<>\"'".contains(c));
    if !is_plain(path) || !is_plain(value) {
        return;
    }
    let canonical_request =
        format!("GET\n/{path}\n\nhost:h\nx-amz-meta-a:{value}\n\nhost;x\nUNSIGNED");
    let string_to_sign =
        "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/eu-west-1/s3/aws4_request\n0123";
    let response = format!(
        "<?xml version=\"1.0\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message>\
         <AWSAccessKeyId>AKIA</AWSAccessKeyId><StringToSign>{string_to_sign}</StringToSign>\
         <SignatureProvided>00</SignatureProvided>\
         <CanonicalRequest>{}</CanonicalRequest></Error>",
        escape(canonical_request.as_str())
    );
    for response in [response.clone(), json!({"body": response}).to_string()] {
        let mismatch = SignatureMismatch::read(response.as_bytes()).unwrap();
        assert_eq!(
            mismatch.string_to_sign.as_deref(),
            Some(string_to_sign.as_bytes()),
            "{response}"
        );
        assert_eq!(
            mismatch.canonical_request.as_deref(),
            Some(canonical_request.as_bytes()),
            "{response}"
        );
        assert!(mismatch.date().is_some());
    }
});
