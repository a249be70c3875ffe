//! A file of Hadoop's configuration. One that is built of properties is read as it was meant, by
//! elements, attributes, references and sections. Any other bytes are read or refused, and a
//! refusal does not show a value.
#![no_main]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use quick_xml::escape::escape;
use rolefs::configuration::Configuration;
use rolesig_fuzz::scratch;

#[derive(Debug)]
struct Input {
    properties: Vec<Property>,
    other: Vec<u8>,
}

#[derive(Debug)]
struct Property {
    name: &'static str,
    value: String,
    form: u8,
    is_final: bool,
}

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut properties = Vec::new();
        for _ in 0..u.int_in_range(0..=4)? {
            let mut value = String::from("v");
            for _ in 0..u.int_in_range(0..=5)? {
                value += *u.choose(&["a", "é", "&", "<", ">", "\"", "'", "]", "b c", "#", ","])?;
            }
            properties.push(Property {
                name: u.choose(&["fs.s3a.endpoint", "a.b", "c"])?,
                value,
                form: u.int_in_range(0..=2)?,
                is_final: u.ratio(1, 4)?,
            });
        }
        Ok(Self { properties, other: u.arbitrary()? })
    }
}

fuzz_target!(|input: Input| {
    let path = scratch("configuration.xml");
    let (text, meant) = written(&input.properties);
    fs::write(&path, &text).unwrap();
    let mut configuration = Configuration::default();
    configuration.add_file(&path).unwrap();
    for (name, value) in meant {
        let read = configuration.get(name).unwrap().map(|setting| setting.value.to_string());
        assert_eq!(read.as_deref(), Some(value), "{text}");
    }
    // An include could read any file of this machine.
    if !input.other.windows(7).any(|window| window.eq_ignore_ascii_case(b"include")) {
        let secret = [
            b"<configuration><property><name>n</name><value>s3cr3t",
            &*input.other,
            b"</value></property></configuration>",
        ];
        for bytes in [input.other.clone(), secret.concat()] {
            fs::write(&path, bytes).unwrap();
            let mut configuration = Configuration::default();
            if let Err(error) = configuration.add_file(&path) {
                assert!(!error.to_string().contains("s3cr3t"), "{error}");
            }
        }
    }
});

/// Returns a file with these properties, and the values that are in force.
fn written(properties: &[Property]) -> (String, BTreeMap<&str, &str>) {
    let mut text = String::from("<?xml version=\"1.0\"?>\n<configuration>\n");
    let (mut meant, mut finals) = (BTreeMap::new(), Vec::new());
    for Property { name, value, form, is_final } in properties {
        let escaped = escape(value.as_str());
        // A section ends at its first `]]>`, so one within a value needs two sections.
        let section = value.replace("]]>", "]]]]><![CDATA[>");
        match form {
            0 => write!(
                text,
                "<property><name> {name}\n</name><value>{escaped}</value>\
                 <final>{is_final}</final></property>"
            ),
            1 => write!(
                text,
                "<property><name>{name}</name><value><![CDATA[{section}]]></value>\
                 <final>{is_final}</final></property>"
            ),
            _ => write!(text, "<property name=\"{name}\" value=\"{escaped}\" final='{is_final}'/>"),
        }
        .unwrap();
        if !finals.contains(name) {
            meant.insert(*name, value.as_str());
        }
        if *is_final {
            finals.push(name);
        }
    }
    text += "\n</configuration>\n";
    (text, meant)
}
