//! Hadoop's configuration: names and values from `core-site.xml`, `-conf` and `-D`, read as
//! Hadoop reads them. It knows no setting: the defaults and the old names come from the caller.
//!
//! Source: the class `org.apache.hadoop.conf.Configuration` (Hadoop 3.4 API), and its behaviour.
//!
//! | Hadoop's rule | where |
//! |---|---|
//! | the files and their order | [`location`] |
//! | elements, attributes, XInclude | [`file`] |
//! | encodings, entities of a file's own DTD | `file/encoding.rs`, `file/entities.rs` |
//! | `<final>`, duplicates, `-D`, old names | here |
//! | `${name}`, `${env.NAME:-default}` | `expansion.rs` |
//! | `64M`, `500ms`, `true`, `a, b` | [`value`] |

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

mod definition;
mod error;
mod expansion;
mod file;
pub mod location;
mod origin;
pub mod value;

pub use definition::Definition;
pub use error::ConfigurationError;
pub use origin::ValueOrigin;

/// Names and values, each with its origin. Values can be secrets: they are wiped when this is
/// dropped, and `Debug` shows none.
#[derive(Default)]
pub struct Configuration {
    properties: BTreeMap<String, Arc<Property>>,
    finals: BTreeSet<String>,
    old_names: OldNames,
    variables: Variables,
    ignored: Vec<IgnoredValue>,
}

/// Pairs of an old name and the name that replaces it.
pub type OldNames = &'static [(&'static str, &'static str)];

/// The environment in which `${env.NAME}` is looked up.
#[derive(Clone)]
struct Variables(Arc<Variable>);

type Variable = dyn Fn(&str) -> Option<String> + Send + Sync;

/// A value as it is written, and its origin.
pub(crate) struct Property {
    pub(crate) raw: Zeroizing<String>,
    /// The name as it is written there, which can be an old one, or a bucket's.
    pub(crate) written: String,
    pub(crate) origin: ValueOrigin,
}

/// A value without effect, because an earlier file declares its name final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredValue {
    /// The name.
    pub name: String,
    /// The origin of the ignored value.
    pub at: ValueOrigin,
}

/// A value in force, with its variables replaced.
pub struct Setting<'c> {
    /// The value, without space around it.
    pub value: Zeroizing<String>,
    /// The name under which it was given.
    pub written: &'c str,
    /// Its origin.
    pub origin: &'c ValueOrigin,
}

impl Configuration {
    /// Returns an empty configuration with these environment variables for `${env.NAME}`.
    pub fn with_variables(
        variables: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self { variables: Variables(Arc::new(variables)), ..Self::default() }
    }

