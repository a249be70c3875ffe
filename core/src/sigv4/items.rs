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
    pub(crate) fn get(self, place: usize) -> Option<Item<'a>> {
        match self {
            Self::Headers(items) => items.get(place).map(|(name, value)| (name.as_bytes(), *value)),
            Self::Texts(items) => {
                items.get(place).map(|(name, value)| (name.as_bytes(), value.as_bytes()))
            }
            Self::Bytes(items) => items.get(place).copied(),
        }
    }

    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Headers(items) => items.len(),
            Self::Texts(items) => items.len(),
            Self::Bytes(items) => items.len(),
        }
    }

    /// Returns all items.
    pub(crate) fn iter(self) -> impl Iterator<Item = Item<'a>> {
        (0..).map_while(move |place| self.get(place))
    }

    /// Returns the items at places.
    pub(crate) fn at<'p>(self, places: &'p [u16]) -> impl Iterator<Item = Item<'a>> + use<'a, 'p> {
        places.iter().map_while(move |place| self.get((*place).into()))
    }
}
