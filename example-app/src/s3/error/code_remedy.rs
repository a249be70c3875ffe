//! The remedies for codes of S3's errors.
//!
//! Sources: "Error responses" ("List of error codes" and those of tagging), Amazon S3 API
//! Reference; `cmd/api-errors.go` of MinIO (`XMinio…`, `SlowDownRead`); "S3 error codes" of Ceph
//! (`QuotaExceeded`, `UserSuspended`).

/// Returns what to do about an error with this code and message, if only that helps.
pub(super) fn of_code(code: &str, message: &str) -> Option<&'static str> {
    if code.starts_with("KMS.") || code == "KMSKeyNotAccessible" {
        return Some(
            "the KMS key must exist in the bucket's region, be enabled, and allow this role: check \
             --sse-kms-key-id, fs.s3a.encryption.key, or the bucket's default encryption",
        );
    }
    // "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object
    // Lock parameters".
    if code == "InvalidRequest" && message.contains("Content-MD5") {
        return Some("the bucket has Object Lock: give -md5 or --checksum crc32");
    }
    if code == "InvalidRequest" && message.contains("stored using a form of Server Side Encryption")
    {
        return Some("a key of the customer encrypts it (SSE-C): give it as --sse-c-key-file");
    }
    if code == "AccessDenied" && message.contains("kms:") {
        return Some(
            "the KMS key that encrypts it does not allow this role: change its key policy, or the role's",
        );
    }
    of_object(code).or_else(|| of_place(code))
}

/// Returns what to do about an object, a part of it, or its headers.
fn of_object(code: &str) -> Option<&'static str> {
    Some(match code {
        "AccessControlListNotSupported" => {
            "the bucket takes no ACLs: remove fs.s3a.acl.default (and fs.s3.canned.acl)"
        }
        "BadDigest" | "InvalidDigest" | "XAmzContentSHA256Mismatch" | "IncompleteBody" => {
            "the store received other bytes than were sent: look for a proxy that changes them, and \
             try again"
        }
        "MissingContentLength" | "MissingRequestBodyError" | "MissingRequestBody" => {
            "the store received no length or no body: look for a proxy that removes them"
        }
        "MissingSecurityHeader" | "MissingSecurityElement" | "MissingAuthenticationToken" => {
            "the store received no signature: look for a proxy that removes headers"
        }
        "RequestTimeout" => {
            "the store waited too long for the next bytes: check the network, and give a smaller -t"
        }
        "EntityTooLarge" => {
            "the store takes no object or part of this length: give a smaller --part-size and \
             --multipart-threshold, or split the file"
        }
        "EntityTooSmall" => "the store takes only larger parts: give a larger --part-size",
        "InvalidPart" | "InvalidPartOrder" => {
            "a part was lost or replaced meanwhile: put the file again"
        }
        "InvalidEncryptionAlgorithmError" => {
            "the store does not encrypt so: check --sse and fs.s3a.encryption.algorithm"
        }
        "InvalidStorageClass" => {
            "the store lacks this storage class: check --storage-class and \
             fs.s3a.create.storage.class"
        }
        "InvalidTag" | "BadRequest.InvalidTag" => {
            "an object has at most 10 tags, each with another key of up to 128 characters and a \
             value of up to 256: check --tagging"
        }
        "MetadataTooLarge" | "RequestHeaderSectionTooLarge" => {
            "an object has at most 2 KiB of metadata, and a request 8 KiB of headers: shorten \
             --metadata, --tagging or fs.s3a.create.header.*"
        }
        "KeyTooLongError" | "KeyTooLong" => {
            "a key has at most 1,024 bytes in UTF-8: shorten the path"
        }
        "InvalidURI" => "the store does not take this key: rename it",
        _ => return None,
    })
}

