//! The conversations that hand out credentials.

use rolesig::Emit;

use crate::requests::{NOW, allocations, credentials};

#[cfg(feature = "conversations")]
#[test]
fn converses_with_imds_without_allocating() {
    use rolesig::conversation::{Conversation, Imds};

    let document = br#"{"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": null,
        "AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "a\/b\u003d",
        "Token": "IQoJb3JpZ2luX2VjEXAMPLE", "Expiration": "2015-08-30T12:36:00Z"}"#;
    // A metadata token that is no longer known in between, and a document that is cut off.
    let responses: [(u16, &[u8]); 6] = [
        (200, b"old-metadata-token"),
        (401, b""),
        (200, b"new-metadata-token"),
        (503, b"busy"),
        (200, b"my-role\n"),
        (200, document),
    ];
    let count = allocations(|| {
        let mut imds = Imds::new();
        let mut body = [0; 1024];
        let mut target = [0; 128];
        let mut len = 0;
        for (status, response) in responses {
            let exchange = imds.request().unwrap();
            assert!(exchange.target().write_to(&mut target).is_ok());
            assert_eq!(exchange.headers().count(), 1);
            len = response.len();
            body[..len].copy_from_slice(response);
            assert_eq!(imds.response(status, &body[..len]).is_err(), status == 503);
        }
        assert!(imds.request().is_none());
        assert!(imds.outcome(&mut body[..len - 1]).is_err());
        body[..len].copy_from_slice(document);
        let provided = imds.outcome(&mut body[..len]).unwrap();
        assert_eq!(provided.credentials.secret_access_key, "a/b=");
        imds.restart();
    });
    assert_eq!(count, 0);
}

#[cfg(feature = "conversations")]
#[test]
fn converses_with_a_container_without_allocating() {
    use rolesig::conversation::{Container, ContainerUri, Conversation};

    let document = br#"{"RoleArn": "arn:aws:iam::111122223333:role/r",
        "AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "a\/b\u003d",
        "Token": "IQoJb3JpZ2luX2VjEXAMPLE", "Expiration": "2015-08-30T12:36:00Z"}"#;
    let refusal = br#"{"code": "Denied", "message": "\u0022no\u0022"}"#;
    let count = allocations(|| {
        assert!(ContainerUri::full("http://localhost.example.com/").is_err());
        let uri = ContainerUri::full("http://[fd00:ec2::23]/v1/credentials").unwrap();
        let mut container = Container::authorized(uri, "token\n").unwrap();
        let mut body = [0; 512];
        let mut target = [0; 128];
        for (status, response) in [(400, &refusal[..]), (400, b"text"), (200, document)] {
            let exchange = container.request().unwrap();
            assert!(exchange.target().write_to(&mut target).is_ok());
            assert_eq!(exchange.headers().count(), 2);
            let body = &mut body[..response.len()];
            body.copy_from_slice(response);
            container.response(status, body).unwrap();
            assert_eq!(container.outcome(body).is_ok(), status == 200);
            container.restart();
        }
    });
    assert_eq!(count, 0);
}

#[cfg(feature = "conversations")]
#[test]
fn converses_with_sts_without_allocating() {
    use rolesig::conversation::{
        AssumeRole, AssumeRoleWithWebIdentity, Conversation, GetCallerIdentity, RoleCredentials,
        Sts,
    };

    fn converse<'b, C: Conversation>(
        sts: &mut C,
        response: &[u8],
        status: u16,
        body: &'b mut [u8],
    ) -> Option<C::Outcome<'b>> {
        let mut buffer = [0; 2048];
        let exchange = sts.request().unwrap();
        for (_, value) in exchange.headers() {
            assert!(value.write_to(&mut buffer).is_ok());
        }
        assert!(exchange.body().emitted_len() > 40);
        assert!(exchange.body().write_to(&mut buffer).is_ok());
        let body = &mut body[..response.len()];
        body.copy_from_slice(response);
        sts.response(status, body).unwrap();
        sts.outcome(body).ok()
    }

    let document = b"<AssumeRoleResponse xmlns='urn:x'><AssumeRoleResult><AssumedRoleUser>\
        <Arn>arn:aws:sts::111122223333:assumed-role/r/s</Arn></AssumedRoleUser><Credentials>\
        <AccessKeyId>ASIA&#65;</AccessKeyId><SecretAccessKey><![CDATA[s]]></SecretAccessKey>\
        <SessionToken>t</SessionToken><Expiration>2015-08-30T12:36:00Z</Expiration>\
        </Credentials></AssumeRoleResult></AssumeRoleResponse>";
    let identity = b"<a><GetCallerIdentityResult><Arn>a</Arn><UserId>u</UserId>\
        <Account>1</Account></GetCallerIdentityResult></a>";
    let refusal = b"<ErrorResponse><Error><Code>Denied</Code><Message>&quot;no&quot;</Message>\
        </Error></ErrorResponse>";
    let count = allocations(|| {
        let mut body = [0; 512];
        let (host, role) = ("sts.eu-west-1.amazonaws.com", "arn:aws:iam::111122223333:role/r");
        let call = AssumeRole {
            tags: &[("Project", "über")],
            duration_seconds: Some(900),
            ..AssumeRole::new(role, "session")
        };
        let mut sts = Sts::signed(call, host, credentials(), "eu-west-1", NOW).unwrap();
        let provided: RoleCredentials<'_> = converse(&mut sts, document, 200, &mut body).unwrap();
        assert_eq!(provided.account_id, Some("111122223333"));
        sts.restart();
        assert!(converse(&mut sts, refusal, 403, &mut body).is_none());
        let call = AssumeRoleWithWebIdentity::new(role, "session", "eyJhbGciOiJ9.e30.c2ln\n");
        let mut sts = Sts::unsigned(call, host).unwrap();
        assert!(converse(&mut sts, document, 200, &mut body).is_some());
        let mut sts = Sts::signed(GetCallerIdentity, host, credentials(), "r", NOW).unwrap();
        assert_eq!(converse(&mut sts, identity, 200, &mut body).unwrap().user_id, "u");
    });
    assert_eq!(count, 0);
}

#[cfg(feature = "conversations")]
#[test]
fn converses_with_iot_without_allocating() {
    use rolesig::conversation::{Conversation, Imds, IotCredentials};

    let document = br#"{"credentials": {"accessKeyId": "ASIAEXAMPLE", "secretAccessKey": "a\/b",
        "sessionToken": "t", "expiration": "2015-08-30T12:36:00Z"}}"#;
    let count = allocations(|| {
        let mut body = [0; 256];
        let mut target = [0; 128];
        let mut iot = IotCredentials::new("alias", Some("thing")).unwrap();
        assert!(iot.request().unwrap().target().write_to(&mut target).is_ok());
        let body = &mut body[..document.len()];
        body.copy_from_slice(document);
        iot.response(200, body).unwrap();
        assert_eq!(iot.outcome(body).unwrap().credentials.secret_access_key, "a/b");
        let mut imds = Imds::new();
        let mut region = imds.region();
        region.response(200, b"metadata-token").unwrap();
        assert_eq!(region.request().unwrap().headers().count(), 1);
        region.response(200, b"eu-west-1").unwrap();
        assert_eq!(region.outcome(&mut { *b"eu-west-1" }), Ok("eu-west-1"));
    });
    assert_eq!(count, 0);
}
