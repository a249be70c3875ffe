//! A configuration file.
//!
//! ```xml
//! <configuration xmlns:xi="http://www.w3.org/2001/XInclude">
//!   <property><name>n</name><value>v</value><final>true</final></property>
//!   <property name="n" value="v" final="true"/>
//!   <xi:include href="more.xml"><xi:fallback/></xi:include>
//! </configuration>
//! ```
//!
//! Entities that the file declares in its own DTD are expanded.
//!
//! As in Hadoop, a property without a value or with an empty one has no effect. The text of other
//! elements, such as `description`, is not read. A fallback is read only if the included file does
//! not exist.

use std::path::{Path, PathBuf};

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::{BytesStart, Event};
use rolesig_std::config::read_file_or_pipe;
use zeroize::Zeroizing;

use self::encoding::decode;
use self::entities::Entities;
use super::error::ConfigurationError;
use super::origin::ValueOrigin;

mod encoding;
mod entities;

/// The greatest length of a file in bytes. No real configuration is that long.
const SIZE_LIMIT: usize = 16 * 1024 * 1024;
/// The depth of includes. In Hadoop only Java's stack limits it.
const INCLUDE_LIMIT: usize = 20;

/// A property as a file declares it.
pub(super) struct DeclaredProperty {
    pub(super) name: String,
    pub(super) value: Option<Zeroizing<String>>,
    pub(super) is_final: bool,
    pub(super) origin: ValueOrigin,
}

/// Returns all properties of a file, those of included files in place of the include.
pub(super) fn read(path: &Path) -> Result<Vec<DeclaredProperty>, ConfigurationError> {
    let mut all = Vec::new();
    read_into(&mut all, path, 0)?;
    Ok(all)
}

fn read_into(
    all: &mut Vec<DeclaredProperty>,
    path: &Path,
    depth: usize,
) -> Result<(), ConfigurationError> {
    let bytes = read_file_or_pipe(path, SIZE_LIMIT)
        .map_err(|error| ConfigurationError::Unreadable { path: path.to_owned(), error })?;
    let text = decode(&bytes).map_err(|(at, what)| {
        let before = bytes.get(..at).unwrap_or(&bytes);
        let line = before.split(|byte| *byte == b'\n').count();
        ConfigurationError::Malformed { path: path.to_owned(), line, what: what.to_owned() }
    })?;
    let parser = FileParser {
        path,
        text: &text,
        depth,
        all,
        entities: Entities::new(),
        property: None,
        field: None,
        missing: None,
        in_fallback: false,
    };
    parser.parse()
}

/// The parser of one file.
struct FileParser<'r> {
    path: &'r Path,
    text: &'r str,
    /// The number of files that include this one.
    depth: usize,
    all: &'r mut Vec<DeclaredProperty>,
    entities: Entities,
    property: Option<OpenProperty>,
    field: Option<(Field, Zeroizing<String>)>,
    /// The error of a missing include whose fallback has not begun.
    missing: Option<ConfigurationError>,
    /// True if the parser is in a fallback without effect: that of an existing file.
    in_fallback: bool,
}

/// A property whose element is open.
#[derive(Default)]
struct OpenProperty {
    line: usize,
    name: Option<String>,
    value: Option<Zeroizing<String>>,
    is_final: bool,
}

#[derive(Clone, Copy)]
enum Field {
    Name,
    Value,
    Final,
}

