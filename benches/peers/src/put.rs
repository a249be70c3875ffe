//! `put URL BUCKET SOURCE KEY`: puts a file at a key, or the files of a directory below it, by
//! object_store as its documentation shows: parts of 8 MiB, eight at once, and small files, eight
//! at once.

use std::error::Error;
use std::path::Path as File;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ObjectStoreExt as _, WriteMultipart};
use tokio::io::AsyncReadExt as _;

const PART: usize = 8 << 20;
const AT_ONCE: usize = 8;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, bucket, source, key] = &arguments[..] else {
        return Err("put URL BUCKET SOURCE KEY".into());
    };
    let s3 = AmazonS3Builder::from_env()
        .with_endpoint(url)
        .with_bucket_name(bucket)
        .with_allow_http(true)
        .build()?;
    let source = File::new(source);
    if source.is_file() {
        return put(&s3, source, key).await;
    }
    let files = std::fs::read_dir(source)?.collect::<Result<Vec<_>, _>>()?;
    let puts = files.iter().map(|file| {
        let key = format!("{key}/{}", file.file_name().to_string_lossy());
        let (s3, path) = (&s3, file.path());
        async move { put(s3, &path, &key).await }
    });
    stream::iter(puts).buffer_unordered(AT_ONCE).try_collect().await
}

async fn put(s3: &AmazonS3, file: &File, key: &str) -> Result<(), Box<dyn Error>> {
    let key = Path::from(key);
    let mut file = tokio::fs::File::open(file).await?;
    if file.metadata().await?.len() <= PART as u64 {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).await?;
        s3.put(&key, bytes.into()).await?;
        return Ok(());
    }
    let mut upload = WriteMultipart::new_with_chunk_size(s3.put_multipart(&key).await?, PART);
    let mut buffer = vec![0; 1 << 20];
    loop {
        let length = file.read(&mut buffer).await?;
        if length == 0 {
            break;
        }
        upload.wait_for_capacity(AT_ONCE).await?;
        upload.write(&buffer[..length]);
    }
    upload.finish().await?;
    Ok(())
}
