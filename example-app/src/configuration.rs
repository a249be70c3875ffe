//! Hadoop's configuration: names and values from `core-site.xml`, `-conf` and `-D`, read as
//! Hadoop reads them.
//!
//! Source: the class `org.apache.hadoop.conf.Configuration` (Hadoop 3.4 API), and its behaviour.
//!
//! | Hadoop's rule | where |
//! |---|---|
//! | which files there are, and in which order | [`location`] |
//! | elements, attributes, XInclude | [`file`] |
//! | encodings, entities of a file's own DTD | `encoding.rs`, `entities.rs` |
//! | `<final>`, duplicates, `-D`, old names | here |
//! | `${name}`, `${env.NAME:-default}` | `expansion.rs` |
//! | `64M`, `500ms`, `true`, `a, b` | [`value`] |

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

mod definition;
mod encoding;
mod entities;
mod error;
mod expansion;
mod file;
pub mod location;
mod old_names;
mod origin;
pub mod value;

pub use definition::Definition;
pub use error::ConfigurationError;
pub use origin::Origin;

use old_names::new_name;

/// Names and values, each with where it was said. Values may be secrets: they are wiped when this is
/// dropped, and `Debug` shows none.
#[derive(Default)]
pub struct Configuration {
    properties: BTreeMap<String, Arc<Property>>,
    finals: BTreeSet<String>,
    variables: Variables,
    ignored: Vec<Ignored>,
}

/// The environment that `${env.NAME}` is about.
#[derive(Clone)]
struct Variables(Arc<Variable>);

type Variable = dyn Fn(&str) -> Option<String> + Send + Sync;

/// A value as it is written, and where.
pub(crate) struct Property {
    pub(crate) raw: Zeroizing<String>,
    /// The name as it is written there, which may be an old one, or a bucket's.
    pub(crate) written: String,
    pub(crate) origin: Origin,
}

/// A value that came too late: an earlier file calls its own final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// The name.
    pub name: String,
    /// Where the value is that counts for nothing.
    pub at: Origin,
}

/// A value as it is in force, its variables replaced.
pub struct Setting<'c> {
    /// The value, without space around it.
    pub value: Zeroizing<String>,
    /// The name it was given under.
    pub written: &'c str,
    /// Where.
    pub origin: &'c Origin,
}

impl Configuration {
    /// Empty, with these environment variables for `${env.NAME}`.
    pub fn with_variables(
        variables: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self { variables: Variables(Arc::new(variables)), ..Self::default() }
    }

    /// Adds what is in force if nothing else is said: Hadoop has it in `core-default.xml`.
    #[must_use]
    pub fn with_defaults(mut self, defaults: &[(&str, &str)]) -> Self {
        for (name, value) in defaults {
            self.insert(name, Zeroizing::new((*value).to_owned()), Origin::Default);
        }
        self
    }

    /// Adds what a file says. It overrides what was added before, unless that is final; the last of
    /// its own properties wins.
    ///
    /// # Errors
    /// If it cannot be read, or is no configuration.
    pub fn add_file(&mut self, path: &Path) -> Result<(), ConfigurationError> {
        for declared in file::read(path)? {
            let file::Declared { name: written, value, is_final, origin } = declared;
            let name = new_name(&written).unwrap_or(&written).to_owned();
            if self.finals.contains(&name) {
                let is_other =
                    self.properties.get(&name).map(|property| &property.raw) != value.as_ref();
                self.ignored.extend(is_other.then_some(Ignored { name, at: origin }));
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

    /// Sets what `-D name=value` says. As in Hadoop, it overrides what is final, too: `<final>` holds
    /// against files.
    ///
    /// # Errors
    /// If there is no name before a `=`.
    pub fn define(&mut self, definition: &Definition) -> Result<(), ConfigurationError> {
        let (name, value) = definition
            .parts()
            .ok_or_else(|| ConfigurationError::Definition { name: definition.name().to_owned() })?;
        self.insert(name, Zeroizing::new(value.to_owned()), Origin::CommandLine);
        Ok(())
    }

    /// A value, if there is one. An empty one, as `-D name=` gives, is as good as none.
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

    /// The names that begin with `prefix`, in the order of the alphabet.
    pub fn names<'c>(&'c self, prefix: &'c str) -> impl Iterator<Item = &'c str> {
        let from = self.properties.range(prefix.to_owned()..);
        from.map(|(name, _)| name.as_str()).take_while(move |name| name.starts_with(prefix))
    }

    /// What was said in vain. Hadoop logs a warning for each.
    pub fn ignored(&self) -> &[Ignored] {
        &self.ignored
    }

    pub(crate) fn property(&self, name: &str) -> Option<&Arc<Property>> {
        self.properties.get(new_name(name).unwrap_or(name))
    }

    /// A copy with these properties under other names: `(name, new name)`.
    pub(crate) fn with_renamed<'n>(
        &self,
        names: impl IntoIterator<Item = (&'n str, String)>,
    ) -> Self {
        self.with_properties(names.into_iter().filter_map(|(name, new)| {
            let new = new_name(&new).map(str::to_owned).unwrap_or(new);
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
        Self { properties, variables: self.variables.clone(), ..Self::default() }
    }

    /// Returns a copy without what was written under a name, or `None` if nothing was.
    pub(crate) fn without(&self, written: &str) -> Option<Self> {
        let mut properties = self.properties.clone();
        properties.retain(|_, property| property.written != written);
        let is_less = properties.len() < self.properties.len();
        let variables = self.variables.clone();
        is_less.then(|| Self { properties, variables, ..Self::default() })
    }

    fn insert(&mut self, written: &str, raw: Zeroizing<String>, origin: Origin) {
        let name = new_name(written).unwrap_or(written).to_owned();
        let property = Property { raw, written: written.to_owned(), origin };
        self.properties.insert(name, Arc::new(property));
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

/// The names only.
impl core::fmt::Debug for Configuration {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set().entries(self.properties.keys()).finish()
    }
}

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod tests;