impl FileParser<'_> {
    fn parse(mut self) -> Result<(), ConfigurationError> {
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().expand_empty_elements = true;
        let mut has_root = false;
        let mut open = 0_usize;
        loop {
            let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            let event = reader.read_event().map_err(|error| self.malformed(at, &fault(&error)))?;
            match &event {
                Event::Start(_) => open += 1,
                Event::End(_) => open = open.saturating_sub(1),
                Event::Eof if open > 0 => return Err(self.malformed(at, "the file ends too early")),
                _ => {}
            }
            match event {
                Event::Start(element) if !has_root => {
                    has_root = true;
                    if element.local_name().as_ref() != "configuration" {
                        return Err(self.malformed(at, "the first element is not <configuration>"));
                    }
                }
                Event::Start(element) => self.start(&element, at)?,
                Event::End(element) => self.end(element.local_name().as_ref())?,
                Event::Text(text) => {
                    let text = text.xml10_content();
                    let is_blank = |c: char| c.is_whitespace() || c == '\u{feff}';
                    if open == 0 && !text.chars().all(is_blank) {
                        let place = if has_root { "after" } else { "before" };
                        return Err(self.malformed(at, &format!("there is text {place} the XML")));
                    }
                    self.push(&text);
                }
                Event::CData(text) => self.push(&text.xml10_content()),
                Event::GeneralRef(reference) => {
                    // The error does not name the entity: with a bare `&` the name is a part of
                    // the value, which can be secret.
                    let text = self.resolve(&format!("&{};", &*reference), at)?;
                    self.push(&text);
                }
                Event::DocType(text) => {
                    let declared = self.entities.declare(&text.xml10_content());
                    declared.map_err(|what| self.malformed(at, what))?;
                }
                Event::Eof if has_root => return Ok(()),
                Event::Eof => return Err(self.malformed(at, "the file is empty")),
                _ => {}
            }
        }
    }

    fn start(&mut self, element: &BytesStart<'_>, at: usize) -> Result<(), ConfigurationError> {
        let field = match element.local_name().as_ref() {
            "property" => {
                self.property = Some(self.open(element, at)?);
                None
            }
            "include" => return self.include(element, at),
            "fallback" => {
                self.in_fallback = self.missing.take().is_none();
                None
            }
            "name" => Some(Field::Name),
            "value" => Some(Field::Value),
            "final" => Some(Field::Final),
            // Within a value, as in Hadoop, the text of other elements is read.
            _ => return Ok(()),
        };
        self.field = field.map(|field| (field, Zeroizing::default()));
        Ok(())
    }

    fn end(&mut self, element: &str) -> Result<(), ConfigurationError> {
        match element {
            "property" => self.declare(),
            "include" => {
                if let Some(error) = self.missing.take() {
                    return Err(error);
                }
            }
            "fallback" => self.in_fallback = false,
            "name" | "value" | "final" => self.fill(),
            _ => {}
        }
        Ok(())
    }

    /// Ends a field of a property.
    fn fill(&mut self) {
        let (Some((field, text)), Some(property)) = (self.field.take(), &mut self.property) else {
            return;
        };
        if text.is_empty() {
            return;
        }
        match field {
            Field::Name => property.name = Some(text.trim().to_owned()),
            Field::Value => property.value = Some(text),
            Field::Final => property.is_final = *text == "true",
        }
    }

    fn declare(&mut self) {
        let Some(OpenProperty { line, name: Some(name), value, is_final }) = self.property.take()
        else {
            return;
        };
        if !self.in_fallback {
            let origin = ValueOrigin::File { path: self.path.to_owned(), line };
            self.all.push(DeclaredProperty { name, value, is_final, origin });
        }
    }

    fn push(&mut self, text: &str) {
        if let Some((_, so_far)) = &mut self.field {
            // Copied rather than grown: the memory that a growing string leaves is not wiped.
            let mut whole = Zeroizing::new(String::with_capacity(so_far.len() + text.len()));
            whole.push_str(so_far);
            whole.push_str(text);
            *so_far = whole;
        }
    }

    fn resolve(&mut self, text: &str, at: usize) -> Result<Zeroizing<String>, ConfigurationError> {
        self.entities.resolve(text).map_err(|what| self.malformed(at, what))
    }

    /// Begins a property with its attributes; its elements come after them.
    fn open(
        &mut self,
        element: &BytesStart<'_>,
        at: usize,
    ) -> Result<OpenProperty, ConfigurationError> {
        let mut property = OpenProperty { line: self.line(at), ..OpenProperty::default() };
        for (name, value) in self.attributes(element, at)? {
            match name.as_str() {
                "name" => property.name = Some(value.trim().to_owned()),
                "value" => property.value = Some(value),
                "final" => property.is_final = *value == "true",
                _ => {}
            }
        }
        Ok(property)
    }

    fn attributes(
        &mut self,
        element: &BytesStart<'_>,
        at: usize,
    ) -> Result<Vec<(String, Zeroizing<String>)>, ConfigurationError> {
        let mut all = Vec::new();
        for attribute in element.attributes() {
            let attribute = attribute.map_err(|error| self.malformed(at, &error))?;
            let name = attribute.key.local_name().as_ref().to_owned();
            // In an attribute any white space is a space, unless it is written as a reference.
            let plain = Zeroizing::new(attribute.value.replace(['\t', '\n', '\r'], " "));
            all.push((name, self.resolve(&plain, at)?));
        }
        Ok(all)
    }

    fn include(&mut self, element: &BytesStart<'_>, at: usize) -> Result<(), ConfigurationError> {
        let attributes = self.attributes(element, at)?;
        let href = attributes.iter().find(|(name, _)| name == "href").map(|(_, value)| value);
        let Some(href) = href else { return Ok(()) };
        // Nothing is read in the fallback of an existing file.
        if self.in_fallback {
            return Ok(());
        }
        let (path, line) = (self.path.to_owned(), self.line(at));
        let error = |why| ConfigurationError::Include { path, line, href: href.to_string(), why };
        let Some(file) = self.included(href) else {
            return Err(error("only files are read"));
        };
        if self.depth == INCLUDE_LIMIT {
            return Err(error("includes are nested too deeply"));
        }
        if !file.exists() {
            self.missing = Some(error("no such file"));
            return Ok(());
        }
        read_into(self.all, &file, self.depth + 1)
    }

    /// Returns the path of an included file: a path beside this file, or a URL of scheme `file`.
    fn included(&self, href: &str) -> Option<PathBuf> {
        let path = href.strip_prefix("file://").or_else(|| href.strip_prefix("file:"));
        if path.is_none() && href.contains("://") {
            return None;
        }
        let folder = self.path.parent().unwrap_or(Path::new(""));
        Some(folder.join(path.unwrap_or(href)))
    }

    fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().get(..at).unwrap_or(self.text.as_bytes());
        before.split(|byte| *byte == b'\n').count()
    }

    fn malformed(&self, at: usize, what: &(impl ToString + ?Sized)) -> ConfigurationError {
        let (path, line) = (self.path.to_owned(), self.line(at));
        ConfigurationError::Malformed { path, line, what: what.to_string() }
    }
}

/// Returns the fault in the XML. Names of tags are left out: a part of a value with a bare `<` is
/// one, and can be secret.
fn fault(error: &Error) -> String {
    use IllFormedError::{DoubleHyphenInComment, MissingDoctypeName, UnknownVersion};
    match error {
        Error::Syntax(error) => error.to_string(),
        Error::IllFormed(DoubleHyphenInComment | MissingDoctypeName | UnknownVersion) => {
            error.to_string()
        }
        _ => {
            "the tags do not match (in a value, `<' is written `&lt;', and `&' is written `&amp;')"
                .to_owned()
        }
    }
}
