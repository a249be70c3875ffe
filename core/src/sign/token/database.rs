//! Tokens of databases: a presigned URL without its scheme.

use core::fmt;

use super::without_default_port;
use crate::credentials::Credentials;
use crate::emit::sink::{Emit, Stage, display_emitted};
use crate::sign::presign::Presigned;
use crate::sign::signer::Signer;
use crate::sigv4::error::SignError;
use crate::sigv4::request::Request;
use crate::sigv4::service::Service;
use crate::time::expires::Expires;
use crate::time::timestamp::Timestamp;

/// 15 minutes, which all of these services have.
const EXPIRES: Expires = Expires::QUARTER_HOUR;

/// A database, and whom to log in as.
///
/// ```
/// use rolesig::token::Database;
/// use rolesig::{Credentials, Timestamp};
///
/// let credentials = Credentials {
///     access_key_id: "AKIAIOSFODNN7EXAMPLE",
///     secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
///     session_token: None,
/// };
/// let now: Timestamp = "2013-05-24T00:00:00Z".parse()?;
///
/// let database = Database::rds("mysqldb.123456789012.us-east-1.rds.amazonaws.com:3306", "jane_doe");
/// let password = database.token(credentials, "us-east-1", now)?;
/// assert_eq!(
///     password.to_string(),
///     "mysqldb.123456789012.us-east-1.rds.amazonaws.com:3306/?Action=connect&DBUser=jane_doe\
///      &X-Amz-Algorithm=AWS4-HMAC-SHA256\
///      &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Frds-db%2Faws4_request\
///      &X-Amz-Date=20130524T000000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host\
///      &X-Amz-Signature=af8966ed4a73f4c444bf3ebd0bee7ffb024364f5d2d7e69c63f120adea0bdca1"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Database<'a> {
    service: Service<'static>,
    host: &'a str,
    /// The first two of them, or one, where the service has less to say.
    query: [(&'a str, &'a str); 3],
    pairs: usize,
}

impl<'a> Database<'a> {
    /// Names a database of Amazon RDS or Aurora: `endpoint` is host and port of the instance, or of
    /// the cluster or proxy, as the client connects to it, never an alias of your own that leads
    /// there. `user` is a user of the database.
    ///
    /// Source: "Connecting to your DB instance using IAM authentication from the command line"
    /// (Amazon RDS User Guide).
    pub const fn rds(endpoint: &'a str, user: &'a str) -> Self {
        let query = [("Action", "connect"), ("DBUser", user), ("", "")];
        Self { service: Service::new("rds-db"), host: endpoint, query, pairs: 2 }
    }

    /// Names a cluster of Amazon Aurora DSQL: `endpoint` is the cluster's host, without a port. For
    /// all roles of the database but `admin`.
    ///
    /// Source: "Generating an authentication token in Amazon Aurora DSQL" (Amazon Aurora DSQL User
    /// Guide).
    pub const fn dsql(endpoint: &'a str) -> Self {
        Self::of_dsql(endpoint, "DbConnect")
    }

    /// Names a cluster as [`Database::dsql`] does, for the role `admin`.
    pub const fn dsql_admin(endpoint: &'a str) -> Self {
        Self::of_dsql(endpoint, "DbConnectAdmin")
    }

    /// Names a cache of Amazon ElastiCache with nodes: `cache` is the name of the replication group
    /// in lower case, not its endpoint; `user` is the id of an ElastiCache user.
    ///
    /// Source: "Authenticating with IAM" (Amazon ElastiCache User Guide).
    pub const fn elasticache(cache: &'a str, user: &'a str) -> Self {
        let query = [("Action", "connect"), ("User", user), ("", "")];
        Self { service: Service::new("elasticache"), host: cache, query, pairs: 2 }
    }

    /// Names a cache of Amazon ElastiCache Serverless: `cache` is the cache's name in lower case,
    /// not its endpoint.
    ///
    /// Source: as [`Database::elasticache`].
    pub const fn elasticache_serverless(cache: &'a str, user: &'a str) -> Self {
        let query = [("Action", "connect"), ("User", user), ("ResourceType", "ServerlessCache")];
        Self { service: Service::new("elasticache"), host: cache, query, pairs: 3 }
    }

    /// Names a cluster of Amazon MemoryDB: `cluster` is the cluster's name in lower case, not its
    /// endpoint; `user` is the name of a MemoryDB user.
    ///
    /// Source: "Authenticating with IAM" (Amazon MemoryDB Developer Guide).
    pub const fn memorydb(cluster: &'a str, user: &'a str) -> Self {
        Self { service: Service::new("memorydb"), ..Self::elasticache(cluster, user) }
    }

    const fn of_dsql(endpoint: &'a str, action: &'static str) -> Self {
        let query = [("Action", action), ("", ""), ("", "")];
        Self { service: Service::new("dsql"), host: endpoint, query, pairs: 1 }
    }

    /// Creates a token for the next 15 minutes: the password to log in with, over TLS only.
    ///
    /// # Errors
    /// [`SignError::Credentials`], [`SignError::InvalidRegion`] or [`SignError::InvalidHost`] if
    /// they could not be sent.
    pub fn token<'r>(
        &'r self,
        credentials: Credentials<'r>,
        region: &'r str,
        now: Timestamp,
    ) -> Result<DatabaseToken<'r>, SignError> {
        let request = Request {
            method: "GET",
            host: without_default_port(self.host),
            path: "/",
            query: self.query.get(..self.pairs).unwrap_or(&self.query),
            headers: &[],
            payload: None,
        };
        Signer::new(credentials, region, self.service)?
            .presign(&request, EXPIRES, now)
            .map(|presigned| DatabaseToken { endpoint: self.host, presigned })
    }
}

