//! `core-site.xml` and `-D`, as users of the program write them.
#![cfg(feature = "sandbox")]
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod program;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::Output;
use std::sync::mpsc::{Sender, channel};
use std::{fs, thread};

use program::{Shell, stderr, stdout};
use rolefs::sandbox::{Sandbox, Settings};
use rolesig::{ReceivedBody, ReceivedRequest, Service, Verifier};
use rolesig_std::Clock;

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
async fn puts_with_core_site_alone() {
    let stage = Stage::set().await;
    stage.core_site(&[("fs.s3a.create.header.origin", "lab"), ("fs.s3a.enpoint", "x")]);
    let output = stage.run(&["-put", "a", "s3a://demo/"]).await;
    let message = stderr(&output);
    assert!(output.status.success(), "{message}");
    assert_eq!(
        message.trim(),
        "rolefs: unknown settings are ignored, check their spelling: fs.s3a.enpoint \
         (conf/core-site.xml:8)"
    );
    assert_eq!(fs::read(stage.shell.path().join("s3/demo/a")).unwrap(), b"content");
    let listed = stdout(&stage.run(&["-ls", "s3a://demo/"]).await);
    assert!(listed.ends_with("s3a://demo/a\n"), "{listed}");
    // -D takes precedence over the file, and a bucket's own setting over -D.
    let elsewhere = ["-D", "fs.s3a.endpoint=127.0.0.1:1", "-ls", "s3a://demo/"];
    assert!(stderr(&stage.run(&elsewhere).await).contains("127.0.0.1 does not answer"));
    let of_bucket = format!("fs.s3a.bucket.demo.endpoint={}", stage.sandbox.s3_endpoint());
    let back = [&["-D", &of_bucket][..], &elsewhere].concat();
    assert!(stage.run(&back).await.status.success());
    // An option of rolefs takes precedence over all of them.
    let option = [&["--endpoint", stage.sandbox.s3_endpoint()][..], &elsewhere].concat();
    assert!(stage.run(&option).await.status.success());
}

#[tokio::test]
async fn names_a_remedy_in_refusals() {
    let stage = Stage::set().await;
    stage.core_site(&[("hadoop.security.credential.provider.path", "jceks://file/k")]);
    let output = stage.run(&["-put", "a", "s3a://demo/"]).await;
    assert_eq!(output.status.code(), Some(1));
    let message = stderr(&output);
    let expected = "rolefs: conf/core-site.xml:7: hadoop.security.credential.provider.path is not \
                    supported: rolefs opens no keystores (JCEKS): use a role";
    assert!(message.starts_with(expected), "{message}");
    assert!(!stage.shell.path().join("s3/demo/a").exists());
    let cleared = ["-D", "hadoop.security.credential.provider.path=", "-put", "a", "s3a://demo/"];
    assert!(stage.run(&cleared).await.status.success());
}

#[tokio::test]
async fn masks_secrets_and_warns_of_keys() {
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
    // The role's provider is asked after the temporary keys, which are not set.
    let output = stage.run(&["-ls", "s3a://demo/"]).await;
    assert!(output.status.success());
    let message = stderr(&output);
    assert!(message.contains("conf/core-site.xml:8: fs.s3a.secret.key is in the"), "{message}");
    let two = stage.run(&["-ls", "s3a://demo/", "s3a://other/"]).await;
    assert!(stderr(&two).contains("name one bucket in a command"));
}

