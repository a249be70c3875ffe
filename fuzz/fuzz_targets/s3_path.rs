//! Any text as a path of S3: what is read is written again as it was, with its scheme, bucket and
//! key, and the bucket can be a part of a host's name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolefs::s3::address::path::S3Path;

fuzz_target!(|input: (bool, &str)| {
    let (is_prefixed, text) = input;
    let text = if is_prefixed { format!("s3a://{text}") } else { text.to_owned() };
    let Ok(path) = S3Path::parse(&text) else { return };
    let (bucket, key) = (path.bucket(), path.key());
    let written = format!("{}://{bucket}/{key}", path.scheme());
    assert!(written == text || written == format!("{text}/"), "{text:?} as {written:?}");
    assert_eq!(S3Path::parse(&written).as_ref(), Ok(&path));
    assert!(!bucket.is_empty() && bucket.bytes().all(|byte| byte.is_ascii_graphic()), "{bucket:?}");
    assert!(!bucket.contains(['/', '@', ':', '?', '#', '\\', '%']), "{bucket:?}");
});
