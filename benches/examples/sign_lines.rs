//! Signs the JSON object on each line of stdin, and writes a result for each line.
//! `tests/servers` compares the results with those of botocore, without a process for each.
//!
//! | `kind` | result |
//! |---|---|
//! | `url` | the presigned URL |
//! | `headers` | the headers to add to a request, as a JSON object |
//! | `rds`, `dsql`, `dsql_admin`, `elasticache`, `elasticache_serverless`, `memorydb` | a database token |
//! | `eks` | a cluster token |
//! | `post` | the fields of the form, as a JSON object |
//!
//! A result that begins with `error: ` is an error message.

#![expect(clippy::expect_used, reason = "an invalid line ends the program")]

use std::io::{BufRead, Write, stdin, stdout};

use rolesig::token::{Database, EksCluster};
use rolesig::{
    Condition, Credentials, Expires, Payload, PostPolicy, Request, Service, SignError, Signer,
    Timestamp, V4,
};
use serde_json::Value;

/// The greatest number of headers and pairs on a line.
const SLOTS: usize = 64;

fn main() {
    let mut out = stdout().lock();
    for line in stdin().lock().lines() {
        let line = serde_json::from_str(&line.expect("a line")).expect("an object");
        let result = signed(&Line(&line)).unwrap_or_else(|error| format!("error: {error}"));
        writeln!(out, "{result}").expect("an open stdout");
    }
}

fn signed(line: &Line<'_>) -> Result<String, SignError> {
    let credentials = Credentials {
        access_key_id: line.text("access_key_id"),
        secret_access_key: line.text("secret_access_key"),
        session_token: line.0["session_token"].as_str(),
    };
    let (region, now) = (line.text("region"), line.now());
    match line.text("kind") {
        "url" => url(line, credentials),
        "headers" => headers(line, credentials),
        "post" => post(line, credentials),
        "eks" => {
            let cluster = EksCluster::new(line.text("cluster"), line.text("host"));
            Ok(cluster.token(credentials, region, now)?.to_string())
        }
        database => {
            let host = line.text("host");
            let database = match database {
                "dsql" => Database::dsql(host),
                "dsql_admin" => Database::dsql_admin(host),
                "elasticache" => Database::elasticache(host, line.text("user")),
                "elasticache_serverless" => {
                    Database::elasticache_serverless(host, line.text("user"))
                }
                "memorydb" => Database::memorydb(host, line.text("user")),
                _ => Database::rds(host, line.text("user")),
            };
            Ok(database.token(credentials, region, now)?.to_string())
        }
    }
}

fn url(line: &Line<'_>, credentials: Credentials<'_>) -> Result<String, SignError> {
    let expires = u32::try_from(line.number("expires")).ok().and_then(Expires::seconds);
    let expires = expires.expect("1 s to 7 days");
    let mut signer = signer(line, credentials)?;
    line.with_request(|request| {
        let request = request.with_payload(None);
        Ok(signer.presign(&request, expires, line.now())?.url("https").to_string())
    })
}

fn headers(line: &Line<'_>, credentials: Credentials<'_>) -> Result<String, SignError> {
    let mut signer = signer(line, credentials)?;
    line.with_request(|request| {
        let signed = signer.sign(request, line.now())?;
        let added =
            signed.headers().map(|(name, value)| (name.to_owned(), value.to_string().into()));
        Ok(Value::Object(added.collect()).to_string())
    })
}

fn signer<'l>(
    line: &Line<'l>,
    credentials: Credentials<'l>,
) -> Result<Signer<'l, V4, SLOTS>, SignError> {
    let service = match line.text("service") {
        // Of the service's two rules, the one with the credentials of a session.
        "s3express" => Service::S3_EXPRESS_SESSION,
        name => Service::new(name),
    };
    Signer::with_slots(credentials, line.text("region"), service)
}

fn post(line: &Line<'_>, credentials: Credentials<'_>) -> Result<String, SignError> {
    let conditions: Vec<_> = line.list("conditions").map(condition).collect();
    let policy = PostPolicy {
        expires_at: line.now().checked_add(line.number("expires")).expect("before the year 9999"),
        bucket: line.text("bucket"),
        key: line.text("key"),
        conditions: &conditions,
    };
    let mut s3 = Signer::new(credentials, line.text("region"), Service::S3)?;
    let post = s3.sign_post(&policy, line.now());
    let fields = post.fields().map(|(name, value)| (name.to_owned(), value.to_string().into()));
    Ok(Value::Object(fields.collect()).to_string())
}

/// Parses a condition in botocore's form: `{"acl": "private"}`, `["starts-with", "$key", ""]`.
fn condition(value: &Value) -> Condition<'_> {
    match value {
        Value::Object(equals) => {
            let (name, value) = equals.iter().next().expect("a name");
            Condition::Equals(name, value.as_str().expect("a text"))
        }
        list => match (list[1].as_str(), list[2].as_str()) {
            (Some(name), Some(prefix)) => Condition::StartsWith(name, prefix),
            _ => Condition::ContentLengthRange(
                list[1].as_u64().expect("the least"),
                list[2].as_u64().expect("the most"),
            ),
        },
    }
}

/// The object on a line.
struct Line<'l>(&'l Value);

impl<'l> Line<'l> {
    fn text(&self, name: &str) -> &'l str {
        self.0[name].as_str().expect("a text")
    }

    fn number(&self, name: &str) -> u64 {
        self.0[name].as_u64().expect("a number")
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.number("now")).expect("before the year 9999")
    }

    fn list(&self, name: &str) -> impl Iterator<Item = &'l Value> + use<'l> {
        self.0[name].as_array().expect("a list").iter()
    }

    fn with_request<A>(&self, use_it: impl FnOnce(&Request<'_>) -> A) -> A {
        let query: Vec<_> = self.pairs("query").collect();
        let headers: Vec<_> =
            self.pairs("headers").map(|(name, value)| (name, value.as_bytes())).collect();
        use_it(&Request {
            method: self.text("method"),
            host: self.text("host"),
            path: self.text("path"),
            query: &query,
            headers: &headers,
            payload: Payload::Bytes(b""),
        })
    }

    fn pairs(&self, name: &str) -> impl Iterator<Item = (&'l str, &'l str)> + use<'l> {
        let text = |value: &'l Value| value.as_str().expect("a text");
        self.list(name).map(move |pair| (text(&pair[0]), text(&pair[1])))
    }
}
