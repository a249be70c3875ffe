//! Writes a whole upload in chunks to stdout, as it goes over the wire; the body is read from
//! stdin.
//!
//! ```sh
//! chunked HOST REGION PATH CHUNK_LEN signed <body | nc HOST PORT
//! chunked HOST REGION PATH CHUNK_LEN signed-trailer NAME VALUE <body
//! chunked HOST REGION PATH CHUNK_LEN unsigned-trailer NAME VALUE <body
//! ```
//!
//! Credentials come from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.

use core::error::Error;
use std::env;
use std::io::{self, Read, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use rolesig::{
    ChunkForm, Chunked, Credentials, Emit, Request, Service, Signer, Sink, Timestamp, Trailer,
    TrailerName, V4,
};

/// A writer as a sink: keeps the first error for the end.
struct Wire<W>(W, io::Result<()>);

impl<W: Write> Sink for Wire<W> {
    fn put(&mut self, bytes: &[u8]) {
        if self.1.is_ok() {
            self.1 = self.0.write_all(bytes);
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [host, region, path, chunk_len, form @ ..] = arguments.as_slice() else {
        return Err("chunked HOST REGION PATH CHUNK_LEN FORM [NAME VALUE]".into());
    };
    let (form, trailer) = match form {
        ["signed"] => (ChunkForm::Signed, None),
        [form, name, value] => {
            let trailer = Trailer { name: TrailerName::new(name)?, value_len: value.len() };
            let form = match *form {
                "signed-trailer" => ChunkForm::SignedWithTrailer(trailer),
                "unsigned-trailer" => ChunkForm::UnsignedWithTrailer(trailer),
                _ => return Err("signed-trailer or unsigned-trailer".into()),
            };
            (form, Some(value.as_bytes()))
        }
        _ => return Err("signed, signed-trailer NAME VALUE or unsigned-trailer NAME VALUE".into()),
    };
    let mut body = Vec::new();
    io::stdin().read_to_end(&mut body)?;

    let (access_key_id, secret_access_key) =
        (env::var("AWS_ACCESS_KEY_ID")?, env::var("AWS_SECRET_ACCESS_KEY")?);
    let session_token = env::var("AWS_SESSION_TOKEN").ok();
    let credentials = Credentials {
        access_key_id: &access_key_id,
        secret_access_key: &secret_access_key,
        session_token: session_token.as_deref(),
    };
    let payload = Chunked {
        len: body.len().try_into()?,
        chunk_len: chunk_len.parse()?,
        content_encoding: None,
        form,
    };
    let request = Request { method: "PUT", host, path, query: &[], headers: &[], payload };
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let now = Timestamp::from_unix(now).ok_or("it is past the year 9999")?;

    let mut signer = Signer::new(credentials, region, Service::S3)?;
    let signed = signer.sign(&request, now)?;
    let mut wire = Wire(io::stdout().lock(), Ok(()));
    wire.put(format!("PUT {} HTTP/1.1\r\nHost: {host}\r\n", signed.target()).as_bytes());
    for (name, value) in signed.headers() {
        wire.put(format!("{name}: ").as_bytes());
        value.emit(&mut wire);
        wire.put(b"\r\n");
    }
    let len = payload.encoded_len::<V4>();
    wire.put(format!("Content-Length: {len}\r\nConnection: close\r\n\r\n").as_bytes());

    let mut chunks = signer.chunks(&signed);
    for data in body.chunks(payload.chunk_len) {
        chunks.chunk(data)?.emit(&mut wire);
    }
    chunks.finish(trailer)?.emit(&mut wire);
    Ok(wire.1?)
}
