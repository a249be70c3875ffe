use super::*;

fn endpoint(url: Option<&str>, region: Option<&str>) -> Result<S3Endpoint, S3EndpointError> {
    let url = url.map(|url| url.parse().unwrap());
    S3Endpoint::new(url.as_ref(), region, &Environment::default(), None)
}

fn url(endpoint: &S3Endpoint, path: &str) -> String {
    endpoint.url(&S3Path::parse(path).unwrap(), &[]).unwrap().to_string()
}

#[test]
fn puts_the_bucket_in_the_host_of_aws() {
    let endpoint = endpoint(None, Some("eu-west-1")).unwrap();
    assert_eq!(url(&endpoint, "s3a://b/a//b"), "https://b.s3.eu-west-1.amazonaws.com/a//b");
    assert_eq!(url(&endpoint, "s3a://b//x"), "https://b.s3.eu-west-1.amazonaws.com//x");
    assert_eq!(url(&endpoint, "s3a://b.c/x"), "https://s3.eu-west-1.amazonaws.com/b.c/x");
    assert_eq!(url(&endpoint, "s3a://b"), "https://b.s3.eu-west-1.amazonaws.com/");
}

#[test]
fn puts_the_bucket_in_the_path_elsewhere() {
    let endpoint = endpoint(Some("http://127.0.0.1:9000/"), None).unwrap();
    assert_eq!(endpoint.region(), "us-east-1");
    assert_eq!(url(&endpoint, "s3a://b"), "http://127.0.0.1:9000/b");
    assert_eq!(url(&endpoint, "s3a://b/ü /.."), "http://127.0.0.1:9000/b/%C3%BC%20/..");
}

#[test]
fn knows_tls_by_the_url() {
    assert!(endpoint(None, Some("eu-west-1")).unwrap().is_https());
    assert!(endpoint(Some("https://s3.example"), None).unwrap().is_https());
    assert!(!endpoint(Some("http://s3.example"), None).unwrap().is_https());
}

#[test]
fn sets_the_place_of_the_bucket() {
    let aws = endpoint(None, Some("eu-west-1")).unwrap().with_bucket_in_path(true);
    assert_eq!(url(&aws, "s3a://b/k"), "https://s3.eu-west-1.amazonaws.com/b/k");
    for (given, path, expected) in [
        ("https://s3.example.com:9000", "s3a://b/k", "https://b.s3.example.com:9000/k"),
        ("https://s3.example.com", "s3a://b", "https://b.s3.example.com/"),
        ("https://s3.example.com", "s3a://b.c/k", "https://s3.example.com/b.c/k"),
        ("http://s3.example.com", "s3a://b.c/k", "http://b.c.s3.example.com/k"),
        ("http://s3.example.com", "s3a://B_c/k", "http://s3.example.com/B_c/k"),
        ("http://10.0.0.1:9000", "s3a://b/k", "http://10.0.0.1:9000/b/k"),
        ("http://[::1]:9000", "s3a://b/k", "http://[::1]:9000/b/k"),
        ("http://minio:9000", "s3a://b/k", "http://minio:9000/b/k"),
    ] {
        let endpoint = endpoint(Some(given), None).unwrap().with_bucket_in_path(false);
        assert_eq!(url(&endpoint, path), expected);
    }
}

#[test]
fn keeps_or_refuses_endpoints_of_aws() {
    let https = "https://s3.eu-west-1.amazonaws.com";
    for (given, expected) in [
        (https.to_owned(), "https://b.s3.eu-west-1.amazonaws.com/k".to_owned()),
        (format!("{https}:443"), "https://b.s3.eu-west-1.amazonaws.com/k".to_owned()),
        (format!("{https}:8443"), format!("{https}:8443/b/k")),
        (https.replace("https", "http"), https.replace("https", "http") + "/b/k"),
    ] {
        for region in [None, Some("eu-west-1")] {
            let endpoint = endpoint(Some(&given), region).unwrap();
            assert_eq!(url(&endpoint, "s3a://b/k"), expected);
            assert_eq!(endpoint.region(), "eu-west-1");
        }
        let error = endpoint(Some(&given), Some("us-east-1")).unwrap_err().to_string();
        let expected =
            "is in eu-west-1, but the region given is us-east-1: give --region eu-west-1";
        assert_eq!(error, format!("`{given}' {expected}"));
    }
}

