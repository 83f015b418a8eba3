//! Reports that go to an Anchore, from a file: no cluster is needed.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use testkit::{Receiver, RelayRequest, Reply, anchore};

use crate::support::{Ended, examples, kai, run, start};

/// `kai -f` with the sample, `--deliver` to a receiver, and more flags.
fn to(receiver: &Receiver, folder: &Path, args: &[&str]) -> Command {
    let ca = folder.join("ca.pem");
    fs::write(&ca, receiver.ca_pem()).unwrap();
    let sample = examples().join("pods.json");
    let mut command = kai(["-f", sample.to_str().unwrap(), "--deliver"]);
    command
        .args(["-n", "payments", "--cluster-name", "prod"])
        .args(args)
        .env("KAI_ANCHORE_URL", receiver.url())
        .env("KAI_ANCHORE_USER", "me")
        .env("KAI_ANCHORE_PASSWORD", "recognisable")
        .env("KAI_ANCHORE_HTTP_CA_CERT", ca);
    command
}

/// What a user sees of it.
fn delivered(receiver: &Receiver, args: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let ended = Ended::of(&mut to(receiver, folder.path(), args));
    ended.with(receiver.url(), "[anchore]").with(examples(), "[examples]")
}

fn posts(receiver: &Receiver) -> Vec<String> {
    let posts = receiver.requests().into_iter().filter(|request| request.method == "POST");
    posts.map(|request| request.uri.path().to_owned()).collect()
}

