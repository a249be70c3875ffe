//! Documents in XML, as S3 and other services answer with.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};
use thiserror::Error;

/// An element of a document.
#[derive(Debug, Default)]
pub(in crate::s3) struct Element {
    /// Its name, without a prefix.
    name: String,
    text: String,
    children: Vec<Self>,
}

/// The reason why a document cannot be read.
#[derive(Debug, Error)]
pub enum ElementError {
    /// It is not well-formed.
    #[error(transparent)]
    Syntax(#[from] quick_xml::Error),
    /// A reference to a character that XML does not know.
    #[error("unknown reference `&{0};'")]
    Reference(String),
    /// It does not begin with an element.
    #[error("expected an element first")]
    NoElement,
    /// It ends within an element.
    #[error("expected the end of `{0}'")]
    Unfinished(String),
    /// A field is missing, or occurs more than once.
    #[error("expected one `{0}'")]
    NotOne(&'static str),
    /// A field has elements in it, or is not the number that it should be.
    #[error("malformed `{0}'")]
    Malformed(&'static str),
}

/// The levels of a document that are kept. No response has a field that lies deeper.
const LEVELS: usize = 8;

impl Element {
    /// Reads the first element of a document, to its end.
    ///
    /// # Errors
    /// If that is not well-formed.
    pub(in crate::s3) fn read(document: &str) -> Result<Self, ElementError> {
        let mut reader = Reader::from_str(document.trim_start_matches('\u{feff}'));
        reader.config_mut().expand_empty_elements = true;
        let mut open: Vec<Self> = Vec::new();
        loop {
            match reader.read_event()? {
                Event::Start(start) => {
                    let name = start.local_name().as_ref().to_owned();
                    open.push(Self { name, ..Self::default() });
                }
                Event::End(_) => {
                    let is_shallow = open.len() <= LEVELS;
                    let element = open.pop().ok_or(ElementError::NoElement)?;
                    match open.last_mut() {
                        None => return Ok(element),
                        Some(parent) if is_shallow => parent.children.push(element),
                        Some(_) => {}
                    }
                }
                // Line ends stay as they are: stores write those of keys without a reference.
                Event::Text(text) => add(&mut open, &text)?,
                Event::CData(text) => add(&mut open, &text)?,
                Event::GeneralRef(reference) => add(&mut open, &resolved(&reference)?)?,
                Event::Eof => {
                    let unfinished = open.pop().map(|element| element.name);
                    let error = unfinished.map(ElementError::Unfinished);
                    return Err(error.unwrap_or(ElementError::NoElement));
                }
                Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_)
                | Event::Empty(_) => {}
            }
        }
    }

    /// Returns the elements of a name that it has.
    pub(in crate::s3) fn all<'e>(&'e self, name: &'static str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Returns the first element of a name that it has.
    pub(in crate::s3) fn first(&self, name: &'static str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Returns its text, without that of the elements in it.
    pub(in crate::s3) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the text of a field; `None` if there is no such field.
    ///
    /// # Errors
    /// If there are several, or it is not text.
    pub(in crate::s3) fn optional(&self, name: &'static str) -> Result<Option<&str>, ElementError> {
        let mut fields = self.children.iter().filter(|child| child.name == name);
        match (fields.next(), fields.next()) {
            (None, _) => Ok(None),
            (Some(field), None) if field.children.is_empty() => Ok(Some(&field.text)),
            (Some(_), None) => Err(ElementError::Malformed(name)),
            (Some(_), Some(_)) => Err(ElementError::NotOne(name)),
        }
    }

    /// Returns the text of a field, which must be there.
    ///
    /// # Errors
    /// As [`optional`](Self::optional), and if there is no such field.
    pub(in crate::s3) fn required(&self, name: &'static str) -> Result<&str, ElementError> {
        self.optional(name)?.ok_or(ElementError::NotOne(name))
    }

    /// Returns a copy of the text of a field, as [`optional`](Self::optional) does.
    pub(in crate::s3) fn owned(&self, name: &'static str) -> Result<Option<String>, ElementError> {
        Ok(self.optional(name)?.map(str::to_owned))
    }

    /// Returns the number in a field; `None` if there is no such field.
    ///
    /// # Errors
    /// As [`optional`](Self::optional), and if it is not a number.
    pub(in crate::s3) fn number(&self, name: &'static str) -> Result<Option<u32>, ElementError> {
        let read = |text: &str| text.trim().parse().map_err(|_| ElementError::Malformed(name));
        self.optional(name)?.map(read).transpose()
    }
}

/// Adds text to the innermost element. Before the first there is only white space.
fn add(open: &mut [Element], text: &str) -> Result<(), ElementError> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(ElementError::NoElement),
    }
    Ok(())
}

/// Resolves a reference: one of XML's five names, or a number.
fn resolved(reference: &BytesRef<'_>) -> Result<String, ElementError> {
    if let Some(character) = reference.resolve_char_ref()? {
        return Ok(character.to_string());
    }
    let text = quick_xml::escape::resolve_predefined_entity(reference);
    text.map(str::to_owned).ok_or_else(|| ElementError::Reference(reference.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_text_with_references_and_without_prefixes() {
        let document = "\u{feff}<?xml version='1.0'?>\n<!-- c --><x:R xmlns:x='u'><x:Key a='b'>a&amp;\
                        &#x41;<![CDATA[<b>]]>\r\n c </x:Key><Empty/></x:R> trailing";
        let root = Element::read(document).unwrap();
        assert_eq!(root.required("Key").unwrap(), "a&A<b>\r\n c ");
        assert_eq!(root.optional("Empty").unwrap(), Some(""));
        assert_eq!(root.optional("Other").unwrap(), None);
        assert_eq!(root.all("Key").count(), 1);
    }

    #[test]
    fn rejects_duplicate_and_nested_fields() {
        let root = Element::read("<R><A>1</A><A>2</A><B><C>1</C></B><D>x</D></R>").unwrap();
        assert!(matches!(root.optional("A"), Err(ElementError::NotOne("A"))));
        assert!(matches!(root.optional("B"), Err(ElementError::Malformed("B"))));
        assert!(matches!(root.required("E"), Err(ElementError::NotOne("E"))));
        assert!(matches!(root.number("D"), Err(ElementError::Malformed("D"))));
        assert_eq!(root.first("A").map(Element::text), Some("1"));
    }

    #[test]
    fn rejects_what_is_not_well_formed() {
        for document in
            ["", " ", "text", "x<R/>", "<R>", "<R><A></R></A>", "<R>&x;</R>", "<R>&#0;</R>", "</R>"]
        {
            assert!(Element::read(document).is_err(), "{document}");
        }
    }

    #[test]
    fn reads_any_depth_and_keeps_little_of_it() {
        let deep = ["<a>".repeat(100_000), "</a>".repeat(100_000)].concat();
        let mut element = &Element::read(&deep).unwrap();
        let mut levels = 1;
        while let Some(child) = element.first("a") {
            (element, levels) = (child, levels + 1);
        }
        assert_eq!(levels, LEVELS);
    }
}
