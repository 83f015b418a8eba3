//! Each key that names a file, by each way that leads out of the folder.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use testkit::{Receiver, anchore};

use crate::support::{Ended, examples, kai};

/// The content of the files outside of the folder.
pub(super) const SECRET: &str = "hunter2-recognisable";

/// The files that kai finds in the working directory.
pub(super) const FOUND: [&str; 3] = ["./.kai.yaml", "./kai.yaml", "./.kai/config.yaml"];

/// The keys that name a file or a folder.
const KEYS: [&str; 4] =
    ["log.file", "anchore.password-file", "anchore.spool", "anchore.http.ca-cert"];

/// A folder that a stranger made, beside the user's home and other things of the user's.
pub(super) struct Place {
    all: TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        let place = Self { all: tempfile::tempdir().unwrap() };
        for folder in ["work/sub", "work/.kai", "home/.aws", "out"] {
            fs::create_dir_all(place.path(folder)).unwrap();
        }
        for file in ["home/.aws/credentials", "home/rc", "out/secret"] {
            fs::write(place.path(file), SECRET).unwrap();
        }
        let links = [
            ("link", "../out/secret"),
            ("sub/link", "../../out/secret"),
            ("folder", "../out"),
            ("sub/folder", "../../out"),
            ("twice", "folder"),
            ("by-sub", "sub/../../out"),
            ("dangling", "../out/new"),
            ("nowhere", "/nonexistent/new"),
            ("circle", "circle"),
        ];
        for (link, to) in links {
            symlink(to, place.path("work").join(link)).unwrap();
        }
        symlink(place.path("out/secret"), place.path("work/absolute")).unwrap();
        symlink(place.path("home"), place.path("work/home")).unwrap();
        place
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.all.path().join(name)
    }

    /// `kai` in the folder, with a configuration at one of the places where it is found.
    pub(super) fn run(&self, found: &str, config: &str, args: &[&str]) -> Ended {
        self.run_with(found, config, args, &[])
    }

    pub(super) fn run_with(
        &self,
        found: &str,
        config: &str,
        args: &[&str],
        variables: &[(&str, &str)],
    ) -> Ended {
        let file = self.path("work").join(found);
        fs::write(&file, config).unwrap();
        let mut command = kai(args);
        command.current_dir(self.path("work")).env("HOME", self.path("home"));
        let ended = Ended::of(command.envs(variables.iter().copied()));
        fs::remove_file(file).unwrap();
        ended
    }

    /// Fails where something outside of the folder has changed, or is more than it was.
    pub(super) fn assert_untouched(&self) {
        for (folder, count) in [("home", 2), ("home/.aws", 1), ("out", 1)] {
            assert_eq!(fs::read_dir(self.path(folder)).unwrap().count(), count, "{folder}");
        }
        for file in ["home/.aws/credentials", "home/rc", "out/secret"] {
            assert_eq!(fs::read_to_string(self.path(file)).unwrap(), SECRET, "{file}");
        }
    }
}

/// What leads out of the folder, as a file would say it.
fn ways_out(place: &Place) -> Vec<String> {
    let absolute = |name: &str| place.path(name).display().to_string();
    let mut ways: Vec<String> = [
        "~/.aws/credentials",
        "~/rc",
        "~",
        "~/new",
        "..",
        "../out/secret",
        "./../out/secret",
        "sub/../../out/secret",
        "sub/../sub",
        "link",
        "./link",
        "sub/link",
        "folder/secret",
        "folder/new",
        "folder/new/new",
        "sub/folder/secret",
        "twice/secret",
        "by-sub/secret",
        "absolute",
        "home/.aws/credentials",
        "dangling",
        "dangling/new",
        "nowhere",
        "circle",
        "/",
        "/dev/zero",
        "/dev/stdin",
        "/dev/stdout",
        "/proc/self/environ",
        "/etc/passwd",
        "/nonexistent/new",
    ]
    .map(str::to_owned)
    .into();
    ways.extend(["out/secret", "out/new", "home/rc", "work/../out/secret"].map(absolute));
    ways
}

/// A configuration that names a path in a key, and where the report would go.
fn config(key: &str, path: &str, receiver: &Receiver) -> (String, usize) {
    let mut lines = vec![
        "anchore:".to_owned(),
        format!("  url: {}", receiver.url()),
        "  user: u".to_owned(),
        "  api: v1".to_owned(),
    ];
    let quoted = format!("'{path}'");
    match key {
        "anchore.password-file" => lines.push(format!("  password-file: {quoted}")),
        "log.file" => lines.extend(["  password: p".into(), format!("log: {{file: {quoted}}}")]),
        "anchore.spool" => lines.extend(["  password: p".into(), format!("  spool: {quoted}")]),
        _ => lines.extend(["  password: p".into(), format!("  http: {{ca-cert: {quoted}}}")]),
    }
    (lines.join("\n") + "\n", lines.len())
}

/// Runs that use what is configured, and one that only shows it.
fn runs(sample: &str) -> [Vec<&str>; 3] {
    [
        vec!["-f", sample, "--deliver", "--cluster-name", "c"],
        vec!["-m", "periodic", "--cluster-name", "c"],
        vec!["config"],
    ]
}

