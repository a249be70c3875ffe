//! Any component of a canonical request, changed in any way.

use core::fmt::Write as _;

use proptest::prelude::*;

use crate::Case;
use crate::program::{stderr, stdout};

/// One component of a canonical request.
#[derive(Clone, Copy, Debug)]
enum Component {
    Line(usize, &'static str),
    Value,
    Removed,
    Added,
    FromTheEnd(usize, &'static str),
}

fn component() -> impl Strategy<Value = Component> {
    prop_oneof![
        Just(Component::Line(0, "the method")),
        Just(Component::Line(1, "the path")),
        Just(Component::Line(2, "the query")),
        Just(Component::Value),
        Just(Component::Removed),
        Just(Component::Added),
        Just(Component::FromTheEnd(2, "the list of signed headers")),
        Just(Component::FromTheEnd(1, "the payload hash")),
    ]
}

/// Changes one component, and gives its name.
fn mutated(canonical: &str, component: Component, at: usize, inserted: char) -> (String, String) {
    let mut lines: Vec<String> = canonical.split('\n').map(str::to_owned).collect();
    let insert = |line: &mut String, from: usize| {
        let places: Vec<_> = (from..=line.len()).filter(|at| line.is_char_boundary(*at)).collect();
        line.insert(places[at % places.len()], inserted);
    };
    let count = lines.len();
    let header = 3 + at % (count - 6);
    let name = lines[header].split(':').next().unwrap().to_owned();
    let of_header = |name: &str| format!("the header `{name}'");
    let part = match component {
        Component::Line(line, part) => {
            insert(&mut lines[line], 0);
            part.to_owned()
        }
        Component::FromTheEnd(line, part) => {
            insert(&mut lines[count - line], 0);
            part.to_owned()
        }
        Component::Value => {
            insert(&mut lines[header], name.len() + 1);
            of_header(&name)
        }
        Component::Removed => {
            lines.remove(header);
            of_header(&name)
        }
        Component::Added => {
            lines.insert(header, "x-added:1".to_owned());
            of_header("x-added")
        }
    };
    (lines.join("\n"), part)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn names_the_changed_component(
        method in "[A-Z]{1,7}",
        path in "(/[a-z.%+ ~é]{0,4}){1,4}",
        query in "([a-z]{1,3}=[a-z%+/é]{0,4}&){0,3}",
        headers in prop::collection::btree_map("x-[a-z]{1,8}", "[!-~é]{0,9}", 0..4),
        body in "[a-z\n]{0,9}",
        presigned: bool,
        component in component(),
        at: usize,
        inserted in prop::sample::select(vec!['a', '%', '+', ' ', '/', '\t', '\u{1}', 'é', '=', '\\']),
    ) {
        let escape = |text: &str| text.replace('%', "%25");
        let mut request = format!("{method} {}?{}z HTTP/1.1\nHost: h.example\n", escape(&path), escape(&query));
        for (name, value) in &headers {
            writeln!(request, "{name}: {value}").unwrap();
        }
        request.push('\n');
        request.push_str(&body);
        let mut case = Case::new(&request);
        case.options.extend(if presigned { &["--presign", "60"][..] } else { &[] });
        let (changed, part) = mutated(&case.stage("canonical-request"), component, at, inserted);
        let output = case.explain(&case.response(Some(&changed), Some(&case.stage("string-to-sign"))));
        let message = stdout(&output);
        prop_assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        prop_assert!(message.lines().next().unwrap().ends_with(&format!(", {part}:")), "{} {}", part, message);
        prop_assert!(message.contains("^\nlikely: "), "{}", message);
        prop_assert!(message.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')), "{}", message);
    }
}
