use super::grammar::grammar;
use super::*;

#[test]
fn passes_claps_own_checks() {
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
fn refuses_empty_arguments_for_every_command() {
    let mut grammar = grammar();
    grammar.build();
    let mut positionals = 0;
    for command in grammar.get_subcommands() {
        let name = command.get_name();
        if ["help", "usage"].contains(&name) {
            // The error names the command that does not exist.
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
fn requires_one_flag_of_test() {
    for (flags, is_one) in
        [(&["-e"][..], true), (&["-e", "-e"], true), (&["-e", "-d"], false), (&[], false)]
    {
        let words = [&["rolefs", "-test"], flags, &["s3a://b/x"]].concat();
        assert_eq!(ending(&words), (!is_one).then_some(ExitStatus::Usage), "{words:?}");
    }
}

#[test]
fn requires_a_manifest_for_its_format() {
    let put = ["rolefs", "-put", "--manifest-format", "nul"];
    assert_eq!(ending(&[&put[..], &["a", "s3a://b/"]].concat()), Some(ExitStatus::Usage));
    assert_eq!(ending(&[&put[..], &["--manifest", "m", "s3a://b/"]].concat()), None);
}

/// Walks the grammar, so that new commands need not be named here.
#[test]
fn refuses_invalid_paths_for_every_command() {
    let mut grammar = grammar();
    grammar.build();
    let mut refused = 0;
    for command in grammar.get_subcommands() {
        let name = command.get_name();
        if ["help", "usage", "completions", "man", "sign", "appendToFile", "expunge"]
            .contains(&name)
        {
            continue;
        }
        let begin = [&["rolefs", name][..], needed(name)].concat();
        let positionals: Vec<_> = command.get_positionals().collect();
        let is_many = |one: &&clap::Arg| one.get_num_args().is_some_and(|n| n.max_values() > 1);
        let takes_many = positionals.iter().any(is_many);
        let local = ["file:q", "file://host/q", "file:///%zz"];
        let in_s3 = ["s3a:q", "s3:/q", "s3n:", "s3a:///q", "s3a://_?/q", "s3a://b/../q", "file:q"];
        let (first, last) = match name {
            "put" | "copyFromLocal" | "moveFromLocal" => (&local[..], &in_s3[..]),
            "get" | "copyToLocal" | "getmerge" => (&in_s3[..], &local[..]),
            "explain" => (&local[..], &local[..]),
            _ => (&in_s3[..], &in_s3[..]),
        };
        let alone = if takes_many { &[][..] } else { first };
        let alone = alone.iter().map(|path| vec![*path]);
        let first = first.iter().map(|path| vec![*path, "s3a://b/x"]);
        let last = last.iter().map(|path| vec!["s3a://b/x", *path]);
        let words: Vec<_> = alone.chain(first).chain(last).collect();
        for words in words.iter().filter(|_| !positionals.is_empty()) {
            let words = [&begin[..], words].concat();
            assert_eq!(ending(&words), Some(ExitStatus::Usage), "{words:?}");
            refused += 1;
        }
    }
    assert!(refused > 100, "{refused}");
    for words in [
        &["rolefs", "-fs", "s3a:q", "-ls"][..],
        &["rolefs", "-fs", "q", "-ls"],
        &["rolefs", "-put", "--manifest", "file:q", "s3a://b/"],
        &["rolefs", "-put", "--manifest", "m", "s3a:q"],
        &["rolefs", "-uploads", "--abort", "s3a:q"],
    ] {
        assert_eq!(ending(words), Some(ExitStatus::Usage), "{words:?}");
    }
    // A path of another file system fails by itself, as in Hadoop; a relative one can be in S3.
    for words in [
        &["rolefs", "-ls", "hdfs://b/x"][..],
        &["rolefs", "-ls", "arn:aws:s3:us-west-2:123456789012:accesspoint/ap"],
        &["rolefs", "-put", "q", "./file:q"],
        &["rolefs", "-get", "q", "./file:q"],
        &["rolefs", "-put", "q"],
        &["rolefs", "--exact-keys", "-ls", "s3a://b/../q"],
        &["rolefs", "-showConfig", "s3a://b/q"],
        &["rolefs", "-showConfig", "b"],
    ] {
        assert_eq!(ending(words), None, "{words:?}");
    }
}
