use super::*;

#[test]
fn the_grammar_is_sound() {
    grammar().debug_assert();
}

fn ending(words: &[&str]) -> Option<ExitStatus> {
    parse(words.iter().map(OsString::from)).err()
}

/// Returns what else a command needs to be understood.
fn needed(command: &str) -> &'static [&'static str] {
    match command {
        "test" => &["-e"],
        "sign" | "explain" => &["--service", "s3", "--request", "r"],
        _ => &[],
    }
}

/// Walks the grammar, so that new commands and options need not be named here.
#[test]
fn no_command_takes_an_empty_argument() {
    let mut grammar = grammar();
    grammar.build();
    let mut positionals = 0;
    for command in grammar.get_subcommands() {
        let name = command.get_name();
        if ["help", "usage"].contains(&name) {
            // They are told by name that there is no such command.
            continue;
        }
        let begin = ["rolefs", name];
        for argument in command.get_positionals() {
            let before: &[&str] = if argument.get_num_args().is_some_and(|n| n.max_values() > 1) {
                &["s3a://b/x"]
            } else {
                &[]
            };
            let (needed, empty) = (needed(name), [""]);
            for words in [
                [&begin[..], needed, &empty].concat(),
                [&begin[..], needed, before, &empty].concat(),
                [&begin[..], needed, &empty, before].concat(),
            ] {
                assert_eq!(ending(&words), Some(ExitStatus::Usage), "{words:?}");
            }
            positionals += 1;
        }
        for option in command.get_arguments().filter(|option| !option.is_positional()) {
            let Some(long) = option.get_long().filter(|_| option.get_action().takes_values())
            else {
                continue;
            };
            let option = format!("--{long}");
            for option in [&[option.as_str(), ""][..], &[&format!("{option}=")]] {
                let words = [&begin[..], needed(name), option, &["s3a://b/x", "s3a://b/y"]];
                assert_eq!(ending(&words.concat()), Some(ExitStatus::Usage), "{words:?}");
            }
        }
    }
    assert!(positionals > 15, "{positionals}");
    for option in grammar.get_arguments().filter(|option| option.get_action().takes_values()) {
        let Some(long) = option.get_long() else { continue };
        let words = ["rolefs", &format!("--{long}"), "", "-ls", "s3a://b/x"];
        assert_eq!(ending(&words), Some(ExitStatus::Usage), "{words:?}");
    }
    for words in [
        &["rolefs", "-D", "", "-ls"][..],
        &["rolefs", "-D", "=x", "-ls"],
        &["rolefs", "-fs", "", "-ls"],
        &["rolefs", ""],
    ] {
        assert_eq!(ending(words), Some(ExitStatus::Usage), "{words:?}");
    }
}

#[test]
fn a_test_asks_one_question() {
    for (flags, is_one) in
        [(&["-e"][..], true), (&["-e", "-e"], true), (&["-e", "-d"], false), (&[], false)]
    {
        let words = [&["rolefs", "-test"], flags, &["s3a://b/x"]].concat();
        assert_eq!(ending(&words), (!is_one).then_some(ExitStatus::Usage), "{words:?}");
    }
}

#[test]
fn manifest_formats_need_a_manifest() {
    let put = ["rolefs", "-put", "--manifest-format", "nul"];
    assert_eq!(ending(&[&put[..], &["a", "s3a://b/"]].concat()), Some(ExitStatus::Usage));
    assert_eq!(ending(&[&put[..], &["--manifest", "m", "s3a://b/"]].concat()), None);
}