#[tokio::test]
async fn reads_every_scheme_and_settings_of_emrfs() {
    let stage = Stage::set().await;
    stage.core_site(&[("fs.s3.canned.acl", "Everyone"), ("fs.s3.consistent", "true")]);
    let refused = stage.run(&["-put", "a", "s3://demo/"]).await;
    let message = stderr(&refused);
    assert!(
        message.contains("conf/core-site.xml:7: fs.s3.canned.acl: `Everyone' is not"),
        "{message}"
    );
    for scheme in ["s3", "s3n", "s3a"] {
        let name = format!("by-{scheme}");
        stage.shell.write(&name, b"content");
        let root = format!("{scheme}://demo/");
        let put = ["-D", "fs.s3.canned.acl=BucketOwnerFullControl", "-put", &name, &root];
        let output = stage.run(&put).await;
        let message = stderr(&output);
        assert!(output.status.success(), "{message}");
        let ignored = "rolefs: settings of EMRFS without a counterpart in S3A are ignored: \
                       fs.s3.consistent (conf/core-site.xml:8)";
        assert_eq!(message.trim(), ignored);
        // Hadoop prints the scheme as it was written, or none.
        let fs = format!("fs.defaultFS={scheme}://demo");
        for path in ["/", root.as_str()] {
            let list = ["-D", "fs.s3.canned.acl=Private", "-D", &fs, "-ls", path];
            let listed = stdout(&stage.run(&list).await);
            assert!(listed.contains(&format!(" {path}{name}\n")), "{listed}");
        }
    }
    let cse =
        ["-D", "fs.s3.canned.acl=", "-D", "fs.s3.cse.enabled=true", "-put", "a", "s3://demo/x"];
    let output = stage.run(&cse).await;
    assert_eq!(output.status.code(), Some(1));
    let message = stderr(&output);
    assert!(message.contains("fs.s3.cse.enabled is not supported"), "{message}");
    assert!(!stage.shell.path().join("s3/demo/x").exists());
}

#[tokio::test]
async fn assumes_roles_of_the_mapping() {
    let stage = Stage::set().await;
    let role = "arn:aws:iam::111122223333:role/mapped";
    let mapping = format!(
        r#"[{{"Role": "{role}", "IdentifierType": "Prefix", "Identifiers": ["s3://demo/secret/"]}}]"#
    );
    // Nothing listens there: the error shows that STS was asked.
    let sts = "http://127.0.0.1:1/sts";
    stage.core_site(&[("fs.s3.authorization.roleMapping", &mapping), ("fs.s3.sts.endpoint", sts)]);
    assert!(stage.run(&["-put", "a", "s3://demo/open"]).await.status.success());
    let output = stage.run(&["-put", "a", "s3://demo/secret/a"]).await;
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains(sts), "{message}");
    assert!(!stage.shell.path().join("s3/demo/secret").exists());
    let message = stderr(&stage.run(&["-ls", "s3://demo/"]).await);
    assert!(message.contains("name only paths of one role in a command"), "{message}");
    let user = format!("{role}=u:ann");
    let user = format!("fs.s3.authorization.roleMapping={user}");
    let words = ["-D", &user, "-put", "a", "s3://demo/b"];
    let mut command = stage.shell.command(&words);
    command.env("HADOOP_CONF_DIR", "conf").env("HADOOP_USER_NAME", "ann");
    let keys = [("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let output = command.envs(keys).output().unwrap();
    assert!(!output.status.success());
}

#[tokio::test]
async fn shows_values_beside_errors() {
    let stage = Stage::set().await;
    stage.core_site(&[
        ("fs.s3a.own.a", "${fs.s3a.own.b}"),
        ("fs.s3a.own.b", "${fs.s3a.own.a}"),
        ("fs.defaultFS", "${fs.defaultFS.b}"),
        ("fs.defaultFS.b", "${fs.defaultFS}"),
    ]);
    let output = stage.run(&["-showConfig", "s3n://demo/"]).await;
    let shown = stdout(&output);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        shown.contains("fs.s3a.own.a = ${fs.s3a.own.b} (its variables refer to each other"),
        "{shown}"
    );
    assert!(shown.contains("fs.s3a.path.style.access = true (conf/core-site.xml:3)\n"), "{shown}");
    stage.shell.write("broken.xml", b"<configuration>");
    // A setting of EMRFS decides the port of the proxy.
    let words = ["-D", "fs.s3n.ssl.enabled=false", "-D", "fs.s3a.proxy.host=p"];
    let shown = stdout(&stage.run(&[&words[..], &["-showConfig", "s3://demo/"]].concat()).await);
    assert!(shown.contains("network: ") && shown.contains("http://p:80 "), "{shown}");
    let wrong = ["-conf", "broken.xml", "-D", "fs.s3a.threads.max=many", "-showConfig"];
    let output = stage.run(&wrong).await;
    assert_eq!(output.status.code(), Some(1));
    let message = stderr(&output);
    assert!(message.contains("broken.xml:1: the file ends too early"), "{message}");
    assert!(message.contains("fs.s3a.threads.max: `many' is not a whole number"), "{message}");
    assert!(stdout(&output).contains("fs.s3a.path.style.access = true"));
    let put = stage.run(&["-conf", "broken.xml", "-put", "a", "s3a://demo/"]).await;
    assert_eq!(put.status.code(), Some(1));
}

