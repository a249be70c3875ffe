//! A definition on the command line: `-D name=value`.

use core::convert::Infallible;
use core::str::FromStr;

use zeroize::Zeroizing;

/// The argument of `-D`. It can be a secret: it is wiped when it is dropped, and `Debug` shows the
/// name alone.
#[derive(Clone, Default)]
pub struct Definition(Zeroizing<String>);

impl Definition {
    /// Returns the name, without space around it, and the value; `None` without a `=`, or without
    /// a name before it.
    pub fn parts(&self) -> Option<(&str, &str)> {
        let (name, value) = self.0.split_once('=')?;
        Some((name.trim(), value)).filter(|(name, _)| !name.is_empty())
    }

    /// Returns the text before the `=`.
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
