//! A `credential_process`, split into a program and its arguments: arguments that are quoted in any
//! of the three ways are read as they were meant, and any command that is read is the same when it
//! is written again from what was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolesig_std::provider::ProcessProvider;

fuzz_target!(|input: (Vec<(u8, &str)>, &str)| {
    let (meant, other) = input;
    let written: Vec<_> = meant.iter().map(|(way, argument)| quoted(*way, argument)).collect();
    let arguments: Vec<_> = meant.iter().map(|(_, argument)| *argument).collect();
    assert_eq!(ProcessProvider::split_command(&written.join(" \t")).unwrap(), arguments);

    let Some(arguments) = ProcessProvider::split_command(other) else {
        assert!(other.contains(['\'', '"', '\\']), "{other:?}");
        return;
    };
    let written: Vec<_> = arguments.iter().map(|argument| quoted(0, argument)).collect();
    assert_eq!(ProcessProvider::split_command(&written.join(" ")), Some(arguments), "{other:?}");
    if !other.contains(['\'', '"', '\\']) {
        let words = other.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty());
        assert!(ProcessProvider::split_command(other).unwrap().iter().eq(words), "{other:?}");
    }
});

fn quoted(way: u8, argument: &str) -> String {
    match way % 3 {
        0 => format!("'{}'", argument.replace('\'', "'\\''")),
        1 => format!("\"{}\"", argument.replace('\\', "\\\\").replace('"', "\\\"")),
        _ if argument.is_empty() => "''".to_owned(),
        _ => argument.chars().flat_map(|c| ['\\', c]).collect(),
    }
}