#[tokio::test]
async fn names_endpoint_paths_in_errors() {
    let stage = Stage::set().await;
    stage.core_site(&[]);
    for (words, exit_code, name) in [
        (&["--endpoint", "http://u:hush@h"][..], 255, "rolefs: --endpoint must be a URL"),
        (&["--endpoint", "http://h?q"], 255, "rolefs: --endpoint must be a URL"),
        (&["--endpoint", "ftp://x"], 255, "rolefs: --endpoint must be a URL"),
        (&["--region", "eu west"], 255, "rolefs: --region: "),
        (&["--region", "fips-us-east-1"], 255, "rolefs: --region: "),
        (
            &["-D", "fs.s3a.endpoint=http://u:hush@h/x"],
            1,
            "-D: fs.s3a.endpoint: `http://********@h/x' is not a URL such as",
        ),
    ] {
        let output = stage.run(&[words, &["-ls", "s3a://demo/"]].concat()).await;
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(exit_code), "{message}");
        assert!(message.contains(name) && !message.contains("hush"), "{message}");
    }
}

/// Answers as an empty bucket does, and passes each request on.
fn serve_empty_bucket(listener: &TcpListener, requests: &Sender<(String, Vec<u8>)>) {
    for stream in listener.incoming() {
        let mut stream = BufReader::new(stream.unwrap());
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(stream.read_line(&mut head).unwrap() > 0, "{head}");
        }
        let len = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; len.map_or(0, |len| len.parse().unwrap())];
        stream.read_exact(&mut body).unwrap();
        let (status, text) = match head.split(' ').next() {
            Some("GET") => ("200 OK", "<ListBucketResult></ListBucketResult>"),
            Some("PUT") => ("200 OK", ""),
            _ => ("404 Not Found", ""),
        };
        let len = text.len();
        let response = format!(
            "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len}\r\n\r\n{text}"
        );
        let _ = stream.get_mut().write_all(response.as_bytes());
        let _ = requests.send((head, body));
    }
}

#[test]
fn signs_objects_below_an_endpoint_path() {
    let shell = Shell::new();
    shell.write("a", b"content");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/storage/v1/s3", listener.local_addr().unwrap());
    let (sender, requests) = channel();
    thread::spawn(move || serve_empty_bucket(&listener, &sender));
    let mut command = shell.command(&["-put", "-f", "a", "s3n://demo/x y"]);
    command.envs(program::KEYS).env("AWS_ENDPOINT_URL_S3", &endpoint);
    command.env("AWS_REGION", "local");
    let message = stderr(&command.output().unwrap());
    let put = requests.try_iter().find(|(head, _)| head.starts_with("PUT "));
    let (head, body) = put.unwrap_or_else(|| panic!("{message}"));
    let target = head.split(' ').nth(1).unwrap();
    assert_eq!(target, "/storage/v1/s3/demo/x%20y");
    let headers: Vec<(&str, &[u8])> = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name, value.as_bytes()))
        .collect();
    let body = ReceivedBody::Bytes(&body);
    let received = ReceivedRequest { method: "PUT", path: target, query: &[], headers: &headers };
    let verified =
        Verifier::new("local", Service::S3)
            .verify(&received, body, Clock::SYSTEM.now(), |_, _| Ok(program::KEYS[1].1));
    assert!(verified.is_ok(), "{:?}", verified.err());
}