/// Returns what to do about a bucket, an endpoint or an account.
fn of_place(code: &str) -> Option<&'static str> {
    Some(match code {
        "IllegalLocationConstraintException" | "InvalidLocationConstraint" => {
            "the bucket is in another region than the request was signed for: give --region"
        }
        "EndpointNotFound" | "InvalidAddressingHeader" | "InvalidHostHeader" => {
            "the endpoint does not serve this bucket: check --endpoint and --region"
        }
        "InvalidBucketName" => "no bucket of the store can have this name: check its spelling",
        "NoSuchAccessPoint" | "InvalidAccessPoint" | "InvalidAccessPointAliasError" => {
            "there is no such access point: check its alias and --region"
        }
        "AccountProblem" | "AllAccessDisabled" | "NotSignedUp" | "UserSuspended"
        | "InvalidPayer" | "InvalidSecurity" | "InactiveAccount" => {
            "the account is closed for this, whatever is asked: ask who runs it, or AWS Support"
        }
        "UnauthorizedAccess" => {
            "in China the account needs an ICP recordal: apply for it, or ask AWS Support"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use crate::s3::error::s3_error::S3Error;

    fn error(status: u16, code: &str, message: &str) -> S3Error {
        let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        let status = StatusCode::from_u16(status).unwrap();
        S3Error::read(None, status, &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn names_what_to_do_about_each_code() {
        for (status, code, remedy) in [
            (405, "MethodNotAllowed", "check that --endpoint is that of S3"),
            (400, "IllegalLocationConstraintException", "another region than the request"),
            (400, "AccessControlListNotSupported", "remove fs.s3a.acl.default"),
            (400, "BadDigest", "look for a proxy that changes them"),
            (400, "IncompleteBody", "look for a proxy that changes them"),
            (411, "MissingContentLength", "look for a proxy that removes"),
            (400, "RequestTimeout", "smaller -t"),
            (400, "EntityTooLarge", "split the file"),
            (400, "EntityTooSmall", "larger --part-size"),
            (400, "InvalidPart", "put the file again"),
            (400, "InvalidEncryptionAlgorithmError", "check --sse"),
            (400, "KMS.DisabledException", "check --sse-kms-key-id"),
            (400, "KMS.NotFoundException", "check --sse-kms-key-id"),
            (400, "InvalidStorageClass", "check --storage-class"),
            (400, "InvalidTag", "check --tagging"),
            (400, "MetadataTooLarge", "shorten --metadata"),
            (400, "KeyTooLongError", "1,024 bytes"),
            (400, "InvalidBucketName", "check its spelling"),
            (404, "NoSuchAccessPoint", "check its alias"),
            (403, "AccountProblem", "AWS Support"),
            (403, "AllAccessDisabled", "AWS Support"),
            (403, "NotSignedUp", "AWS Support"),
            (403, "UnauthorizedAccess", "ICP recordal"),
            (403, "QuotaExceeded", "quota raised"),
            (507, "XMinioStorageFull", "quota raised"),
            (507, "", "quota raised"),
            (400, "TokenRefreshRequired", "fetch new credentials"),
            (403, "ObjectNotInActiveTierError", "restore it first"),
            (200, "SlowDownWrite", "try again later"),
        ] {
            let found = error(status, code, "m").to_string();
            let (_, shown) = found.rsplit_once("): ").or(found.rsplit_once(": ")).unwrap();
            assert!(shown.contains(remedy), "{code}: {found}");
        }
        let locked = "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object \
                      requests with Object Lock parameters";
        let found = error(400, "InvalidRequest", locked).to_string();
        assert!(found.contains("give -md5 or --checksum"), "{found}");
        let sealed = "The object was stored using a form of Server Side Encryption. The correct \
                      parameters must be provided to retrieve the object.";
        let found = error(400, "InvalidRequest", sealed).to_string();
        assert!(found.ends_with("give it as --sse-c-key-file"), "{found}");
        let key = "User: u is not authorized to perform: kms:GenerateDataKey on resource: k";
        let found = error(403, "AccessDenied", key).to_string();
        assert!(found.contains("change its key policy"), "{found}");
    }

    #[test]
    fn takes_the_region_from_the_message_of_a_location_constraint() {
        let rest = "location constraint is incompatible for the region specific endpoint this \
                    request was sent to.";
        let of = |region: &str| {
            error(400, "IllegalLocationConstraintException", &format!("The {region} {rest}"))
        };
        assert_eq!(of("me-south-1").region.as_deref(), Some("me-south-1"));
        assert_eq!(of("unspecified").region.as_deref(), Some("us-east-1"));
    }
}