#[test]
fn no_key_that_names_a_file_leads_out_of_a_stranger_s_folder() {
    let place = Place::new();
    let receiver = Receiver::plain(anchore(1));
    let sample = examples().join("pods.json");
    let runs = runs(sample.to_str().unwrap());
    let mut rows = 0;
    for key in KEYS {
        for (number, path) in ways_out(&place).iter().enumerate() {
            let (text, line) = config(key, path, &receiver);
            let found = FOUND[rows % FOUND.len()];
            for (which, args) in runs.iter().enumerate() {
                // Whatever runs, the same is refused: one of the runs is enough for most.
                if number > 3 && which != number % runs.len() {
                    continue;
                }
                let seen = place.run(found, &text, args);
                println!("{key}: {path} in {found}: {args:?}\n{seen}");
                assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""));
                assert!(seen.stderr.contains(&format!("`{key}` ({found}, line {line})")));
                assert!(seen.stderr.contains("can only name a path within that directory"));
                assert!(seen.stderr.contains(path.as_str()), "the value is quoted");
                assert!(!seen.to_string().contains(SECRET));
                rows += 1;
            }
        }
    }
    println!("{rows} rows");
    assert!(rows >= 150, "{rows}");
    assert!(receiver.requests().is_empty(), "{:?}", receiver.requests());
    place.assert_untouched();
}

#[test]
fn every_key_of_a_path_has_rows() {
    // By the file to start from, which is made of the list of keys.
    let shown = crate::support::run(["config", "--defaults"]).stdout;
    let named = |line: &&str| {
        let text = line.trim_start();
        ["file:", "password-file:", "spool:", "ca-cert:"].iter().any(|key| text.starts_with(key))
    };
    assert_eq!(shown.lines().filter(named).count(), KEYS.len());
}

#[test]
fn what_lies_within_the_folder_is_used() {
    let place = Place::new();
    let work = place.path("work");
    fs::write(work.join("sub/password"), "ours\n").unwrap();
    symlink("sub/password", work.join("password")).unwrap();
    symlink("sub", work.join("there")).unwrap();
    let sample = examples().join("pods.json");
    let args = ["-f", sample.to_str().unwrap(), "--deliver", "--cluster-name", "c"];
    let absolute = work.join("sub/password").display().to_string();
    for path in ["sub/password", "./password", "there/password", &absolute] {
        let receiver = Receiver::plain(anchore(1));
        let (text, _) = config("anchore.password-file", path, &receiver);
        let seen = place.run("kai.yaml", &text, &args);
        assert_eq!(seen.code, Some(0), "{path}: {seen}");
        let authorization = receiver.requests()[0].header("authorization").unwrap().to_owned();
        assert_eq!(authorization, "Basic dTpvdXJz", "u:ours");
    }
    for path in ["kai.log", "sub/kai.log", "there/other.log"] {
        let seen = place.run("kai.yaml", &format!("log: {{file: {path}}}"), &args[..2]);
        assert_eq!(seen.code, Some(0), "{path}: {seen}");
        assert!(work.join(path).exists(), "{path}");
    }
    place.assert_untouched();
}

#[test]
fn what_the_user_types_or_trusts_may_lie_anywhere() {
    let place = Place::new();
    let receiver = Receiver::plain(anchore(1));
    let sample = examples().join("pods.json");
    let args = ["-f", sample.to_str().unwrap(), "--deliver", "--cluster-name", "c"];
    let outside = place.path("out/secret").display().to_string();
    let (text, _) = config("anchore.password-file", "~/rc", &receiver);
    // A variable wins over what the file says, and is not the file's.
    let variables = [("KAI_ANCHORE_PASSWORD_FILE", outside.as_str())];
    let seen = place.run_with("kai.yaml", &text, &args, &variables);
    assert_eq!(seen.code, Some(0), "{seen}");
    assert_eq!(receiver.requests().len(), 1);
    // The same file, trusted.
    let trusted = [&args[..], &["-c", "kai.yaml"]].concat();
    let seen = place.run("kai.yaml", &text, &trusted);
    assert_eq!(seen.code, Some(0), "{seen}");
    assert_eq!(receiver.requests().len(), 2);
    // A variable for one key trusts no other.
    let (text, _) = config("log.file", "~/rc", &receiver);
    let seen = place.run_with("kai.yaml", &text, &args, &variables);
    assert_eq!(seen.code, Some(2), "{seen}");
    place.assert_untouched();
}

#[test]
fn a_link_to_the_user_s_own_file_is_that_file() {
    let place = Place::new();
    let own = place.path("home/.kai.yaml");
    fs::write(&own, "log: {file: ~/own.log}\n").unwrap();
    symlink(&own, place.path("work/.kai.yaml")).unwrap();
    let mut command = kai(["-f", examples().join("pods.json").to_str().unwrap()]);
    command.current_dir(place.path("work")).env("HOME", place.path("home"));
    let seen = Ended::of(&mut command);
    assert_eq!(seen.code, Some(0), "{seen}");
    assert!(place.path("home/own.log").exists());
    // A file of the same text is another one.
    fs::remove_file(place.path("work/.kai.yaml")).unwrap();
    fs::copy(&own, place.path("work/.kai.yaml")).unwrap();
    assert_eq!(Ended::of(&mut command).code, Some(2));
}

#[test]
fn a_path_is_quoted_with_what_would_steer_a_terminal_escaped() {
    let place = Place::new();
    let seen = place.run("kai.yaml", "log: {file: \"/\\e[2Jx\"}", &["config"]);
    assert_eq!(seen.code, Some(2), "{seen}");
    assert!(seen.stderr.contains(r"`/\u{1b}[2Jx`"), "{seen}");
}

/// So that other files of this folder need not know it.
pub(super) fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
