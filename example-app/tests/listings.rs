//! Listings of stores that differ from AWS's S3: other keys, an older version, markers that
//! find nothing; and dates in the zone of the user.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod program;
mod scripted;

use std::process::Output;

use program::{KEYS, Shell, complaint, stderr, stdout};
use scripted::{Response, Server};

fn run(server: &Server, words: &[&str]) -> Output {
    let words = [&["--endpoint", &server.endpoint], words].concat();
    Shell::new().command(&words).envs(KEYS).output().unwrap()
}

fn contents(key: &str) -> String {
    format!(
        "<Contents><Key>{key}</Key><Size>5</Size><LastModified>2015-07-30T22:36:00.000Z</LastModified></Contents>"
    )
}

fn listing(inside: &str) -> Response {
    let text = format!("<ListBucketResult>{inside}</ListBucketResult>");
    Response::Says(Box::leak(text.into_boxed_str()))
}

/// Lists the keys `d/a` followed by a byte of Latin-1, and `d/b`.
fn not_utf_8() -> Server {
    Server::start(|head, _| match head {
        head if head.starts_with("HEAD") => Response::Error(404, "NotFound"),
        head if head.starts_with("POST") => Response::Error(501, "NotImplemented"),
        head if head.starts_with("DELETE") => Response::Says(""),
        // There is nothing of just the name of a pattern.
        head if head.contains("prefix=d%2F*") || head.contains("prefix=d%2F%2A") => listing(""),
        head if head.contains("prefix=d%2Fb") => listing(&contents("d/b/x")),
        _ => listing(&format!(
            "<EncodingType>url</EncodingType>{}{}",
            contents("d/a%FF"),
            contents("d/b")
        )),
    })
}

const MESSAGE: &str =
    "`s3a://b/d/a\\xff': its key is not UTF-8, as keys must be: rolefs cannot ask for it";

#[test]
fn names_a_key_that_is_not_utf_8_and_deletes_no_other() {
    let server = not_utf_8();
    let output = run(&server, &["-rm", "-r", "s3a://b/d"]);
    assert_eq!(complaint(&output), (1, format!("rm: {MESSAGE}")));
    assert_eq!(stdout(&output), "", "it is not said to be deleted");
    assert_eq!((server.count("DELETE", ""), server.count("DELETE", "/b/d/b")), (1, 1));
    let pattern = run(&server, &["-rm", "s3a://b/d/*"]);
    assert_eq!(complaint(&pattern), (1, format!("rm: {MESSAGE}")));
    assert_eq!(server.count("DELETE", ""), 1, "of a pattern nothing is deleted");
}

#[test]
fn reports_keys_that_are_not_utf_8_when_listing_and_getting() {
    let server = not_utf_8();
    for words in [&["-ls", "-C"][..], &["-ls", "-C", "-R"]] {
        let output = run(&server, &[words, &["s3a://b/d"]].concat());
        assert_eq!(complaint(&output), (1, format!("ls: {MESSAGE}")));
        assert!(stdout(&output).ends_with("s3a://b/d/b\n"), "{}", stdout(&output));
    }
    // A pattern names what can be asked for, too.
    let output = run(&server, &["-ls", "-C", "-d", "s3a://b/d/*"]);
    assert_eq!(complaint(&output), (1, format!("ls: {MESSAGE}")));
    assert_eq!(stdout(&output), "s3a://b/d/b\n");
    let output = run(&server, &["-du", "-s", "s3a://b/d/*"]);
    assert_eq!(complaint(&output), (1, format!("du: {MESSAGE}")));
    assert!(stdout(&output).ends_with("s3a://b/d/b\n"), "{}", stdout(&output));
    let output = run(&server, &["-get", "s3a://b/d", "."]);
    assert!(stderr(&output).contains(&format!("get: {MESSAGE}\n")), "{}", stderr(&output));
    let output = run(&server, &["-du", "-s", "s3a://b/d"]);
    assert_eq!(complaint(&output), (0, String::new()));
    assert_eq!(stdout(&output), "10  10  s3a://b/d\n", "it takes its space all the same");
}

/// Starts a store that knows the first version only, and lists three keys in pages of one.
fn first_version() -> Server {
    Server::start(|head, _| {
        let page = |key: &str, end: &str| listing(&format!("{end}{}", contents(key)));
        let more = "<IsTruncated>true</IsTruncated>";
        let target = head.split(' ').nth(1).unwrap();
        match target {
            _ if head.starts_with("HEAD") => Response::Error(404, "NotFound"),
            target if target.contains("continuation-token") => {
                Response::Error(400, "InvalidArgument")
            }
            target if target.contains("marker=d%2Fc") => {
                page("d/e", "<IsTruncated>false</IsTruncated>")
            }
            target if target.contains("marker=d%2Fa") => {
                page("d/c", &format!("{more}<NextMarker>d/c</NextMarker>"))
            }
            _ => page("d/a", more),
        }
    })
}

