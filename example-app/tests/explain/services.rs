//! Answers of other services than S3, and other signatures than those of Version 4.

use crate::program::{stderr, stdout};
use crate::{Case, REQUEST, TOKEN};

/// Returns the sentence in which services other than S3 tell what was to be signed.
fn sentence(canonical_request: &str, string_to_sign: &str) -> String {
    format!(
        "The request signature we calculated does not match the signature you provided. Check your \
         AWS Secret Access Key and signing method. Consult the service documentation for details.\
         \n\nThe Canonical String for this request should have been\n'{canonical_request}'\n\n\
         The String-to-Sign should have been\n'{string_to_sign}'\n"
    )
}

#[test]
fn the_sentences_of_other_services_are_read() {
    let request = "POST /stage/a?b=1 HTTP/1.1\nHost: id.execute-api.us-east-1.amazonaws.com\n\
        Content-Type: application/json\n\n{}";
    let mut case = Case::new(request);
    case.options = vec!["--service", "execute-api", "--region", "us-east-1"];
    case.variables.push(("AWS_SESSION_TOKEN", TOKEN));
    let (canonical, to_sign) = (case.stage("canonical-request"), case.stage("string-to-sign"));
    let told = |answer: &str| {
        let output = case.explain(answer);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let told = stdout(&output);
        assert!(!told.contains(TOKEN), "{told}");
        told
    };
    let changed = canonical.replace("application/json", "application/json; charset=utf-8");
    for (changed, to_sign, place, cause) in [
        (&*changed, &*to_sign, "line 4, the header `content-type'", "was appended"),
        (&canonical.replace("b=1", "b=2"), &to_sign, "line 3, the query", "`b' was changed"),
        (
            &canonical,
            &to_sign.replace("execute-api", "es"),
            "line 3, the credential scope",
            "the service is es to the server",
        ),
    ] {
        let sentence = sentence(changed, to_sign);
        let json = serde_json::to_string(&sentence).unwrap();
        let xml =
            sentence.replace('\'', "&apos;").replace('&', "&amp;").replace("&amp;apos", "&apos");
        for answer in [
            format!("{{\"message\":{json}}}"),
            format!("{{\"Message\":{json}}}"),
            format!(
                "{{\"__type\":\"com.amazon.coral.service#InvalidSignatureException\",\"message\":{json}}}"
            ),
            format!("{{\"errors\":[{{\"message\":{json},\"code\":\"InvalidSignature\"}}]}}"),
            format!(
                "<ErrorResponse xmlns='https://iam.amazonaws.com/doc/2010-05-08/'><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>{xml}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
            ),
            format!(
                "<Response><Errors><Error><Code>SignatureDoesNotMatch</Code><Message>{xml}</Message></Error></Errors></Response>"
            ),
            format!(
                "An error occurred (InvalidSignatureException) when calling the Query operation: {sentence}"
            ),
        ] {
            let told = told(&answer);
            assert!(told.contains(place) && told.contains(cause), "{answer}\n{told}");
        }
    }
    let equal = told(&format!(
        "{{\"message\":{}}}",
        serde_json::to_string(&sentence(&canonical, &to_sign)).unwrap()
    ));
    assert!(
        equal.starts_with("the canonical requests and the strings to sign are equal"),
        "{equal}"
    );
}

#[test]
fn other_words_of_a_server_are_shown() {
    let case = Case::new(REQUEST);
    let expired = "Signature expired: 20130524T000000Z is now earlier than 20130524T001000Z";
    for answer in [
        format!("{{\"__type\":\"InvalidSignatureException\",\"message\":\"{expired}\"}}"),
        format!(
            "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>{expired}</Message></Error></ErrorResponse>"
        ),
    ] {
        let output = case.explain(&answer);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(&format!("(it says: {expired})")), "{}", stderr(&output));
    }
    let other = case.explain("{\"message\":\"Missing Authentication Token\"}");
    let told = stderr(&other);
    assert!(told.contains("Missing Authentication Token"), "{told}");
    // Line ends that are lost leave nothing to compare.
    let lost = sentence(&case.stage("canonical-request"), "x").replace('\n', " ");
    let told = stderr(&case.explain(&lost));
    assert!(told.contains("as it came, with its line ends"), "{told}");
}

#[test]
fn other_signatures_than_those_of_version_4_are_named() {
    let answer = "<Error><Code>SignatureDoesNotMatch</Code></Error>";
    for (target, header, expected) in [
        ("/", "Authorization: AWS AKID:c2ln", "Signature Version 2, which is not supported"),
        ("/?AWSAccessKeyId=A&Signature=s&Expires=1", "A: b", "Signature Version 2, which is"),
        ("/", "authorization: bearer c2VjcmV0", "`Authorization: Bearer': sign it with"),
        ("/", "Authorization: Basic c2VjcmV0", "`Authorization: Basic': sign it with"),
        (
            "/",
            "Authorization: AWS4-X509-RSA-SHA256 Credential=1/c2VjcmV0",
            "`Authorization: AWS4-X509-RSA-SHA256': sign it",
        ),
        ("/", "Authorization: c2VjcmV0", "an `Authorization' of another scheme: sign it"),
    ] {
        let request = format!("GET {target} HTTP/1.1\nHost: h\n{header}\n\n");
        let output = Case::new(&request).explain(answer);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.starts_with(&format!("explain: the request has {expected}")), "{told}");
        assert!(!told.contains("c2VjcmV0"), "{told}");
    }
}

/// Some clients sign the header for services that do not ask for it.
#[test]
fn a_hash_of_the_payload_that_was_sent_is_signed_again() {
    let mut case = Case::new(
        "POST / HTTP/1.1\nHost: h\nX-Amz-Content-Sha256: \
        2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\n\nhello",
    );
    case.options = vec!["--service", "execute-api", "--region", "us-east-1"];
    let (sent, canonical) = (case.stage("request"), case.stage("canonical-request"));
    assert!(canonical.contains("\nx-amz-content-sha256:2cf2"), "{canonical}");
    let changed = canonical.replace("POST", "PUT");
    let answer = case.answer(Some(&changed), None);
    let mut again = Case::new(&sent);
    again.options.clone_from(&case.options);
    let told = stdout(&again.explain(&answer));
    assert!(told.starts_with("the canonical requests differ in line 1, the method"), "{told}");
    let equal = again.explain(&case.answer(Some(&canonical), Some(&case.stage("string-to-sign"))));
    assert!(stdout(&equal).starts_with("the canonical requests and the strings"), "{equal:?}");
}
