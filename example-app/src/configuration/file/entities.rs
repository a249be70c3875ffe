//! Entities that a file declares for itself: `<!DOCTYPE configuration [<!ENTITY name "value">]>`.
//!
//! Source: "Entity Declarations", "Character and Entity References" (Extensible Markup Language
//! 1.0). Hadoop's parser expands them. Nothing outside of the file is read: neither external
//! entities nor an external DTD.

use std::collections::BTreeMap;

use quick_xml::escape::resolve_predefined_entity;
use zeroize::Zeroizing;

/// The error for a reference without a declaration.
pub(super) const UNKNOWN: &str = "unknown entity: write & as &amp;";
const EXTERNAL: &str = "external entities are not read: write the text here, or include the file \
                       by xi:include";
const MARKUP: &str = "entities that contain elements are not read: write the elements out";
const TOO_DEEP: &str = "entities refer to each other too deeply: write their text out";
const TOO_LONG: &str = "entities expand to more than 1 MiB: write their text out";
const MALFORMED: &str = "malformed DTD: write <!ENTITY name \"value\"> in it, or leave it out";
const PARAMETER: &str = "parameter entities are not read: write them out";

/// The depth of entities within entities.
const DEPTH_LIMIT: usize = 20;
/// The budget for all references of a file together: the characters that they add, and one for
/// each.
const BUDGET: usize = 1 << 20;

/// The entities of a file.
pub(super) struct Entities {
    declared: BTreeMap<String, Entity>,
    budget: usize,
}

enum Entity {
    /// The text, with references as they are written.
    Internal(Zeroizing<String>),
    External,
}

impl Entities {
    pub(super) const fn new() -> Self {
        Self { declared: BTreeMap::new(), budget: BUDGET }
    }

    /// Reads the text between `<!DOCTYPE` and its `>`. The first declaration of a name counts.
    pub(super) fn declare(&mut self, doctype: &str) -> Result<(), &'static str> {
        let Some(mut rest) = internal_subset(doctype) else { return Ok(()) };
        loop {
            rest = rest.trim_start();
            rest = if let Some(comment) = rest.strip_prefix("<!--") {
                comment.split_once("-->").ok_or(MALFORMED)?.1
            } else if let Some(instruction) = rest.strip_prefix("<?") {
                instruction.split_once("?>").ok_or(MALFORMED)?.1
            } else if let Some(entity) = rest.strip_prefix("<!ENTITY") {
                self.entity(entity)?
            } else if let Some(other) = rest.strip_prefix("<!") {
                after(other)?
            } else if rest.starts_with('%') {
                return Err(PARAMETER);
            } else if rest.starts_with(']') {
                return Ok(());
            } else {
                return Err(MALFORMED);
            };
        }
    }

    /// Reads a declaration, and returns the text after it.
    fn entity<'t>(&mut self, text: &'t str) -> Result<&'t str, &'static str> {
        let text = text.trim_start();
        // A parameter entity that is declared and not used has no effect.
        if text.starts_with('%') {
            return after(text);
        }
        let (name, rest) = text.split_once(char::is_whitespace).ok_or(MALFORMED)?;
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''));
        let (entity, rest) = match quote.and_then(|quote| rest.get(1..)?.split_once(quote)) {
            Some((value, rest)) => (Entity::Internal(without_characters(value)?), rest),
            None if rest.starts_with("SYSTEM") || rest.starts_with("PUBLIC") => {
                (Entity::External, rest)
            }
            None => return Err(MALFORMED),
        };
        self.declared.entry(name.to_owned()).or_insert(entity);
        after(rest)
    }

    /// Replaces the references in a text.
    pub(super) fn resolve(&mut self, text: &str) -> Result<Zeroizing<String>, &'static str> {
        let mut budget = self.budget;
        let mut resolved = Zeroizing::new(String::with_capacity(text.len()));
        self.resolve_into(&mut resolved, text, 0, &mut budget)?;
        self.budget = budget;
        Ok(resolved)
    }

    fn resolve_into(
        &self,
        resolved: &mut Zeroizing<String>,
        text: &str,
        depth: usize,
        budget: &mut usize,
    ) -> Result<(), &'static str> {
        if depth > DEPTH_LIMIT {
            return Err(TOO_DEEP);
        }
        // The text of the file itself is limited by the file's length.
        let mut plain = usize::MAX;
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('&') {
            push(resolved, before, if depth == 0 { &mut plain } else { budget })?;
            *budget = budget.checked_sub(1).ok_or(TOO_LONG)?;
            let (name, after) = after.split_once(';').ok_or(UNKNOWN)?;
            if let Some(number) = name.strip_prefix('#') {
                push(resolved, character(number)?.encode_utf8(&mut [0; 4]), budget)?;
            } else if let Some(text) = resolve_predefined_entity(name) {
                push(resolved, text, budget)?;
            } else {
                match self.declared.get(name).ok_or(UNKNOWN)? {
                    Entity::External => return Err(EXTERNAL),
                    Entity::Internal(text) if text.contains('<') => return Err(MARKUP),
                    Entity::Internal(text) => {
                        self.resolve_into(resolved, text, depth + 1, budget)?;
                    }
                }
            }
            rest = after;
        }
        push(resolved, rest, if depth == 0 { &mut plain } else { budget })
    }
}

