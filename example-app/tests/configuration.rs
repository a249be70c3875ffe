//! `core-site.xml`, as the program's user has it.
#![cfg(feature = "sandbox")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod program;

use std::fs;
use std::process::Output;

use program::{Shell, stderr, stdout};
use rolefs::sandbox::{Sandbox, Settings};

/// An S3 server and a metadata service, and a host whose `core-site.xml` leads to them.
struct Stage {
    shell: Shell,
    sandbox: Sandbox,
}

const ROLE: &str = "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider,
    com.amazonaws.auth.InstanceProfileCredentialsProvider";

impl Stage {
    async fn set() -> Self {
        let shell = Shell::new();
        let settings = Settings {
            folder: shell.path().join("s3"),
            buckets: vec!["demo".to_owned()],
            ..Settings::default()
        };
        let sandbox = Sandbox::start(settings).await.unwrap();
        shell.write("a", b"content");
        Self { shell, sandbox }
    }

    fn core_site(&self, properties: &[(&str, &str)]) {
        let host = self.sandbox.s3_endpoint().trim_start_matches("http://").to_owned();
        let region = Settings::default().region;
        let all = [
            ("fs.s3a.endpoint", host.as_str()),
            ("fs.s3a.connection.ssl.enabled", "false"),
            ("fs.s3a.path.style.access", "true"),
            ("fs.s3a.endpoint.region", region.as_str()),
            ("fs.s3a.aws.credentials.provider", ROLE),
        ];
        let property = |(name, value): &(&str, &str)| {
            format!("<property><name>{name}</name><value>{value}</value></property>\n")
        };
        let text: String = all.iter().chain(properties).map(property).collect();
        let text = format!("<configuration>{text}</configuration>");
        self.shell.write("conf/core-site.xml", text.as_bytes());
    }

    async fn run(&self, words: &[&str]) -> Output {
        let mut command = self.shell.command(words);
        command.env("HADOOP_CONF_DIR", "conf").env_remove("AWS_EC2_METADATA_DISABLED");
        command.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", self.sandbox.metadata_endpoint());
        command.env("AWS_METADATA_SERVICE_TIMEOUT", "10");
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }
}

#[tokio::test]
async fn core_site_alone_makes_put_work() {
    let stage = Stage::set().await;
    stage.core_site(&[("fs.s3a.create.header.origin", "lab"), ("fs.s3a.enpoint", "x")]);
    let output = stage.run(&["-put", "a", "s3a://demo/"]).await;
    let told = stderr(&output);
    assert!(output.status.success(), "{told}");
    assert_eq!(
        told.trim(),
        "rolefs: settings that rolefs does not know, and ignores: fs.s3a.enpoint \
         (conf/core-site.xml:8)"
    );
    assert_eq!(fs::read(stage.shell.path().join("s3/demo/a")).unwrap(), b"content");
    let listed = stdout(&stage.run(&["-ls", "s3a://demo/"]).await);
    assert!(listed.ends_with("s3a://demo/a\n"), "{listed}");
    // -D goes before the file, and a bucket's own setting before that.
    let elsewhere = ["-D", "fs.s3a.endpoint=127.0.0.1:1", "-ls", "s3a://demo/"];
    assert!(stderr(&stage.run(&elsewhere).await).contains("127.0.0.1 does not answer"));
    let of_bucket = format!("fs.s3a.bucket.demo.endpoint={}", stage.sandbox.s3_endpoint());
    let back = [&["-D", &of_bucket][..], &elsewhere].concat();
    assert!(stage.run(&back).await.status.success());
    // And an option of rolefs before all of them.
    let option = [&["--endpoint", stage.sandbox.s3_endpoint()][..], &elsewhere].concat();
    assert!(stage.run(&option).await.status.success());
}

#[tokio::test]
async fn what_is_refused_says_what_to_do() {
    let stage = Stage::set().await;
    stage.core_site(&[("hadoop.security.credential.provider.path", "jceks://file/k")]);
    let output = stage.run(&["-put", "a", "s3a://demo/"]).await;
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    let expected = "rolefs: conf/core-site.xml:7: hadoop.security.credential.provider.path is not \
                    supported: rolefs opens no keystores (JCEKS): use a role";
    assert!(told.starts_with(expected), "{told}");
    assert!(!stage.shell.path().join("s3/demo/a").exists());
    let cleared = ["-D", "hadoop.security.credential.provider.path=", "-put", "a", "s3a://demo/"];
    assert!(stage.run(&cleared).await.status.success());
}

#[tokio::test]
async fn show_config_masks_secrets_and_keys_are_warned_of() {
    let stage = Stage::set().await;
    let keys = [("fs.s3a.access.key", "AKIA"), ("fs.s3a.bucket.demo.secret.key", "hush")];
    stage.core_site(&keys);
    for words in [&["-showConfig", "demo"], &["--showConfig", "s3a://demo/"]] {
        let output = stage.run(words).await;
        let shown = stdout(&output);
        assert!(output.status.success(), "{}", stderr(&output));
        let secret = "fs.s3a.secret.key = ******** (as fs.s3a.bucket.demo.secret.key, \
                      conf/core-site.xml:8)\n";
        assert!(shown.contains(secret), "{shown}");
        assert!(shown.contains("fs.s3a.path.style.access = true (conf/core-site.xml:3)\n"));
        assert!(!shown.contains("hush"), "{shown}");
    }
    // The role's provider is asked after the temporary keys, of which there are none.
    let output = stage.run(&["-ls", "s3a://demo/"]).await;
    assert!(output.status.success());
    let told = stderr(&output);
    assert!(told.contains("conf/core-site.xml:8: fs.s3a.secret.key stands in the"), "{told}");
    let two = stage.run(&["-ls", "s3a://demo/", "s3a://other/"]).await;
    assert!(stderr(&two).contains("name one bucket in a command"));
}
