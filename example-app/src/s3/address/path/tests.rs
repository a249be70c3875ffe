use super::*;

fn parse(text: &str) -> S3Path {
    S3Path::parse(text).unwrap()
}

#[test]
fn keeps_keys_unchanged() {
    for key in ["", "a", "a/", "/a", "a//b", "a b", "100%", "%41", "ü+?#&", "./..", "a\\b"] {
        let text = format!("s3a://bucket/{key}");
        assert_eq!(parse(&text).key(), key);
        assert_eq!(parse(&text).to_string(), text);
    }
    assert_eq!(parse("s3://bucket"), parse("s3://bucket/"));
}

#[test]
fn refuses_other_texts() {
    for (text, expected) in [
        (
            "s3a://nm:80/",
            "`s3a://nm:80/': a bucket has no port: write s3a://bucket/key, and name the host by \
             --endpoint http://nm:80",
        ),
        ("s3a://b:x/k", "`s3a://b:x/k': the name of the bucket is missing or not valid"),
        ("s3a://b\n/k", "`s3a://b?/k': the name of the bucket is missing or not valid"),
        ("dir/a", "`dir/a': not a path in S3: write s3a://bucket/key"),
        ("s4://b/x", "No FileSystem for scheme \"s4\""),
        ("s3a:///x", "`s3a:///x': the name of the bucket is missing or not valid"),
    ] {
        assert_eq!(S3Path::parse(text).unwrap_err().to_string(), expected);
    }
    for arn in [
        "s3://arn:aws:s3:us-west-2:123456789012:accesspoint/ap/key",
        "s3a://arn:aws-cn:s3:::b/key",
        "arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/ap",
    ] {
        assert_eq!(S3Path::parse(arn), Err(S3PathError::Arn(arn.to_owned())));
    }
    for bad in ["s3a://", "s3a:///", "s3a://./x", "s3a://../x", "s3a://a..b/x", "s3a://.a"] {
        assert!(matches!(S3Path::parse(bad), Err(S3PathError::BadBucket(_))), "{bad}");
    }
}

/// A secret that AWS makes can have slashes.
#[test]
fn does_not_show_keys_in_a_path() {
    let default_fs = DefaultFs::new("s3a://b/", "me").unwrap();
    for text in [
        "s3a://AKID:the-secret@b/x",
        "s3a://AKID@b/x",
        "s3a://AKID:the/secret+with/slashes@b/x",
        "s3a://AKID:/the-secret@b",
        "s3a://AKID:80/the-secret@b/x",
        "s3n://AKID:the-secret@b@c/a@d",
        "s3a:/AKID:the/secret@b/x",
        "s3a:AKID:the-secret@b/x",
        "//AKID:the/secret@b/x",
    ] {
        assert_eq!(default_fs.resolve(text), Err(S3PathError::Login), "{text}");
        assert_eq!(DefaultFs::default().resolve(text), Err(S3PathError::Login), "{text}");
    }
    let bare = DefaultFs::default().resolve("AKID:the/secret@b/x");
    assert_eq!(bare, Err(S3PathError::Login));
    let other = S3Path::parse("hdfs://AKID:the/secret@b/x").unwrap_err();
    assert_eq!(other, S3PathError::UnknownScheme("hdfs".to_owned()));
    assert_eq!(default_fs.resolve("s3a://b/a:c@d").unwrap(), parse("s3a://b/a:c@d"));
    assert_eq!(default_fs.resolve("/x/a:c@d").unwrap(), parse("s3a://b/x/a:c@d"));
}