/// Appends a text; where room is short, to a new string: the memory that a growing string leaves is
/// not wiped.
fn push(
    resolved: &mut Zeroizing<String>,
    text: &str,
    budget: &mut usize,
) -> Result<(), &'static str> {
    *budget = budget.checked_sub(text.len() + 1).ok_or(TOO_LONG)?;
    if resolved.capacity() < resolved.len() + text.len() {
        let room = 2 * (resolved.len() + text.len());
        let mut larger = Zeroizing::new(String::with_capacity(room));
        larger.push_str(resolved);
        *resolved = larger;
    }
    resolved.push_str(text);
    Ok(())
}

/// Returns the text after the `[` of a declaration. A `[` in quotes belongs to an identifier.
fn internal_subset(doctype: &str) -> Option<&str> {
    after_unquoted(doctype, '[')
}

/// Replaces character references, which are expanded in the declaration of an entity.
fn without_characters(value: &str) -> Result<Zeroizing<String>, &'static str> {
    let mut replaced = Zeroizing::new(String::with_capacity(value.len()));
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("&#") {
        let (number, after) = after.split_once(';').ok_or(UNKNOWN)?;
        replaced.push_str(before);
        replaced.push(character(number)?);
        rest = after;
    }
    replaced.push_str(rest);
    Ok(replaced)
}

/// Parses the number of a character reference: `65`, or `x41`.
fn character(number: &str) -> Result<char, &'static str> {
    let code = match number.strip_prefix('x') {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    code.ok().and_then(char::from_u32).filter(|c| *c != '\0').ok_or(UNKNOWN)
}

/// Returns the text after the `>` of a declaration. A `>` in quotes does not end it.
fn after(text: &str) -> Result<&str, &'static str> {
    after_unquoted(text, '>').ok_or(MALFORMED)
}

/// Returns the text after the first `end` that is not in quotes.
fn after_unquoted(text: &str, end: char) -> Option<&str> {
    let mut quote = None;
    for (place, character) in text.char_indices() {
        match (quote, character) {
            (None, _) if character == end => return text.get(place + end.len_utf8()..),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(subset: &str, text: &str) -> Result<String, &'static str> {
        let mut entities = Entities::new();
        entities.declare(&format!("configuration [{subset}]"))?;
        entities.resolve(text).map(|text| text.to_string())
    }

    #[test]
    fn expands_internal_entities() {
        let subset = "
            <!-- <!ENTITY a 'no'> -->
            <?x <!ENTITY a 'no'> ?>
            <!ELEMENT configuration (property*)>
            <!ATTLIST property name CDATA '>'>
            <!ENTITY % p 'no>'>
            <!ENTITY a \"1\">
            <!ENTITY a \"2\">
            <!ENTITY b '&a;&a;\"'>
            <!ENTITY later '&last;'>
            <!ENTITY last 'z'>
            <!ENTITY amp2 '&#38;amp;'>
            <!ENTITY hex '&#x41;'>
            <!ENTITY empty ''>
            <!ENTITY out SYSTEM 'file:///etc/passwd'>
            <!ENTITY tag '<b/>'>
            <!ENTITY c '&d;'><!ENTITY d '&c;'>";
        for (text, expected) in [
            ("x&a;y", "x1y"),
            ("&b;&later;", "11\"z"),
            ("&amp2;&hex;&empty;", "&A"),
            ("&lt;&#65;&#x42;", "<AB"),
            ("none", "none"),
        ] {
            assert_eq!(resolved(subset, text).as_deref(), Ok(expected));
        }
        for (text, expected) in [
            ("&none;", UNKNOWN),
            ("a&b", UNKNOWN),
            ("&#0;", UNKNOWN),
            ("&#xd800;", UNKNOWN),
            ("&out;", EXTERNAL),
            ("&tag;", MARKUP),
            ("&c;", TOO_DEEP),
        ] {
            assert_eq!(resolved(subset, text), Err(expected), "{text}");
        }
    }

    #[test]
    fn limits_the_expansion() {
        for leaf in ["lol", ""] {
            let mut subset = format!("<!ENTITY e0 '{leaf}'>");
            for level in 1..=15 {
                let references = format!("&e{};", level - 1).repeat(10);
                subset = format!("{subset}<!ENTITY e{level} '{references}'>");
            }
            assert_eq!(resolved(&subset, "&e15;"), Err(TOO_LONG));
        }
        // The references of a file share one budget.
        let mut entities = Entities::new();
        let text = "x".repeat(1000);
        entities.declare(&format!("c [<!ENTITY a '{text}'>]")).unwrap();
        assert!((0..1000).all(|_| entities.resolve("&a;").is_ok()));
        assert!((0..100).any(|_| entities.resolve("&a;").is_err()));
        // Plain text is not limited.
        let mut entities = Entities::new();
        assert!((0..2000).all(|_| entities.resolve(&text).is_ok()));
    }

    #[test]
    fn rejects_malformed_dtds() {
        for (subset, expected) in [
            ("<!ENTITY>", MALFORMED),
            ("<!ENTITY a>", MALFORMED),
            ("<!ENTITY a 'x>", MALFORMED),
            ("<!-- ", MALFORMED),
            ("x", MALFORMED),
            ("%p;", PARAMETER),
        ] {
            assert_eq!(resolved(subset, ""), Err(expected), "{subset}");
        }
        assert!(Entities::new().declare("configuration SYSTEM 'x.dtd'").is_ok());
        let mut entities = Entities::new();
        entities.declare("c SYSTEM 'x[1].dtd' [<!ENTITY a \"1\">]").unwrap();
        assert_eq!(entities.resolve("&a;").unwrap().as_str(), "1");
        assert!(Entities::new().declare("c SYSTEM 'x[1].dtd'").is_ok());
    }
}
