//! Tokens that are presigned requests: a server other than the one they are addressed to takes them
//! as a password, and lets AWS say whose they are.
//!
//! | to log in to | use | valid for |
//! |---|---|---|
//! | RDS, Aurora | [`Database::rds`] | 15 minutes |
//! | Aurora DSQL | [`Database::dsql`], [`Database::dsql_admin`] | 15 minutes |
//! | ElastiCache | [`Database::elasticache`], [`Database::elasticache_serverless`] | 15 minutes |
//! | MemoryDB | [`Database::memorydb`] | 15 minutes |
//! | Kubernetes in EKS | [`EksCluster`] | 15 minutes |
//!
//! The time limits logging in; the database decides how long a session then lasts. A request to a
//! cluster carries the token each time. No token outlives the credentials that signed it. Making
//! one contacts no service, so only the server notices a wrong name. Redshift has no such tokens;
//! it has operations that return passwords.

mod database;
mod eks;

pub use database::{Database, DatabaseToken};
pub use eks::{EksCluster, EksToken};

/// Returns the host of a URL `https://…` as clients, and the SDKs' signers, make `Host` of it.
#[inline(never)]
fn without_default_port(host: &str) -> &str {
    host.strip_suffix(":443").unwrap_or(host)
}
