//! The shape of a row.

use core::marker::PhantomData;

use super::form::ValueType;

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// The name; with a `.` at its end, the group of all names that begin with it.
    pub name: &'static str,
    /// The description of a valid value; empty if rolefs does not read it.
    pub values: &'static str,
    /// The default value.
    pub default: Option<&'static str>,
    /// True if S3A reads the value as a password.
    pub is_password: bool,
    /// The treatment of the setting.
    pub treatment: Treatment,
}

/// The treatment of a setting.
#[derive(Clone, Copy, Debug)]
pub enum Treatment {
    /// Followed, with this effect.
    Followed(&'static str),
    /// Read as the setting of this name, where that one is not set.
    ReadAs(&'static str),
    /// An error on this condition, with this remedy.
    Refused(RefusedWhen, &'static str),
    /// Without effect, for this reason.
    Ignored(&'static str),
}

/// The condition on which a setting is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedWhen {
    /// It has a value.
    IfSet,
    /// It is `true`.
    IfTrue,
    /// It has a value other than `false`.
    UnlessFalse,
    /// It names a signer other than those of AWS Signature Version 4.
    UnlessSignatureV4,
    /// It has a value, and a proxy is set.
    WithProxy,
    /// It has a value, and objects are encrypted with KMS.
    WithKms,
}

/// The name of a followed setting, with the form of its values.
#[derive(Clone, Copy)]
pub(in crate::s3a) struct Name<F> {
    pub(in crate::s3a) name: &'static str,
    form: PhantomData<F>,
}

impl Row {
    const fn new(name: &'static str, treatment: Treatment) -> Self {
        Self { name, values: "", default: None, is_password: false, treatment }
    }

    pub(super) const fn followed<F: ValueType>(name: &Name<F>, effect: &'static str) -> Self {
        let row = Self::new(name.name, Treatment::Followed(effect));
        Self { values: F::EXPECTED, is_password: F::IS_PASSWORD, ..row }
    }

    pub(super) const fn read_as(name: &'static str, counterpart: &'static str) -> Self {
        Self::new(name, Treatment::ReadAs(counterpart))
    }

    pub(super) const fn refused(
        name: &'static str,
        condition: RefusedWhen,
        remedy: &'static str,
    ) -> Self {
        Self::new(name, Treatment::Refused(condition, remedy))
    }

    pub(super) const fn ignored(name: &'static str, reason: &'static str) -> Self {
        Self::new(name, Treatment::Ignored(reason))
    }

    /// Returns whether the row is that of a setting or of its group.
    pub(super) fn covers(&self, name: &str) -> bool {
        self.name == name || self.name.ends_with('.') && name.starts_with(self.name)
    }
}

impl<F> Name<F> {
    pub(super) const fn new(name: &'static str) -> Self {
        Self { name, form: PhantomData }
    }
}

impl RefusedWhen {
    /// Returns the condition in words, after "refused".
    pub(super) const fn in_words(self) -> &'static str {
        match self {
            Self::IfSet => "if set",
            Self::IfTrue => "if `true`",
            Self::UnlessFalse => "unless `false`",
            Self::UnlessSignatureV4 => "unless it names signers of Signature Version 4",
            Self::WithProxy => "if a proxy is set",
            Self::WithKms => "with SSE-KMS and DSSE-KMS",
        }
    }
}