/// The token of a [`Database`]: its endpoint as it was given, and the presigned request.
///
/// ```
/// use rolesig::Timestamp;
/// use rolesig::token::DatabaseToken;
///
/// /// Returns the token, and when to make another one.
/// fn take(token: &DatabaseToken<'_>, credentials_expire_at: Option<Timestamp>) -> (String, Timestamp) {
///     (token.to_string(), token.expires_at(credentials_expire_at))
/// }
/// ```
pub struct DatabaseToken<'r> {
    endpoint: &'r str,
    presigned: Presigned<'r>,
}

impl DatabaseToken<'_> {
    /// Returns when the database stops accepting it: after 15 minutes, or when the credentials that
    /// signed it expire, if that is sooner.
    pub fn expires_at(&self, credentials_expire_at: Option<Timestamp>) -> Timestamp {
        self.presigned.expires_at(credentials_expire_at)
    }
}

impl Emit for DatabaseToken<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(self.endpoint.as_bytes());
        self.presigned.target().emit(out);
    }
}

impl fmt::Debug for DatabaseToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseToken").field("presigned", &self.presigned).finish_non_exhaustive()
    }
}

display_emitted!(DatabaseToken<'_>);

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;
    use std::string::{String, ToString};

    const CREDENTIALS: Credentials<'static> = Credentials {
        access_key_id: "ASIAIOSFODNN7EXAMPLE",
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        session_token: Some("the/token"),
    };

    fn token(database: Database<'_>) -> String {
        let now = Timestamp::from(1_440_938_160);
        database.token(CREDENTIALS, "us-east-1", now).unwrap().to_string()
    }

    #[test]
    fn signs_each_services_action_and_name() {
        for (database, start, service) in [
            (
                Database::rds("db:3306", "ü/&"),
                "db:3306/?Action=connect&DBUser=%C3%BC%2F%26&",
                "rds-db",
            ),
            (Database::dsql("db"), "db/?Action=DbConnect&", "dsql"),
            (Database::dsql_admin("db"), "db/?Action=DbConnectAdmin&", "dsql"),
            (Database::elasticache("c", "u"), "c/?Action=connect&User=u&", "elasticache"),
            (
                Database::elasticache_serverless("c", "u"),
                "c/?Action=connect&ResourceType=ServerlessCache&User=u&",
                "elasticache",
            ),
            (Database::memorydb("c", "u"), "c/?Action=connect&User=u&", "memorydb"),
        ] {
            let token = token(database);
            let (_, rest) = token.split_once(start).unwrap();
            let expected = std::format!(
                "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F20150830\
                 %2Fus-east-1%2F{service}%2Faws4_request&X-Amz-Date=20150830T123600Z\
                 &X-Amz-Expires=900&X-Amz-Security-Token=the%2Ftoken&X-Amz-SignedHeaders=host\
                 &X-Amz-Signature="
            );
            assert!(token.starts_with(start) && rest.starts_with(&expected), "{token}");
        }
    }

    /// As `generate_db_auth_token` of botocore 1.44: the text has the endpoint as it was given, and
    /// the host is signed as clients send it.
    #[test]
    fn signs_the_host_that_clients_make_of_an_endpoint() {
        let credentials = Credentials {
            access_key_id: "AKIDEXAMPLE",
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            session_token: None,
        };
        let of_443 = "dad4cc36bce5e1028e9abcc53e28be432605cd90233baf4fcf0d52f1aa75a354";
        for (database, start, signature) in [
            (Database::rds("DB.Example.COM:443", "jane"), "DB.Example.COM:443/?Action=", of_443),
            (Database::rds("db.example.com:443", "jane"), "db.example.com:443/?Action=", of_443),
            (
                Database::rds("DB.Example.COM:3306", "jane"),
                "DB.Example.COM:3306/?Action=",
                "cc56273eaeaa3afc28247d1852de3f3f4dc34d8cfffdf7d763418bf3f9e843ee",
            ),
            (
                Database::dsql("DB.dsql.us-east-1.on.aws"),
                "DB.dsql.us-east-1.on.aws/?Action=",
                "6f9326781bc25d1963a95e987d61f5417a04cf835d972f57a7409e737020137c",
            ),
        ] {
            let now = Timestamp::from(1_440_938_160);
            let token = database.token(credentials, "us-east-1", now).unwrap().to_string();
            assert!(token.starts_with(start) && token.ends_with(signature), "{token}");
        }
    }

    #[test]
    fn hides_the_token_in_debug() {
        let now = Timestamp::from(0);
        let database = Database::rds("db:3306", "jane");
        let token = database.token(CREDENTIALS, "us-east-1", now).unwrap();
        let debug = std::format!("{token:?}");
        assert!(!debug.contains("the/token") && !debug.contains("Signature"), "{debug}");
        assert_eq!(token.expires_at(None), Timestamp::from(900));
        assert_eq!(token.expires_at(Some(Timestamp::from(60))), Timestamp::from(60));
    }

    #[test]
    fn refuses_a_url_as_endpoint() {
        let database = Database::rds("https://db:3306", "jane");
        let refused = database.token(CREDENTIALS, "us-east-1", Timestamp::from(0));
        assert_eq!(refused.err(), Some(SignError::InvalidHost));
    }
}