#[test]
fn refuses_a_bucket_and_a_path_in_an_endpoint_of_aws() {
    for (given, expected) in [
        (
            "https://b.s3.amazonaws.com",
            "the bucket b, which paths name: give --endpoint https://s3.a",
        ),
        ("https://my.b.s3.eu-west-1.amazonaws.com", "the bucket my.b, which"),
        (
            "https://b.s3-eu-west-1.amazonaws.com",
            "give --endpoint https://s3-eu-west-1.amazonaws.com,",
        ),
        ("https://b.s3.dualstack.eu-west-1.amazonaws.com", "https://s3.dualstack.eu-west-1."),
        ("https://b.s3.cn-north-1.amazonaws.com.cn", "https://s3.cn-north-1.amazonaws.com.cn,"),
        ("https://s3.eu-west-1.amazonaws.com/b", "has a path, and AWS's endpoints have none: give"),
    ] {
        let error = endpoint(Some(given), None).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    for given in [
        "https://bucket.vpce-1a2b-5e6f.s3.eu-west-1.vpce.amazonaws.com",
        "https://a1.execute-api.eu-west-1.amazonaws.com/prod",
        "https://s3.amazonaws.com/",
        "https://b.nyc3.digitaloceanspaces.com/",
    ] {
        assert!(endpoint(Some(given), None).is_ok(), "{given}");
    }
}

#[test]
fn knows_hosts_in_capitals_and_with_a_dot_at_the_end() {
    for given in ["https://S3.EU-WEST-1.AMAZONAWS.COM", "https://s3.eu-west-1.amazonaws.com."] {
        assert_eq!(endpoint(Some(given), None).unwrap().region(), "eu-west-1");
    }
    assert_eq!(endpoint(None, Some("EU-WEST-1")).unwrap().region(), "eu-west-1");
}

#[test]
fn knows_old_names_of_regions_and_hosts() {
    for (given, expected) in [
        (None, Some("EU")),
        (Some("https://s3.eu.amazonaws.com"), None),
        (Some("https://s3-eu-west-1.amazonaws.com"), None),
        (Some("https://s3.eu-west-1.amazonaws.com"), Some("EU")),
    ]
    .map(|(url, region)| (endpoint(url, region).unwrap(), "eu-west-1"))
    .into_iter()
    .chain(
        [
            (None, Some("US")),
            (None, Some("s3-external-1")),
            (Some("https://s3-external-1.amazonaws.com"), None),
            (Some("https://s3-external-1.amazonaws.com"), Some("us-east-1")),
        ]
        .map(|(url, region)| (endpoint(url, region).unwrap(), "us-east-1")),
    ) {
        assert_eq!(given.region(), expected);
        let host = format!("https://b.s3.{expected}.amazonaws.com/k");
        assert_eq!(url(&given, "s3a://b/k"), host);
    }
    for host in [
        "s3.dualstack.eu-west-1.amazonaws.com",
        "s3-fips.dualstack.eu-west-1.amazonaws.com",
        "bucket.vpce-1a2b-5e6f.s3.eu-west-1.vpce.amazonaws.com",
    ] {
        let given = format!("https://{host}");
        let endpoint = |region| endpoint(Some(&given), region).unwrap();
        assert_eq!(endpoint(None).region(), "eu-west-1", "{host}");
        assert_eq!(endpoint(Some("us-east-2")).region(), "us-east-2", "{host}");
        assert_eq!(url(&endpoint(None), "s3a://b/k"), format!("{given}/b/k"));
    }
    // Another maker's region.
    assert_eq!(endpoint(Some("http://minio:9000"), Some("EU")).unwrap().region(), "EU");
}

#[test]
fn moves_to_the_region_of_a_bucket() {
    let region: Region = "eu-west-1".parse().unwrap();
    for (here, expected) in [
        (endpoint(None, Some("us-east-1")), "https://b.s3.eu-west-1.amazonaws.com/k"),
        (endpoint(Some("http://127.0.0.1:9000"), None), "http://127.0.0.1:9000/b/k"),
    ] {
        let there = here.unwrap().in_region(&region).unwrap();
        assert_eq!((there.region(), url(&there, "s3a://b/k").as_str()), ("eu-west-1", expected));
    }
}

#[test]
fn refuses_urls_with_fips() {
    let environment: Environment =
        [("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_REGION", "us-east-1")].into_iter().collect();
    let of = |url: Option<&str>| {
        let url = url.map(|url| url.parse().unwrap());
        S3Endpoint::new(url.as_ref(), None, &environment, None)
    };
    assert_eq!(url(&of(None).unwrap(), "s3a://b/k"), "https://b.s3-fips.us-east-1.amazonaws.com/k");
    let refused = of(Some("https://s3.us-east-1.amazonaws.com")).unwrap_err();
    assert!(matches!(
        refused,
        S3EndpointError::Aws(aws::config::EndpointError::GivenAndFips { .. })
    ));
}

#[test]
fn reads_region_and_url_in_order() {
    let aws = endpoint(Some("https://s3.cn-north-1.amazonaws.com.cn"), None).unwrap();
    assert_eq!(url(&aws, "s3a://b/k"), "https://b.s3.cn-north-1.amazonaws.com.cn/k");
    assert_eq!(endpoint(None, None).unwrap_err(), S3EndpointError::NoRegion);
    let environment: Environment =
        [("AWS_DEFAULT_REGION", "r-1"), ("AWS_ENDPOINT_URL", "http://e")].into_iter().collect();
    let from_environment = S3Endpoint::new(None, None, &environment, None).unwrap();
    assert_eq!(from_environment.region(), "r-1");
    assert_eq!(url(&from_environment, "s3a://b/k"), "http://e/b/k");
    let url_o = "http://o".parse().unwrap();
    let options = S3Endpoint::new(Some(&url_o), Some("r-2"), &environment, None).unwrap();
    assert_eq!((options.region(), url(&options, "s3a://b/k").as_str()), ("r-2", "http://o/b/k"));
    let environment: Environment =
        [("AWS_ENDPOINT_URL_S3", "http://u:hush@h")].into_iter().collect();
    let error = S3Endpoint::new(None, None, &environment, None).unwrap_err().to_string();
    assert!(error.starts_with("AWS_ENDPOINT_URL_S3 must be a URL"), "{error}");
    assert!(!error.contains("hush"), "{error}");
}

#[test]
fn puts_buckets_below_the_path_of_an_endpoint() {
    for (given, in_path, path, expected) in [
        (
            "https://x.example/storage/v1/s3",
            true,
            "s3a://b/k",
            "https://x.example/storage/v1/s3/b/k",
        ),
        ("https://x.example/storage/v1/s3/", true, "s3a://b", "https://x.example/storage/v1/s3/b"),
        ("https://x.example/s3", false, "s3a://b/k", "https://b.x.example/s3/k"),
        ("https://x.example/s3", false, "s3a://b", "https://b.x.example/s3/"),
        ("http://[::1]:9/s3", false, "s3a://b/k", "http://[::1]:9/s3/b/k"),
    ] {
        let endpoint = endpoint(Some(given), None).unwrap().with_bucket_in_path(in_path);
        assert_eq!(url(&endpoint, path), expected);
    }
}
