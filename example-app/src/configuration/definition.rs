//! `-D name=value`.

use core::convert::Infallible;
use core::str::FromStr;

use zeroize::Zeroizing;

/// What stands behind `-D`. It may be a secret: it is wiped when it is dropped, and `Debug` shows the
/// name alone.
#[derive(Clone, Default)]
pub struct Definition(Zeroizing<String>);

impl Definition {
    /// The name and the value, without space around the name; `None` if there is no `=`, or nothing
    /// before it.
    pub fn parts(&self) -> Option<(&str, &str)> {
        let (name, value) = self.0.split_once('=')?;
        Some((name.trim(), value)).filter(|(name, _)| !name.is_empty())
    }

    /// What stands before the `=`.
    pub fn name(&self) -> &str {
        self.0.split('=').next().unwrap_or_default()
    }
}

impl FromStr for Definition {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(Zeroizing::new(text.to_owned())))
    }
}

impl core::fmt::Debug for Definition {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Definition").field(&self.name()).finish()
    }
}
