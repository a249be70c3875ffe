//! Errors as services write them. The expected values are botocore's, except where a comment says
//! otherwise.

use http::HeaderValue;
use rolesig::{AuthMechanism, ErrorCodes, VerifyError};

use super::*;

fn parse(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> ServiceError {
    let headers = headers.iter().map(|(name, value)| {
        (http::HeaderName::from_static(name), HeaderValue::from_static(value))
    });
    let status = StatusCode::from_u16(status).unwrap();
    ServiceError::parse(status, &headers.collect(), body.as_bytes())
}

fn parts(error: &ServiceError) -> (&str, &str, Option<&str>) {
    (error.code(), error.message(), error.request_id())
}

#[test]
fn parses_the_protocols_in_xml() {
    for (body, expected) in [
        (
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>\
             <Message>The specified key does not exist.</Message><Key>a</Key>\
             <RequestId>R1</RequestId><HostId>h</HostId></Error>",
            ("NoSuchKey", "The specified key does not exist.", Some("R1")),
        ),
        (
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
             <Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included in \
             the request is expired</Message></Error><RequestId>R2</RequestId></ErrorResponse>",
            ("ExpiredToken", "The security token included in the request is expired", Some("R2")),
        ),
        (
            "<Response><Errors><Error><Code>InvalidInstanceID.Malformed</Code><Message>Invalid id: \
             &quot;1343124&quot; &#x3c;&#62;</Message></Error></Errors><RequestID>R3</RequestID>\
             </Response>",
            ("InvalidInstanceID.Malformed", "Invalid id: \"1343124\" <>", Some("R3")),
        ),
        (
            "<s:Error xmlns:s=\"x\"><!-- <Code>No</Code> --><s:Code><![CDATA[A<B]]></s:Code></s:Error>",
            ("A<B", "", None),
        ),
        // It broke off; botocore gives the status.
        ("<Error><Code>ExpiredToken</Code><Mess", ("ExpiredToken", "", None)),
        // A detail of the same name.
        (
            "<Error><Code>MalformedACLError</Code><Detail><Code>No</Code></Detail></Error>",
            ("MalformedACLError", "", None),
        ),
    ] {
        assert_eq!(parts(&parse(400, &[], body)), expected, "{body}");
    }
}

#[test]
fn parses_the_protocols_in_json() {
    for (headers, body, expected) in [
        (
            &[("x-amzn-requestid", "R1")][..],
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"m"}"#,
            ("ResourceNotFoundException", "m", Some("R1")),
        ),
        (
            &[],
            r#"{"__type":"AccessDeniedException","Message":"User: \"x\" is not authorized"}"#,
            ("AccessDeniedException", "User: \"x\" is not authorized", None),
        ),
        (
            &[("x-amzn-errortype", "ResourceNotFoundException:http://internal.amazon.com/a#b/")],
            r#"{"Type":"User","Message":"Function not found"}"#,
            ("ResourceNotFoundException", "Function not found", None),
        ),
        (
            &[],
            r#"{"code":"ValidationException","message":"m"}"#,
            ("ValidationException", "m", None),
        ),
        (
            &[],
            r#"{"message":"Missing Authentication Token"}"#,
            ("Forbidden", "Missing Authentication Token", None),
        ),
        (
            &[("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender")],
            r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"m"}"#,
            ("AWS.SimpleQueueService.NonExistentQueue", "m", None),
        ),
        (&[], r#"{"__type":null,"code":7,"message":["x"]}"#, ("Forbidden", "", None)),
        // botocore looks at what is beside an object alone.
        (&[], r#"{"error":{"code":"X"},"requestId":"R"}"#, ("X", "", Some("R"))),
        (
            &[],
            r#"{"code":"ExpiredToken","message":"m","error":{"detail":1}}"#,
            ("ExpiredToken", "m", None),
        ),
        (
            &[],
            r#"{"code":"Outer","Error":{"Code":"Inner","message":"in"},"message":"out"}"#,
            ("Inner", "in", None),
        ),
        (&[], r#"{"error":{"error":"Inner"},"RequestId":"R"}"#, ("Inner", "", Some("R"))),
    ] {
        assert_eq!(parts(&parse(403, headers, body)), expected, "{body}");
    }
}

#[test]
fn names_the_status_where_the_body_tells_nothing() {
    for (status, body, code) in [
        (404, "", "NotFound"),
        (
            503,
            "<html><body><b>Http/1.1 Service Unavailable</b></body></html>",
            "ServiceUnavailable",
        ),
        (502, "<html><head><title>Code</title>", "BadGateway"),
        (400, "\u{0}\u{7f}", "BadRequest"),
        (500, "[1]", "InternalServerError"),
        (599, "{", "Error"),
    ] {
        assert_eq!(parse(status, &[], body).code(), code, "{body}");
    }
}

#[test]
fn shows_the_error_in_one_line() {
    let body =
        "<Error><Code>A</Code><Message>b\n\u{9b}31m</Message><RequestId>R\n</RequestId></Error>";
    let shown = parse(403, &[], body).to_string();
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    assert!(
        shown.starts_with("refused: A: b") && shown.ends_with("(status 403, request id R)"),
        "{shown}"
    );
    let without_message = parse(404, &[], "<Error><Code>NoSuchKey</Code></Error>").to_string();
    assert_eq!(without_message, "refused: NoSuchKey (status 404)");
}

#[test]
fn distinguishes_errors_about_the_signer() {
    for (body, is_about_signer) in [
        ("<Error><Code>SignatureDoesNotMatch</Code><CanonicalRequest/></Error>", true),
        ("<Error><Code>InvalidToken</Code><Token-0>t</Token-0></Error>", true),
        ("{\"__type\":\"com.amazon.coral.service#UnrecognizedClientException\"}", true),
        ("<Error><Code>AccessDenied</Code></Error>", false),
        ("<Error><Code>NoSuchKey</Code><Key>ExpiredToken</Key></Error>", false),
        ("", false),
    ] {
        assert_eq!(parse(403, &[], body).is_about_signer(), is_about_signer, "{body}");
    }
}

#[test]
fn counts_the_refusals_of_a_verifier_as_errors_about_the_signer() {
    for error in [
        VerifyError::MissingAuthenticationToken,
        VerifyError::AuthorizationHeaderMalformed,
        VerifyError::InvalidCredential(AuthMechanism::Header),
        VerifyError::InvalidCredential(AuthMechanism::Query),
        VerifyError::WrongScopeRegion(AuthMechanism::Header),
        VerifyError::WrongScopeRegion(AuthMechanism::Query),
        VerifyError::InvalidAccessKeyId,
        VerifyError::InvalidToken,
        VerifyError::ExpiredToken,
        VerifyError::RequestTimeTooSkewed,
        VerifyError::SignatureDoesNotMatch,
    ] {
        for codes in [ErrorCodes::S3, ErrorCodes::Query, ErrorCodes::Json] {
            let code = error.code_in(codes);
            // S3 has this code for other refusals, too.
            let is_ambiguous = code == "AccessDenied";
            let body = format!("{{\"__type\":\"{code}\"}}");
            assert_eq!(parse(403, &[], &body).is_about_signer(), !is_ambiguous, "{code}");
        }
    }
}
