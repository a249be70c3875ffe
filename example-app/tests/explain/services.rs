//! Responses of services other than S3, and signatures other than those of Version 4.

use crate::program::{stderr, stdout};
use crate::{Case, REQUEST, TOKEN};

/// Returns the sentence in which services other than S3 show the text that must be signed.
fn sentence(canonical_request: &str, string_to_sign: &str) -> String {
    format!(
        "The request signature we calculated does not match the signature you provided. Check your \
         AWS Secret Access Key and signing method. Consult the service documentation for details.\
         \n\nThe Canonical String for this request should have been\n'{canonical_request}'\n\n\
         The String-to-Sign should have been\n'{string_to_sign}'\n"
    )
}

#[test]
fn reads_messages_of_other_services() {
    let request = "POST /stage/a?b=1 HTTP/1.1\nHost: id.execute-api.us-east-1.amazonaws.com\n\
        Content-Type: application/json\n\n{}";
    let mut case = Case::new(request);
    case.options = vec!["--service", "execute-api", "--region", "us-east-1"];
    case.variables.push(("AWS_SESSION_TOKEN", TOKEN));
    let (canonical, to_sign) = (case.stage("canonical-request"), case.stage("string-to-sign"));
    let explained = |response: &str| {
        let output = case.explain(response);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let message = stdout(&output);
        assert!(!message.contains(TOKEN), "{message}");
        message
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
        for response in [
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
            let message = explained(&response);
            assert!(message.contains(place) && message.contains(cause), "{response}\n{message}");
        }
    }
    let equal = explained(&format!(
        "{{\"message\":{}}}",
        serde_json::to_string(&sentence(&canonical, &to_sign)).unwrap()
    ));
    assert!(
        equal.starts_with("the canonical requests and the strings to sign are equal"),
        "{equal}"
    );
}

#[test]
fn shows_other_messages_of_a_server() {
    let case = Case::new(REQUEST);
    let expired = "Signature expired: 20130524T000000Z is now earlier than 20130524T001000Z";
    for response in [
        format!("{{\"__type\":\"InvalidSignatureException\",\"message\":\"{expired}\"}}"),
        format!(
            "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>{expired}</Message></Error></ErrorResponse>"
        ),
    ] {
        let output = case.explain(&response);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(&format!("(it says: {expired})")), "{}", stderr(&output));
    }
    let other = case.explain("{\"message\":\"Missing Authentication Token\"}");
    let message = stderr(&other);
    assert!(message.contains("Missing Authentication Token"), "{message}");
    // Line ends that are lost leave nothing to compare.
    let lost = sentence(&case.stage("canonical-request"), "x").replace('\n', " ");
    let message = stderr(&case.explain(&lost));
    assert!(message.contains("as it came, with its line ends"), "{message}");
}

#[test]
fn names_signatures_of_other_versions() {
    let response = "<Error><Code>SignatureDoesNotMatch</Code></Error>";
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
        let output = Case::new(&request).explain(response);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.starts_with(&format!("explain: the request has {expected}")), "{message}");
        assert!(!message.contains("c2VjcmV0"), "{message}");
    }
}

/// Some clients sign the header for services that do not ask for it.
#[test]
fn signs_the_sent_payload_hash_again() {
    let mut case = Case::new(
        "POST / HTTP/1.1\nHost: h\nX-Amz-Content-Sha256: \
        2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\n\nhello",
    );
    case.options = vec!["--service", "execute-api", "--region", "us-east-1"];
    let (sent, canonical) = (case.stage("request"), case.stage("canonical-request"));
    assert!(canonical.contains("\nx-amz-content-sha256:2cf2"), "{canonical}");
    let changed = canonical.replace("POST", "PUT");
    let response = case.response(Some(&changed), None);
    let mut again = Case::new(&sent);
    again.options.clone_from(&case.options);
    let message = stdout(&again.explain(&response));
    assert!(
        message.starts_with("the canonical requests differ in line 1, the method"),
        "{message}"
    );
    let equal =
        again.explain(&case.response(Some(&canonical), Some(&case.stage("string-to-sign"))));
    assert!(stdout(&equal).starts_with("the canonical requests and the strings"), "{equal:?}");
}