    /// Adds values that apply unless a file or a definition sets others, as those of
    /// Hadoop's `core-default.xml` are.
    #[must_use]
    pub fn with_defaults<'d>(mut self, defaults: impl Iterator<Item = (&'d str, &'d str)>) -> Self {
        for (name, value) in defaults {
            self.insert(name, Zeroizing::new(value.to_owned()), ValueOrigin::Default);
        }
        self
    }

    /// Reads each of these old names as the new one, as Hadoop's `addDeprecations` does. Call it
    /// before anything is added.
    #[must_use]
    pub fn with_old_names(self, old_names: OldNames) -> Self {
        Self { old_names, ..self }
    }

    /// Adds the properties of a file. They override those that were added before, unless these are
    /// final; the last property of a name in the file wins.
    ///
    /// # Errors
    /// If the file cannot be read, or is not a configuration.
    pub fn add_file(&mut self, path: &Path) -> Result<(), ConfigurationError> {
        for declared in file::read(path)? {
            let file::DeclaredProperty { name: written, value, is_final, origin } = declared;
            let name = self.current_name(&written).to_owned();
            if self.finals.contains(&name) {
                let is_other =
                    self.properties.get(&name).map(|property| &property.raw) != value.as_ref();
                self.ignored.extend(is_other.then_some(IgnoredValue { name, at: origin }));
                continue;
            }
            if is_final {
                self.finals.insert(name.clone());
            }
            if let Some(raw) = value {
                self.insert(&written, raw, origin);
            }
        }
        Ok(())
    }

    /// Sets the property of a `-D name=value`. As in Hadoop, it also overrides final properties:
    /// `<final>` holds against files.
    ///
    /// # Errors
    /// If there is no name before a `=`.
    pub fn define(&mut self, definition: &Definition) -> Result<(), ConfigurationError> {
        let (name, value) = definition
            .parts()
            .ok_or_else(|| ConfigurationError::Definition { name: definition.name().to_owned() })?;
        self.insert(name, Zeroizing::new(value.to_owned()), ValueOrigin::CommandLine);
        Ok(())
    }

    /// Returns the value of a name. An empty value, as `-D name=` gives, counts as not set.
    ///
    /// # Errors
    /// If its variables refer to each other too deeply.
    pub fn get(&self, name: &str) -> Result<Option<Setting<'_>>, ConfigurationError> {
        let Some(property) = self.property(name) else { return Ok(None) };
        let value = self.expand(&property.raw).ok_or_else(|| ConfigurationError::Depth {
            name: property.written.clone(),
            at: property.origin.clone(),
        })?;
        let value = Zeroizing::new(value.trim().to_owned());
        let setting = Setting { value, written: &property.written, origin: &property.origin };
        Ok(Some(setting).filter(|setting| !setting.value.is_empty()))
    }

    /// Returns the names that begin with `prefix`, in alphabetical order.
    pub fn names<'c>(&'c self, prefix: &'c str) -> impl Iterator<Item = &'c str> {
        let from = self.properties.range(prefix.to_owned()..);
        from.map(|(name, _)| name.as_str()).take_while(move |name| name.starts_with(prefix))
    }

    /// Returns the values that had no effect against a final one. Hadoop logs a warning for each.
    pub fn ignored(&self) -> &[IgnoredValue] {
        &self.ignored
    }

    pub(crate) fn property(&self, name: &str) -> Option<&Arc<Property>> {
        self.properties.get(self.current_name(name))
    }

    /// Returns a copy with these properties under other names: `(name, new name)`.
    pub(crate) fn with_renamed<'n>(
        &self,
        names: impl IntoIterator<Item = (&'n str, String)>,
    ) -> Self {
        self.with_properties(names.into_iter().filter_map(|(name, new)| {
            let new = self.current_name(&new).to_owned();
            Some((new, Arc::clone(self.properties.get(name)?)))
        }))
    }

    /// Returns a copy in which each of these names has the property beside it.
    pub(crate) fn with_properties(
        &self,
        added: impl IntoIterator<Item = (String, Arc<Property>)>,
    ) -> Self {
        let mut properties = self.properties.clone();
        properties.extend(added);
        self.copy_with(properties)
    }

    /// Returns a copy without the properties written under a name, or `None` if there is none.
    pub(crate) fn without(&self, written: &str) -> Option<Self> {
        let mut properties = self.properties.clone();
        properties.retain(|_, property| property.written != written);
        (properties.len() < self.properties.len()).then(|| self.copy_with(properties))
    }

    fn copy_with(&self, properties: BTreeMap<String, Arc<Property>>) -> Self {
        let (old_names, variables) = (self.old_names, self.variables.clone());
        Self { properties, old_names, variables, ..Self::default() }
    }

    fn insert(&mut self, written: &str, raw: Zeroizing<String>, origin: ValueOrigin) {
        let name = self.current_name(written).to_owned();
        let property = Property { raw, written: written.to_owned(), origin };
        self.properties.insert(name, Arc::new(property));
    }

    /// Returns the new name for an old one, and any other name as it is.
    fn current_name<'n>(&self, name: &'n str) -> &'n str {
        let replaced = self.old_names.iter().find(|(old, _)| *old == name);
        replaced.map_or(name, |(_, new)| new)
    }

    fn expand(&self, raw: &str) -> Option<Zeroizing<String>> {
        expansion::expand(raw, &|name| (self.variables.0)(name), &|name| {
            self.property(name).map(|property| property.raw.as_str())
        })
    }
}

impl Default for Variables {
    fn default() -> Self {
        Self(Arc::new(|_| None))
    }
}

/// Shows the names only.
impl core::fmt::Debug for Configuration {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set().entries(self.properties.keys()).finish()
    }
}

#[cfg(test)]
mod tests;
