//! Errors in XML.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

use super::Parsed;

/// Parses an error in XML, as far as it goes: one that broke off can have said enough.
pub(super) fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let mut reader = Reader::from_str(text);
    // The names of the open elements, without their namespaces.
    let mut open: Vec<String> = Vec::new();
    let mut value = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                open.push(start.local_name().as_ref().to_owned());
                value.clear();
            }
            Ok(Event::Text(part)) => value.push_str(&part),
            Ok(Event::CData(part)) => value.push_str(&part),
            Ok(Event::GeneralRef(reference)) => value.extend(resolved(&reference)),
            Ok(Event::End(_)) => {
                parsed.take(&open, value.trim());
                value.clear();
                open.pop();
            }
            Ok(Event::Eof) | Err(_) => return parsed,
            Ok(_) => {}
        }
    }
}

impl Parsed {
    /// Takes the text of an element, if it is part of the error, and the first of its name.
    fn take(&mut self, open: &[String], text: &str) {
        let names: Vec<_> = open.iter().map(String::as_str).collect();
        let (place, is_of_error) = match names.as_slice() {
            [.., "Error", "Code"] => (&mut self.code, true),
            [.., "Error", "Message"] => (&mut self.message, true),
            [_, name] | [_, "Error", name] => {
                (&mut self.request_id, ["RequestId", "RequestID", "requestId"].contains(name))
            }
            _ => return,
        };
        if is_of_error && !text.is_empty() && place.is_none() {
            *place = Some(text.to_owned());
        }
    }
}

/// Returns the character that a reference stands for: one of XML's five names, or a number. There
/// are no others in what services answer.
fn resolved(reference: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Some(character);
    }
    quick_xml::escape::resolve_predefined_entity(reference)?.chars().next()
}