fn no(status: u16) -> impl Fn(&RelayRequest) -> Reply + Send + Sync + 'static {
    move |request| match request.path() {
        "/version" => Reply::json(r#"{"api":{"version":"1"}}"#),
        _ => Reply::status(status).body(r#"{"message":"no"}"#),
    }
}

#[test]
fn a_report_is_printed_and_delivered_through_the_api_that_is_there() {
    for (api, path) in [(1, "/v1/enterprise/inventories"), (2, "/v2/kubernetes-inventory")] {
        let receiver = Receiver::start(anchore(api));
        let ended = delivered(&receiver, &["-q"]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended}");
        assert_eq!(posts(&receiver), [path]);
        let [_, post] = receiver.requests().try_into().unwrap();
        let agent = post.header("user-agent").unwrap();
        assert!(agent.starts_with("kai/") && !agent.contains("kai-anchore"), "{agent}");
        assert_eq!(post.header("x-anchore-account"), Some("admin"));
        let body: serde_json::Value = serde_json::from_slice(&post.body).unwrap();
        assert_eq!(body["cluster_name"], "prod");
        if api == 1 {
            let printed: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
            assert_eq!(body, printed);
        }
    }
}

#[test]
fn what_a_user_sees_of_deliveries_and_of_those_that_fail() {
    let told = [
        ("delivered", delivered(&Receiver::start(anchore(1)), &[])),
        ("refused", delivered(&Receiver::start(no(401)), &["-q"])),
        ("refused, and not printed", delivered(&Receiver::start(no(400)), &["-q", "-i=false"])),
        ("dry run", delivered(&Receiver::start(anchore(2)), &["--dry-run", "-i=false"])),
        ("only delivered", delivered(&Receiver::start(anchore(1)), &["-i=false"])),
    ];
    let told: Vec<_> = told.iter().map(|(what, ended)| format!("{what}\n{ended}\n")).collect();
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d+ bytes", "[some] bytes");
    settings.bind(|| insta::assert_snapshot!(told.join("\n")));
}

/// The report that is in an output, or in a POST, without the time at which it was taken.
fn taken(body: &[u8]) -> serde_json::Value {
    let mut body: serde_json::Value = serde_json::from_slice(body).unwrap();
    assert!(body.as_object_mut().unwrap().remove("timestamp").is_some(), "{body}");
    body
}

#[test]
fn a_dry_run_as_json_writes_what_would_be_posted() {
    for (api, settings) in [(1, "auto"), (2, "auto"), (1, "v1"), (2, "v2")] {
        let (receiver, folder) = (Receiver::start(anchore(api)), tempfile::tempdir().unwrap());
        let run = |args: &[&str]| {
            let mut command = to(&receiver, folder.path(), args);
            Ended::of(command.env("KAI_ANCHORE_API", settings))
        };
        let dry = run(&["--dry-run", "-o", "json", "-q"]);
        assert_eq!((dry.code, dry.stderr.as_str()), (Some(0), ""), "{dry}");
        assert!(posts(&receiver).is_empty());
        let report = run(&["-q"]);
        let post = receiver.requests().pop().unwrap();
        assert_eq!(taken(dry.stdout.as_bytes()), taken(&post.body), "v{api} {settings}");
        // Of v1 it is the report, as ever; of v2, the bytes as they are sent.
        if api == 1 {
            assert_eq!(dry.to_string(), report.to_string());
        } else {
            let (shown, sent) = (dry.stdout.len(), post.body.len());
            assert_eq!(shown, sent + "\n".len(), "{dry}");
        }
        for args in [&["--dry-run", "-q"][..], &["--dry-run", "-q", "-i=false"]] {
            assert_eq!(run(args).to_string(), report.to_string(), "{args:?}");
        }
        let table = run(&["--dry-run", "-q", "-o", "table"]);
        assert!(table.stdout.starts_with("IMAGE TAG"), "{table}");
    }
}

#[test]
fn a_dry_run_says_by_which_api_and_shows_with_v_what_would_be_sent() {
    let small = ["--dry-run", "-n", "monitoring", "-o", "table"];
    let verbose = [&small[..], &["-v"]].concat();
    let silent = |_: &RelayRequest| Reply::status(404);
    let told = [
        ("v1, which is there", delivered(&Receiver::start(anchore(1)), &small)),
        ("v2, which is there", delivered(&Receiver::start(anchore(2)), &small)),
        ("nothing says which", delivered(&Receiver::start(silent), &small)),
        ("v1, as one sees it", delivered(&Receiver::start(anchore(1)), &verbose)),
        ("v2, as one sees it", delivered(&Receiver::start(anchore(2)), &verbose)),
        ("v1, configured, for another account", {
            let (receiver, folder) = (Receiver::start(anchore(2)), tempfile::tempdir().unwrap());
            let mut command = to(&receiver, folder.path(), &small);
            command.env("KAI_ANCHORE_API", "v1").env("KAI_ANCHORE_ACCOUNT", "shop");
            let ended = Ended::of(&mut command).with(receiver.url(), "[anchore]");
            assert!(receiver.requests().is_empty(), "nobody has to be asked");
            ended.with(examples(), "[examples]")
        }),
    ];
    let told = told.map(|(what, ended)| {
        assert_eq!(ended.code, Some(0), "{what}: {ended}");
        assert!(!ended.stderr.contains("recognisable"), "{ended}");
        let lines = ended.stderr.lines().filter(|line| line.contains("dry run"));
        format!("{what}\n{}\n", lines.collect::<Vec<_>>().join("\n"))
    });
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d+ bytes", "[some] bytes");
    settings.add_filter(r#""timestamp":"[^"]*""#, r#""timestamp":"[now]""#);
    settings.bind(|| insta::assert_snapshot!(told.join("\n")));
}

#[test]
fn of_a_long_body_the_log_shows_the_beginning_and_stdout_all() {
    let (receiver, folder) = (Receiver::start(anchore(1)), tempfile::tempdir().unwrap());
    let input = folder.path().join("pods.json");
    fs::write(&input, crate::support::pod_list(5000)).unwrap();
    let mut command = kai(["--deliver", "--cluster-name", "prod", "--dry-run", "-v", "-o", "json"]);
    command.arg("-f").arg(&input);
    for (name, value) in to(&receiver, folder.path(), &[]).get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let ended = Ended::of(&mut command);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let line = ended.stderr.lines().find(|line| line.starts_with("debug: dry run: {")).unwrap();
    assert!((64 * 1024..66 * 1024).contains(&line.len()), "{}", line.len());
    assert!(line.ends_with(" bytes more, which -o json writes"));
    assert_eq!(ended.stdout.matches("registry.example/team/app-").count(), 5000);
}

#[test]
fn a_dry_run_as_json_that_cannot_say_what_would_be_sent_writes_nothing() {
    let (receiver, folder) = (Receiver::start(anchore(2)), tempfile::tempdir().unwrap());
    let args = ["--dry-run", "-o", "json", "-q"];
    // Nobody vouches for its certificate.
    let mut command = to(&receiver, folder.path(), &args);
    let untrusted = Ended::of(command.env_remove("KAI_ANCHORE_HTTP_CA_CERT"));
    assert_eq!((untrusted.code, untrusted.stdout.as_str()), (Some(4), ""), "{untrusted}");
    assert!(untrusted.stderr.contains("would not be delivered to"), "{untrusted}");

    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = to(&receiver, folder.path(), &args);
    let child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let ended = Ended::from(child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(1), "{ended}");

    let mut child = start(&mut to(&receiver, folder.path(), &args));
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0), "a reader that has gone has enough");
    assert!(posts(&receiver).is_empty());

    // Where nothing would be sent there is the report alone.
    let sample = examples().join("pods.json");
    let with = |more: &[&str]| run([&["-q", "-f", sample.to_str().unwrap()], more].concat());
    assert_eq!(with(&["--dry-run", "-o", "json"]).to_string(), with(&[]).to_string());
}