#[test]
fn lists_a_store_with_only_the_first_version() {
    let server = first_version();
    let all = "s3a://b/d/a\ns3a://b/d/c\ns3a://b/d/e\n";
    let output = run(&server, &["-ls", "-C", "s3a://b/d"]);
    assert_eq!((complaint(&output).0, stdout(&output).as_str()), (0, all), "{}", stderr(&output));
    assert!(server.count("GET", "list-type=2") > 0);
    let server = first_version();
    let output = run(&server, &["-D", "fs.s3a.list.version=1", "-ls", "-C", "s3a://b/d"]);
    assert_eq!((complaint(&output).0, stdout(&output).as_str()), (0, all), "{}", stderr(&output));
    assert_eq!(server.count("GET", "list-type"), 0);
    let output = run(&server, &["-D", "fs.s3a.list.version=3", "-ls", "s3a://b/d"]);
    let (code, message) = complaint(&output);
    assert!(
        code == 1 && message.contains("fs.s3a.list.version") && message.contains("1 or 2"),
        "{message}"
    );
}

#[test]
fn refuses_an_endless_listing() {
    let more = "<IsTruncated>true</IsTruncated>";
    for next in
        ["<NextContinuationToken>t</NextContinuationToken>", "<NextMarker>d/b</NextMarker>", ""]
    {
        let server = Server::start(move |head, _| match head {
            head if head.starts_with("HEAD") => Response::Error(404, "NotFound"),
            _ => listing(&format!("{more}{next}{}", contents("d/a"))),
        });
        let output = run(&server, &["-ls", "s3a://b/d"]);
        let message = "ls: `s3a://b/d': the listing does not end: the store leads back to where it was before";
        assert_eq!(complaint(&output), (1, message.to_owned()), "{next}");
        assert_eq!(stdout(&output), "", "nothing is listed as if it were all");
    }
}

#[test]
fn names_the_fix_for_a_redirection_without_a_region() {
    for status in [301, 302, 307, 308] {
        let server =
            Server::start(move |_, _| Response::Redirect(status, "https://b.s3.example:9000/k"));
        for words in [&["-ls", "s3a://b/k"][..], &["-cat", "s3a://b/k"]] {
            let (code, message) = complaint(&run(&server, words));
            let fix = "the bucket is at another endpoint (b.s3.example:9000), and redirections are \
                       not followed: give --endpoint and --region";
            assert!(code == 1 && message.ends_with(fix), "{status}: {message}");
        }
    }
}

#[test]
fn shows_dates_in_the_time_zone() {
    let server = Server::start(|head, _| match head {
        head if head.starts_with("HEAD") => Response::Error(404, "NotFound"),
        _ => listing(&contents("d/a")),
    });
    // POSIX's form needs no database of zones.
    for (zone, expected) in [
        (Some("CET-1CEST,M3.5.0,M10.5.0/3"), "2015-07-31 00:36"),
        (Some("<-0330>3:30<-0230>,M3.2.0,M11.1.0"), "2015-07-30 20:06"),
        (Some("UTC"), "2015-07-30 22:36"),
        (Some("UTC0"), "2015-07-30 22:36"),
    ] {
        let words = ["--endpoint", &server.endpoint, "-ls", "s3a://b/d"];
        let shell = Shell::new();
        let mut command = shell.command(&words);
        command.envs(KEYS).envs(zone.map(|zone| ("TZ", zone)));
        let listed = stdout(&command.output().unwrap());
        assert!(listed.contains(&format!(" {expected} s3a://b/d/a\n")), "{zone:?}: {listed}");
    }
}

