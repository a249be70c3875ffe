//! The owner of credentials.

use rolesig::conversation::GetCallerIdentity;

use super::{SignedCall, StsEndpoint, StsError};
use crate::clock::Clock;
use crate::identity::Identity;

/// The user or role that credentials belong to.
///
/// ```
/// use rolesig_std::provider::{Caller, StsEndpoint};
/// use rolesig_std::{Cache, Chain, Clock, Environment};
///
/// # async fn show() -> Result<(), Box<dyn std::error::Error>> {
/// let environment = Environment::of_process();
/// let identity = Cache::new(Chain::new(&environment)).identity().await?;
/// let sts = StsEndpoint::of(&environment, None)?;
/// let caller = Caller::of(&identity, &sts, Clock::SYSTEM).await?;
/// println!("{} ({})", caller.arn, caller.account_id);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Caller {
    /// 12 digits.
    pub account_id: String,
    /// The ARN of the user, or of the role's session.
    pub arn: String,
    /// The unique id of either.
    pub user_id: String,
}

impl Caller {
    /// Asks STS (`GetCallerIdentity`), which no policy can forbid.
    ///
    /// # Errors
    /// If the credentials are no longer good, or STS cannot be asked.
    pub async fn of(
        identity: &Identity,
        sts: &StsEndpoint,
        clock: Clock,
    ) -> Result<Self, StsError> {
        let keep = |caller: rolesig::conversation::CallerIdentity<'_>| Self {
            account_id: caller.account_id.to_owned(),
            arn: caller.arn.to_owned(),
            user_id: caller.user_id.to_owned(),
        };
        let (call, credentials) = (GetCallerIdentity, identity.credentials());
        SignedCall { sts, call, credentials, sent: "", clock }.send(&mut None, keep).await
    }
}
