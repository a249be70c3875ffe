//! Signing by header.

use signer::{Emit, Payload, Request as Unsigned, Service, Signer, SigningKey, Sink, Timestamp};

use crate::buffer::Buffer;
use crate::key::Key;
use crate::status::Status;
use crate::text::{Pairs, SLOTS, Text};

/// `rolesig_credentials`
#[repr(C)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: Text,
    pub(crate) secret_access_key: Text,
    pub(crate) session_token: Text,
}

/// `rolesig_signer`
#[repr(C)]
pub(crate) struct Scope {
    credentials: Credentials,
    region: Text,
    service: Text,
}

/// `rolesig_request`
#[repr(C)]
pub(crate) struct Request {
    method: Text,
    host: Text,
    path: Text,
    query: Pairs,
    headers: Pairs,
    /// A number, since C can pass any value.
    payload_kind: u32,
    payload: Text,
}

/// Implements `rolesig_sign`: see the header.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rolesig_sign(
    scope: Option<&Scope>,
    request: Option<&Request>,
    now: u64,
    target: Option<&mut Buffer>,
    headers: Option<&mut Buffer>,
) -> Status {
    let (Some(scope), Some(request), Some(target), Some(headers)) =
        (scope, request, target, headers)
    else {
        return Status::Null;
    };
    sign(scope, request, now, &mut None, target, headers).into()
}

/// Implements `rolesig_sign_with_key`: see the header.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn rolesig_sign_with_key(
    scope: Option<&Scope>,
    key: Option<&mut Key>,
    request: Option<&Request>,
    now: u64,
    target: Option<&mut Buffer>,
    headers: Option<&mut Buffer>,
) -> Status {
    let (Some(scope), Some(Key(key)), Some(request), Some(target), Some(headers)) =
        (scope, key, request, target, headers)
    else {
        return Status::Null;
    };
    sign(scope, request, now, key, target, headers).into()
}

fn sign(
    scope: &Scope,
    request: &Request,
    now: u64,
    key: &mut Option<SigningKey>,
    target: &mut Buffer,
    headers: &mut Buffer,
) -> Result<(), Status> {
    let now = Timestamp::from_unix(now).ok_or(Status::Time)?;
    let service = Service::new(scope.service.text()?);
    let mut signer = Signer::new(scope.credentials.lent()?, scope.region.text()?, service)?;
    if let Some(kept) = key.as_ref() {
        signer = signer.with_kept_key(kept);
    }

    let mut query = [("", ""); SLOTS];
    let query_len = request.query.read(&mut query, Status::TooManyQueryPairs, |name, value| {
        Ok((name.text()?, value.text()?))
    })?;
    let mut own = [("", &b""[..]); SLOTS];
    let own_len = request.headers.read(&mut own, Status::TooManyHeaders, |name, value| {
        Ok((name.text()?, value.bytes().unwrap_or_default()))
    })?;
    let unsigned = Unsigned {
        method: request.method.text()?,
        host: request.host.text()?,
        path: request.path.text()?,
        query: query.get(..query_len).unwrap_or_default(),
        headers: own.get(..own_len).unwrap_or_default(),
        payload: request.payload()?,
    };
    let signed = signer.sign(&unsigned, now)?;
    let target = target.fill(|out| signed.target().emit_to(out));
    let headers = headers.fill(|out| {
        for (name, value) in signed.headers() {
            out.put(name.as_bytes());
            out.put(b": ");
            value.emit_to(out);
            out.put(b"\r\n");
        }
    });
    // Only a new one: the key that was kept stays where it is.
    if let Some(derived) = signer.into_key() {
        *key = Some(derived);
    }
    // Both are written, so that both return the length that they need.
    target.and(headers)
}

impl Credentials {
    fn lent(&self) -> Result<signer::Credentials<'_>, Status> {
        let session_token = self.session_token.bytes().map(|_| self.session_token.text());
        Ok(signer::Credentials {
            access_key_id: self.access_key_id.text()?,
            secret_access_key: self.secret_access_key.text()?,
            session_token: session_token.transpose()?,
        })
    }
}

impl Request {
    fn payload(&self) -> Result<Payload<'_>, Status> {
        let bytes = self.payload.bytes().unwrap_or_default();
        match self.payload_kind {
            0 => Ok(Payload::Bytes(bytes)),
            1 => bytes.try_into().map(Payload::Sha256).map_err(|_| Status::PayloadKind),
            2 => Ok(Payload::Unsigned),
            _ => Err(Status::PayloadKind),
        }
    }
}