#[test]
fn falls_back_to_the_first_version_of_listing() {
    for (status, code) in
        [(501, "NotImplemented"), (405, "MethodNotAllowed"), (400, "InvalidArgument")]
    {
        let server = Server::start(move |head, _| match head {
            head if head.starts_with("HEAD") => Response::Error(404, "NotFound"),
            head if head.contains("list-type=2") => Response::Error(status, code),
            _ => listing(&contents("d/a")),
        });
        let output = run(&server, &["-ls", "s3a://b/d"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stdout(&output).contains(" s3a://b/d/a"), "{}", stdout(&output));
    }
}

/// As another store might write a time, between one that is right and none.
#[test]
fn reports_an_unreadable_time() {
    let object = |key: &str, time: &str| {
        format!("<Contents><Key>{key}</Key><Size>5</Size>{time}</Contents>")
    };
    let time = |text: &str| format!("<LastModified>{text}</LastModified>");
    let all = [
        object("d/none", ""),
        object("d/odd", &time("yesterday")),
        object("d/right", &time("2015-07-30T22:36:00.000Z")),
    ];
    let all = all.concat();
    let server = Server::start(move |head, _| match head {
        head if head.starts_with("HEAD") => Response::Error(404, "NotFound"),
        _ => listing(&all),
    });
    let message = "ls: `s3a://b/d/odd': the time of it cannot be read: `yesterday'";
    for words in
        [&["-ls", "s3a://b/d"][..], &["-ls", "-R", "s3a://b/d"], &["-ls", "-t", "s3a://b/d"]]
    {
        let output = run(&server, words);
        assert_eq!(complaint(&output), (1, message.to_owned()), "{words:?}");
        let listed = stdout(&output);
        for line in [
            "5 1970-01-01 00:00 s3a://b/d/none",
            "5 ????-??-?? ??:?? s3a://b/d/odd",
            "5 2015-07-30 22:36 s3a://b/d/right",
        ] {
            assert!(listed.contains(line), "{words:?}: {listed}");
        }
    }
    for words in [&["-ls", "-C", "s3a://b/d"][..], &["-ls", "-u", "s3a://b/d"]] {
        assert_eq!(complaint(&run(&server, words)), (0, String::new()), "{words:?}");
    }
}

#[test]
fn names_and_keeps_an_upload_of_unknown_age() {
    let upload = |key: &str, initiated: &str| {
        format!("<Upload><Key>{key}</Key><UploadId>u</UploadId>{initiated}</Upload>")
    };
    let of = |initiated: &str| {
        let all = [
            upload("d/k", initiated),
            upload("d/old", "<Initiated>2015-08-30T12:36:00Z</Initiated>"),
        ];
        let text =
            format!("<ListMultipartUploadsResult>{}</ListMultipartUploadsResult>", all.concat());
        let text: &'static str = Box::leak(text.into_boxed_str());
        Server::start(move |head, _| match head {
            head if head.starts_with("DELETE") => Response::Error(404, "NoSuchUpload"),
            _ => Response::Says(text),
        })
    };
    let left = "uploads: `s3a://b/d/k': its age is not known, so -olderThan leaves it\n";
    let odd = "uploads: `s3a://b/d/k': the time of it cannot be read: `soon'\n";
    for (initiated, code, odd) in [("", 0, ""), ("<Initiated>soon</Initiated>", 1, odd)] {
        let server = of(initiated);
        let plain = run(&server, &["-uploads", "s3a://b/d"]);
        assert_eq!(plain.status.code(), Some(code), "{}", stderr(&plain));
        assert!(stderr(&plain).starts_with(odd), "{}", stderr(&plain));
        assert!(
            stdout(&plain).contains("\n-                - - s3a://b/d/k u\n"),
            "{}",
            stdout(&plain)
        );
        let old = run(&server, &["-uploads", "-olderThan", "1d", "s3a://b/d"]);
        assert!(stderr(&old).starts_with(&format!("{odd}{left}")), "{}", stderr(&old));
        let listed = stdout(&old);
        assert!(listed.contains("s3a://b/d/old u") && !listed.contains("s3a://b/d/k "), "{listed}");
        run(&server, &["-uploads", "-abort", "-olderThan", "1d", "s3a://b/d"]);
        assert_eq!(server.count("DELETE", "/b/d/k"), 0);
        assert!(server.count("DELETE", "/b/d/old") > 0);
    }
}

/// Seconds of 2026, in minutes of Jerusalem.
#[test]
fn follows_zone_hours_over_24_and_reports_an_unknown_zone_once() {
    let object = |key: &str, time: &str| {
        format!("<Contents><Key>{key}</Key><LastModified>{time}</LastModified></Contents>")
    };
    let all = object("a", "2026-03-26T23:59:59Z") + &object("b", "2026-03-27T00:00:00Z");
    let server = Server::start(move |_, _| listing(&all));
    let listed = |zone: &str| {
        let words = ["--endpoint", &server.endpoint, "-ls", "s3a://b/"];
        let shell = Shell::new();
        let mut command = shell.command(&words);
        let output = command.envs(KEYS).env("TZ", zone).output().unwrap();
        let lines = stdout(&output);
        let dates = lines.lines().skip(1).map(|line| line.split_whitespace().skip(5).take(2));
        (dates.map(|date| date.collect::<Vec<_>>().join(" ")).collect::<Vec<_>>(), stderr(&output))
    };
    let (dates, message) = listed("IST-2IDT,M3.4.4/26,M10.5.0");
    assert_eq!(
        (dates, message.as_str()),
        (vec!["2026-03-27 01:59".into(), "2026-03-27 03:00".into()], "")
    );
    for (zone, in_utc) in
        [("", true), ("UTC", true), ("UTC0", true), (":UTC", true), ("XYZ-3", false)]
    {
        let (dates, message) = listed(zone);
        assert_eq!((dates[1] == "2026-03-27 00:00", message.as_str()), (in_utc, ""), "{zone}");
    }
    for zone in ["Nowhere/Land", "IST-2IDT,M3.4.4/168,M10.5.0", "IST-2IDT,M3.9.4"] {
        let (dates, message) = listed(zone);
        assert_eq!(dates[1], "2026-03-27 00:00", "{zone}");
        let expected = format!("rolefs: TZ: `{zone}' is not a known time zone: dates are in UTC\n");
        assert_eq!(message, expected);
    }
}
