//! The lists that callers give: headers, and query pairs.

/// A name and a value.
pub(crate) type Item<'a> = (&'a [u8], &'a [u8]);

/// A caller's list: of headers, or of query pairs, which are texts or bytes.
#[expect(unnameable_types, reason = "only the sealed `Scheme` shows it")]
#[derive(Clone, Copy, Debug)]
pub enum Items<'a> {
    Headers(&'a [(&'a str, &'a [u8])]),
    Texts(&'a [(&'a str, &'a str)]),
    Bytes(&'a [(&'a [u8], &'a [u8])]),
}

impl<'a> Items<'a> {
    /// Returns the item at a place.
    pub(crate) fn get(&self, place: usize) -> Option<Item<'a>> {
        match self {
            Self::Headers(items) => items.get(place).map(|(name, value)| (name.as_bytes(), *value)),
            Self::Texts(items) => {
                items.get(place).map(|(name, value)| (name.as_bytes(), value.as_bytes()))
            }
            Self::Bytes(items) => items.get(place).copied(),
        }
    }
}
