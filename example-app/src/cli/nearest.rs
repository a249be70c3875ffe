//! The nearest name to a misspelt one.

/// The number of letters in which a misspelt name can differ.
const LETTERS: usize = 2;

/// Returns the name that differs least from a word, if it differs in few letters.
pub(super) fn nearest<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let word = word.to_ascii_lowercase();
    let with_distance = names.map(|name| (distance(&word, &name.to_ascii_lowercase()), name));
    let (distance, name) = with_distance.min_by_key(|(distance, _)| *distance)?;
    // Of a short word too little would be left.
    let is_near = distance <= LETTERS && distance * 2 < word.chars().count().max(2);
    is_near.then_some(name)
}

/// Returns the Levenshtein distance.
fn distance(one: &str, other: &str) -> usize {
    let mut costs: Vec<usize> = (0..=other.chars().count()).collect();
    for letter in one.chars() {
        let mut diagonal = costs.first().copied().unwrap_or_default();
        let mut left = diagonal + 1;
        for (cost, other) in
            costs.iter_mut().zip(core::iter::once(None).chain(other.chars().map(Some)))
        {
            let Some(other) = other else {
                *cost = left;
                continue;
            };
            let above = *cost;
            left = (diagonal + usize::from(letter != other)).min(above + 1).min(left + 1);
            (diagonal, *cost) = (above, left);
        }
    }
    costs.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits_as_distance() {
        for (one, other, expected) in
            [("", "", 0), ("", "ab", 2), ("ls", "", 2), ("kitten", "sitting", 3), ("put", "upt", 2)]
        {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn names_a_near_name_only() {
        let names = ["put", "copyFromLocal", "ls", "rm", "credentials"];
        for (word, expected) in [
            ("copyfromlocal", Some("copyFromLocal")),
            ("credential", Some("credentials")),
            ("puts", Some("put")),
            ("lss", Some("ls")),
            ("bogus", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, names.into_iter()), expected, "{word}");
        }
    }
}
