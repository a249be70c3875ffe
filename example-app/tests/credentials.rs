//! Reading of credentials as users write them: white space around them, settings that are not
//! followed, profiles whose programs ask for each other's credentials.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod program;
mod scripted;

use core::time::Duration;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Instant;

use program::{KEYS, Shell, stderr, stdout};
use scripted::{Response, Server};

const ROLEFS: &str = env!("CARGO_BIN_EXE_rolefs");

/// Returns the program with these profiles, asked for the credentials of the first.
fn asked(shell: &Shell, profiles: &[(&str, String)]) -> Command {
    let section = |(name, text): &(&str, String)| format!("[profile {name}]\n{text}\n");
    let config: String = profiles.iter().map(section).collect();
    shell.write("config", config.as_bytes());
    let mut command = shell.command(&["--profile", profiles[0].0, "-credentials"]);
    command.env("AWS_CONFIG_FILE", shell.path().join("config"));
    command.env("AWS_SHARED_CREDENTIALS_FILE", shell.path().join("none"));
    command.env("PATH", std::env::var("PATH").unwrap());
    command
}

fn asks_for(profile: &str) -> String {
    format!("credential_process = {ROLEFS} --profile {profile} -credentials --format process")
}

#[test]
fn refuses_process_circles_at_the_first_repetition() {
    let through_a_shell = |profile: &str| {
        format!(
            "credential_process = sh -c \"echo begun >> begun; exec {ROLEFS} --profile {profile} \
             -credentials --format process\""
        )
    };
    for (profiles, way) in [
        (vec![("a", through_a_shell("a"))], "a -> a"),
        (vec![("a", through_a_shell("b")), ("b", through_a_shell("a"))], "a -> b -> a"),
        (
            vec![
                ("a", through_a_shell("b")),
                ("b", "role_arn = arn:aws:iam::111122223333:role/r\nsource_profile = c\n".into()),
                ("c", through_a_shell("d")),
                ("d", through_a_shell("b")),
            ],
            "c -> d -> c",
        ),
    ] {
        let shell = Shell::new();
        let output = asked(&shell, &profiles).env("AWS_REGION", "eu-west-1").output().unwrap();
        let message = stderr(&output);
        assert!(!output.status.success(), "{message}");
        let circle = format!("forms a cycle: {way}: one of these profiles must have");
        assert!(message.contains(&circle), "{message}");
        let begun = fs::read_to_string(shell.path().join("begun")).unwrap().lines().count();
        assert!(begun <= 4, "{begun}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn refuses_a_circle_through_a_cleared_environment() {
    let shell = Shell::new();
    let folder = shell.path().display();
    // The count keeps an undetected circle from continuing for ever.
    let through = format!(
        "credential_process = sh -c \"echo begun >> {folder}/begun; \
         test $(wc -l < {folder}/begun) -lt 6 || exit 1; exec env -i HOME={folder} \
         AWS_CONFIG_FILE={folder}/config AWS_EC2_METADATA_DISABLED=true {ROLEFS} --profile a \
         -credentials --format process\""
    );
    let output = asked(&shell, &[("a", through)]).output().unwrap();
    let message = stderr(&output);
    assert!(!output.status.success(), "{message}");
    let circle = "credential_process of profile a: \"sh\" forms a cycle";
    assert!(message.contains(circle), "{message}");
    let begun = fs::read_to_string(shell.path().join("begun")).unwrap().lines().count();
    assert_eq!(begun, 2, "{message}");
}

#[test]
fn allows_one_program_for_several_profiles() {
    let shell = Shell::new();
    let keys = "aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = wJalrEXAMPLE";
    let profiles = [("a", asks_for("b")), ("b", asks_for("c")), ("c", keys.to_owned())];
    let output = asked(&shell, &profiles).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

fn wait_for(what: impl Fn() -> bool) {
    let started = Instant::now();
    while !what() {
        assert!(started.elapsed() < Duration::from_secs(50), "it never came");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn ends_started_processes_when_the_first_is_killed() {
    let shell = Shell::new();
    // The last one writes its number, and waits for ever.
    let waits = "credential_process = sh -c \"echo $$ > number; exec sleep 600\"".to_owned();
    let profiles = [("a", asks_for("b")), ("b", asks_for("c")), ("c", waits)];
    let mut first: Child =
        asked(&shell, &profiles).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let file = shell.path().join("number");
    let number = || fs::read_to_string(&file).unwrap_or_default().trim().to_owned();
    wait_for(|| !number().is_empty());
    let is_there = || {
        let asked = Command::new("kill").args(["-0", &number()]).stderr(Stdio::null()).status();
        asked.unwrap().success()
    };
    assert!(is_there());
    first.kill().unwrap();
    first.wait().unwrap();
    wait_for(|| !is_there());
}

/// As in a chain whose programs clear the environment.
#[test]
fn kills_a_program_that_nothing_waits_for() {
    let shell = Shell::new();
    let waits = "credential_process = sh -c \"echo $$ > number; exec sleep 600\"".to_owned();
    let mut asking = asked(&shell, &[("a", waits)]);
    let mut asking = asking.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let file = shell.path().join("number");
    let number = || fs::read_to_string(&file).unwrap_or_default().trim().to_owned();
    wait_for(|| !number().is_empty());
    drop(asking.stdout.take());
    let output = asking.wait_with_output().unwrap();
    let message = stderr(&output);
    assert!(message.contains("the program that asked for it has ended"), "{message}");
    let is_there = || {
        let asked = Command::new("kill").args(["-0", &number()]).stderr(Stdio::null()).status();
        asked.unwrap().success()
    };
    // Its parent has ended, too, so that the first process of all has to take note of its end.
    wait_for(|| !is_there());
}

#[test]
fn trims_white_space_around_keys_and_refuses_it_within() {
    let shell = Shell::new();
    let print = |secret: &str| {
        let mut command = shell.command(&["-credentials", "--format", "env"]);
        command.env("AWS_ACCESS_KEY_ID", " AKIDEXAMPLE\n").env("AWS_SECRET_ACCESS_KEY", secret);
        command.env("AWS_SESSION_TOKEN", " ").output().unwrap()
    };
    let output = print("\twJalrEXAMPLE\r\n");
    assert!(output.status.success(), "{}", stderr(&output));
    let shown = "export AWS_ACCESS_KEY_ID='AKIDEXAMPLE'\n\
                 export AWS_SECRET_ACCESS_KEY='wJalrEXAMPLE'\n\
                 unset AWS_SESSION_TOKEN\nunset AWS_CREDENTIAL_EXPIRATION\n";
    assert_eq!(stdout(&output), shown);
    for within in ["wJalr\nEXAMPLE", "wJalr EXAMPLE", "wJalr\u{1}EXAMPLE"] {
        let output = print(within);
        assert!(!output.status.success() && stdout(&output).is_empty());
        let message = stderr(&output);
        assert!(message.contains("environment variables: the secret access key is"), "{message}");
        assert!(!message.contains("wJalr"), "{message}");
    }
}

#[test]
fn names_keys_in_quotes_when_refusing_them() {
    let shell = Shell::new();
    let quoted = r#"'{"Version":1,"AccessKeyId":"AKID","SecretAccessKey":"\"wJalr\""}'"#;
    shell.write("document", quoted.trim_matches('\'').as_bytes());
    let profiles = [
        ("p", "aws_access_key_id = AKID\naws_secret_access_key = \"wJalr\""),
        ("p", "credential_process = cat document"),
    ];
    let names =
        ["profile p: aws_secret_access_key", "credential_process of profile p: SecretAccessKey"];
    for ((profile, text), name) in profiles.into_iter().zip(names) {
        let message = stderr(&asked(&shell, &[(profile, text.to_owned())]).output().unwrap());
        let shown = format!("{name} begins and ends with a quote, which is part of the value");
        assert!(message.contains(&shown) && !message.contains("wJalr"), "{message}");
    }
    let hadoop =
        ["-D", "fs.s3a.access.key=AKID", "-D", "fs.s3a.secret.key='wJalr'", "-credentials"];
    let message = stderr(&shell.run(&hadoop));
    let shown =
        "keys in Hadoop's configuration: the secret access key begins and ends with a quote";
    assert!(message.contains(shown) && !message.contains("wJalr"), "{message}");
}

#[test]
fn assumes_the_emr_role_of_the_variable() {
    let shell = Shell::new();
    let sts = Server::start(|_, _| Response::Error(403, "AccessDenied"));
    let providers =
        "fs.s3a.aws.credentials.provider=com.amazonaws.emr.AssumeRoleAWSCredentialsProvider";
    let mut command = shell.command(&["-D", providers, "-credentials"]);
    command.envs(KEYS).env("AWS_REGION", "eu-west-1").env("AWS_ENDPOINT_URL_STS", &sts.endpoint);
    command.env("ASSUME_ROLE_CREDENTIALS_ROLE_ARN", "arn:aws:iam::111122223333:role/r");
    let message = stderr(&command.output().unwrap());
    assert!(!message.contains("is not set"), "{message}");
    assert!(sts.count("POST", "") > 0, "{message}");
}

#[test]
fn names_settings_that_are_not_followed() {
    let shell = Shell::new();
    let mut command = shell.command(&["-credentials"]);
    command.envs(KEYS).env("AWS_AUTH_SCHEME_PREFERENCE", "sigv4a");
    let message = stderr(&command.output().unwrap());
    assert!(message.contains("note: AWS_AUTH_SCHEME_PREFERENCE is not followed: "), "{message}");
}

#[test]
fn takes_the_region_set_from_the_environment() {
    let shell = Shell::new();
    let words = ["-sign", "--service", "s3", "--algorithm", "v4a", "--show", "request"];
    let set = ("AWS_SIGV4A_SIGNING_REGION_SET", "us-east-1, eu-west-1");
    let variables = [KEYS[0], KEYS[1], set, ("AWS_REGION", "ap-south-1")];
    let request = b"GET / HTTP/1.1\nHost:example.amazonaws.com\n\n";
    let output = shell.with_stdin(&words, request, &variables);
    let shown = stdout(&output).to_lowercase();
    assert!(shown.contains("x-amz-region-set: us-east-1,eu-west-1"), "{shown}{}", stderr(&output));
}

/// They are named before a service is asked.
#[test]
fn reports_unreadable_certificates() {
    let shell = Shell::new();
    shell.write("empty", b"");
    for (file, why) in [("none", "No such file or directory"), ("empty", "the file is empty")] {
        for (options, variables, by) in [
            (&["--ca-bundle", file][..], &[][..], "--ca-bundle"),
            (&[], &[("AWS_CA_BUNDLE", file)], "AWS_CA_BUNDLE"),
        ] {
            let run = |command: &str| {
                let words = [options, &[command]].concat();
                let variables = [&KEYS[..], variables].concat();
                shell.with_stdin(&words, b"", &variables)
            };
            let output = run("-showConfig");
            let message = format!("showConfig: {file} ({by}): {why}");
            assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
            assert!(stderr(&output).contains(&message), "{message}: {}", stderr(&output));
            let output = run("-credentials");
            let message =
                format!("credentials: no service can be reached by https: {file} ({by}): {why}");
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            assert!(stderr(&output).contains(&message), "{message}: {}", stderr(&output));
        }
    }
}