#[test]
fn a_dry_run_posts_nothing() {
    let receiver = Receiver::start(anchore(2));
    let ended = delivered(&receiver, &["--dry-run"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    let asked: Vec<_> = receiver.requests().iter().map(|it| it.uri.path().to_owned()).collect();
    assert_eq!(asked, ["/version"]);
    let closed = delivered(&Receiver::start(|_| Reply::ResetAfter(0)), &["--dry-run"]);
    assert_eq!(closed.code, Some(0), "nobody says which API there is: {closed}");
}

#[test]
fn an_anchore_that_is_busy_is_tried_four_times() {
    let receiver = Receiver::start(|request| match request.path() {
        "/version" => Reply::json(r#"{"api":{"version":"1"}}"#),
        _ => Reply::status(503).header("retry-after", "0"),
    });
    let ended = delivered(&receiver, &[]);
    assert_eq!(ended.code, Some(4), "{ended}");
    assert_eq!(posts(&receiver).len(), 4);
    assert!(ended.stdout.contains("\"payments\""), "it was printed first: {ended}");
}

#[test]
fn an_anchore_that_is_busy_twice_gets_the_report_with_the_third_try() {
    let (anchore, tries) = (anchore(1), AtomicUsize::new(0));
    let receiver = Receiver::start(move |request| match request.path() {
        "/version" => anchore(request),
        _ if tries.fetch_add(1, Ordering::Relaxed) < 2 => {
            Reply::status(503).header("retry-after", "0")
        }
        _ => anchore(request),
    });
    let ended = delivered(&receiver, &[]);
    assert_eq!(ended.code, Some(0), "{ended}");
    let posts: Vec<_> =
        receiver.requests().into_iter().filter(|request| request.method == "POST").collect();
    assert_eq!(posts.len(), 3);
    assert!(!posts[0].body.is_empty() && posts.iter().all(|post| post.body == posts[0].body));
    assert_eq!(ended.stderr.matches("503 Service Unavailable: trying again in ").count(), 2);
    assert!(ended.stderr.contains("info: delivered to "), "{ended}");
}

#[test]
fn nothing_is_delivered_of_a_file_without_a_word_and_a_configured_mode_is_none_for_it() {
    let (receiver, folder) = (Receiver::start(anchore(2)), tempfile::tempdir().unwrap());
    let sample = examples().join("pods.json");
    let mut command = kai(["-q", "-f", sample.to_str().unwrap()]);
    for (name, value) in to(&receiver, folder.path(), &[]).get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let ended = Ended::of(command.env("KAI_MODE", "periodic"));
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(receiver.requests().is_empty());
    let ended = run(["-f", sample.to_str().unwrap(), "--dry-run"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stderr.contains("info: nothing would be delivered\n"), "{ended}");
}

#[test]
fn what_cannot_be_delivered_at_all_is_refused_before_anything_is_read() {
    let (receiver, folder) = (Receiver::start(anchore(2)), tempfile::tempdir().unwrap());
    let nameless = {
        let mut command = to(&receiver, folder.path(), &[]);
        let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        let kept = args.len() - 2;
        let mut without = kai(&args[..kept]);
        for (name, value) in command.get_envs() {
            without.env(name, value.unwrap_or_default());
        }
        command = without;
        Ended::of(&mut command)
    };
    let password = |path: &str| {
        let mut command = to(&receiver, folder.path(), &[]);
        command.env_remove("KAI_ANCHORE_PASSWORD").env("KAI_ANCHORE_PASSWORD_FILE", path);
        Ended::of(&mut command)
    };
    let with =
        |name: &str, text: &str| Ended::of(to(&receiver, folder.path(), &[]).env(name, text));
    let told = [
        nameless,
        password("/nowhere/password"),
        with("KAI_ANCHORE_USER", "me:too"),
        with("KAI_ANCHORE_HTTP_CA_CERT", "/nowhere/ca.pem"),
        with("KAI_ANCHORE_URL", "https://me:recognisable@anchore.example"),
    ]
    .map(|ended| {
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended}");
        assert!(!ended.stderr.contains("recognisable"), "{ended}");
        let ended = ended.with(receiver.url(), "[anchore]").with(examples(), "[examples]");
        ended.stderr
    });
    insta::assert_snapshot!(told.join("\n"));
    assert!(receiver.requests().is_empty());
}

#[test]
fn of_several_failures_the_worst_is_the_exit_code_and_each_is_told() {
    let (receiver, folder) = (Receiver::start(no(400)), tempfile::tempdir().unwrap());
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = to(&receiver, folder.path(), &["-q"]);
    let child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let ended = Ended::from(child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stderr.contains("error: cannot write to stdout"), "{ended}");
    assert!(ended.stderr.contains("400 Bad Request"), "{ended}");
    assert_eq!(posts(&receiver).len(), 1, "it was tried all the same");

    let receiver = Receiver::start(anchore(1));
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = to(&receiver, folder.path(), &["-q"]);
    let status = command.stdout(full).stderr(Stdio::null()).status().unwrap();
    assert_eq!((status.code(), posts(&receiver).len()), (Some(1), 1));
}

#[test]
fn a_reader_that_has_gone_keeps_nothing_from_being_delivered() {
    let (receiver, folder) = (Receiver::start(anchore(1)), tempfile::tempdir().unwrap());
    let mut child = start(&mut to(&receiver, folder.path(), &[]));
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(posts(&receiver).len(), 1);
}

#[test]
fn pods_without_any_namespace_that_has_a_uid_are_a_failed_delivery_by_v2() {
    let (receiver, folder) = (Receiver::start(anchore(2)), tempfile::tempdir().unwrap());
    let input = folder.path().join("pods.json");
    fs::write(&input, crate::support::pod_list(1)).unwrap();
    let mut command = kai(["-q", "--deliver", "--cluster-name", "prod", "-f"]);
    command.arg(&input);
    for (name, value) in to(&receiver, folder.path(), &[]).get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let ended = Ended::of(&mut command);
    assert_eq!(ended.code, Some(4), "{ended}");
    assert!(ended.stderr.contains("no namespace with a uid"), "{ended}");
    assert!(posts(&receiver).is_empty());
}

#[test]
fn a_signal_ends_a_delivery() {
    let (receiver, folder) = (Receiver::start(|_| Reply::Stall), tempfile::tempdir().unwrap());
    for (signal, expected) in [("-INT", 130), ("-TERM", 143)] {
        let mut command = to(&receiver, folder.path(), &["-q"]);
        let mut child = start(command.env("KAI_ANCHORE_API", "v1"));
        // What comes after the report is its delivery.
        let report = std::io::BufReader::new(child.stdout.take().unwrap());
        let end = std::io::BufRead::lines(report).map(Result::unwrap).find(|line| line == "}");
        assert!(end.is_some());
        let kill = format!("kill {signal} {}", child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        assert_eq!(code(&mut child), Some(expected), "{signal}");
    }
}

fn code(child: &mut Child) -> Option<i32> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        assert!(started.elapsed() < Duration::from_secs(20), "it does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_password_in_a_file_is_sent_without_its_line_break() {
    let (receiver, folder) = (Receiver::start(anchore(1)), tempfile::tempdir().unwrap());
    let password = folder.path().join("password");
    fs::write(&password, "of a file\n").unwrap();
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).unwrap();
    let mut command = to(&receiver, folder.path(), &["-q"]);
    command.env_remove("KAI_ANCHORE_PASSWORD").env("KAI_ANCHORE_PASSWORD_FILE", &password);
    assert_eq!(Ended::of(&mut command).code, Some(0));
    let shown = receiver.requests()[1].header("authorization").unwrap().to_owned();
    assert_eq!(shown, "Basic bWU6b2YgYSBmaWxl");
}