/// Each as `hadoop fs -ls` (3.3.4) shows it.
#[test]
fn folds_keys_as_hadoop_does() {
    let default_fs = DefaultFs::new("s3a://b/", "me").unwrap();
    for (text, expected) in [
        ("s3a://b/base//x", "s3a://b/base/x"),
        ("s3a://b//base///x", "s3a://b/base/x"),
        ("/x/./b", "s3a://b/x/b"),
        ("/x/../c", "s3a://b/c"),
        ("/x/..", "s3a://b/"),
        ("/x/y/..", "s3a://b/x/"),
        ("/x/.", "s3a://b/x/"),
        ("/x//", "s3a://b/x/"),
        ("//", "s3a://b/"),
        ("///x", "s3a://b/x"),
        ("..", "s3a://b/user/"),
        ("../../x", "s3a://b/x"),
        ("./", "s3a://b/user/me"),
        (".a/..b/c..", "s3a://b/user/me/.a/..b/c.."),
    ] {
        assert_eq!(default_fs.resolve(text).unwrap(), parse(expected), "{text}");
    }
    for above in ["/..", "/../x", "s3a://b/x/../..", "../../..", "../../../x"] {
        let error = default_fs.resolve(above).unwrap_err();
        assert_eq!(error, S3PathError::Above(above.to_owned()));
    }
    for host in ["//x", "//x/y", "//x/", "//."] {
        assert_eq!(default_fs.resolve(host), Err(S3PathError::Host(host.to_owned())));
    }
    assert_eq!(default_fs.resolve(""), Err(S3PathError::Empty));
}

#[test]
fn keeps_exact_keys() {
    let default_fs = DefaultFs::new("s3a://b/", "me").unwrap().with_keys(KeySyntax::Exact);
    for (text, expected) in [
        ("s3a://b/base//x", "s3a://b/base//x"),
        ("//x", "s3a://b//x"),
        ("/x/../c", "s3a://b/x/../c"),
        ("/./b/", "s3a://b/./b/"),
    ] {
        assert_eq!(default_fs.resolve(text).unwrap(), parse(expected), "{text}");
    }
    assert_eq!(default_fs.resolve(""), Err(S3PathError::Empty));
}

#[test]
fn resolves_paths_without_a_scheme() {
    let default_fs = DefaultFs::new("s3a://b/", "me").unwrap();
    for (text, expected) in [
        ("/d/a", "s3a://b/d/a"),
        ("/", "s3a://b/"),
        ("d/", "s3a://b/user/me/d/"),
        ("./d", "s3a://b/user/me/d"),
        (".", "s3a://b/user/me"),
        ("s3a://c/x", "s3a://c/x"),
    ] {
        assert_eq!(default_fs.resolve(text).unwrap(), parse(expected), "{text}");
    }
    let none = DefaultFs::default();
    assert!(matches!(none.resolve("/d/a"), Err(S3PathError::NoScheme(_))));
    assert!(DefaultFs::new("hdfs://namenode", "me").is_err());
}

#[test]
fn returns_names_and_parents() {
    for (text, name, parent) in [
        ("s3a://b/d/e/a", "a", Some("s3a://b/d/e")),
        ("s3a://b/a", "a", Some("s3a://b/")),
        ("s3a://b/d/", "d", Some("s3a://b/")),
        ("s3a://b", "", None),
    ] {
        assert_eq!(parse(text).name(), name);
        assert_eq!(parse(text).parent(), parent.map(parse));
    }
}

#[test]
fn joins_names_to_a_directory() {
    assert_eq!(parse("s3a://b").join("x"), parse("s3a://b/x"));
    assert_eq!(parse("s3a://b/d").join("x"), parse("s3a://b/d/x"));
    assert_eq!(parse("s3a://b/d/").join("x"), parse("s3a://b/d/x"));
    assert_eq!(parse("s3a://b/d//").without_slash(), parse("s3a://b/d"));
}

#[test]
fn refuses_schemes_without_a_bucket() {
    let default_fs = DefaultFs::new("s3a://b/", "me").unwrap();
    for text in ["s3a:/q", "s3a:q", "s3:q", "s3n:/d/q", "s3a:"] {
        assert_eq!(default_fs.resolve(text), Err(S3PathError::NoBucket(text.to_owned())));
        assert!(DefaultFs::default().resolve(text).is_err());
    }
    for (text, key) in [("./s3a:q", "user/me/s3a:q"), ("d/s3a:q", "user/me/d/s3a:q")] {
        assert_eq!(default_fs.resolve(text).unwrap().key(), key);
    }
}

#[test]
fn resolves_relative_paths_to_the_home() {
    for user in ["", "/", ".", "..", "a/b", "../x"] {
        let refused = DefaultFs::new("s3a://b/", user);
        assert!(matches!(refused, Err(S3PathError::BadUser(_))), "{user}");
    }
    assert!(DefaultFs::new("s3a://b/", "a.b").is_ok());
}
