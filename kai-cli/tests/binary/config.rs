use std::fs;

use crate::support::{Ended, kai, run};

#[test]
fn the_settings_that_hold_are_shown_with_where_they_come_from() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join(".kai.yaml"),
        "log:\n  level: warn\nkubeconfig:\n  cluster: eks\n  server: https://k8s.example\n  user:\n    \
         type: token\n    token: $KAI_TOKEN\nnamespaces: [a, b]\n\
         anchore:\n  url: https://anchore.example\n  user: me\n  password: \"secret\"\n",
    )
    .unwrap();
    let ended = Ended::of(
        kai(["config", "-o", "TABLE", "--exclude-namespace", "^kube-", "-m", "periodic"])
            .current_dir(folder.path())
            .env("KAI_TOKEN", "secret")
            .env("KAI_QUIET", "1")
            .env("KAI_ANCHORE_HTTP_TIMEOUT_SECONDS", "30"),
    );
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(!ended.to_string().contains("secret"), "{ended}");
    insta::assert_snapshot!(ended);
}

#[test]
fn what_is_shown_says_the_same_when_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["config", "-n", "a,b", "--exclude-namespace", "^x{1,2}", "--cluster-name", "a: b"];
    let shown = run(flags);
    fs::write(folder.path().join("kai.yaml"), &shown.stdout).unwrap();
    let again = Ended::of(kai(["config"]).current_dir(folder.path()));
    let values = |ended: &Ended| {
        let lines =
            ended.stdout.lines().map(|line| line.split("# ").next().unwrap().trim_end().to_owned());
        lines.collect::<Vec<_>>()
    };
    assert_eq!(values(&shown), values(&again), "{again}");
    assert_eq!(again.stderr, "info: configuration from `./kai.yaml`\n");
}

#[test]
fn the_file_to_start_from_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let defaults = run(["config", "--defaults"]);
    assert_eq!((defaults.code, defaults.stderr.as_str()), (Some(0), ""));
    fs::write(folder.path().join("defaults.yaml"), &defaults.stdout).unwrap();
    let read = Ended::of(kai(["config", "-c", "defaults.yaml"]).current_dir(folder.path()));
    assert_eq!(read.stderr, "info: configuration from `defaults.yaml`\n");
    assert!(read.stdout.lines().count() > 40);
    for line in read.stdout.lines() {
        let setting = line.split("# ").next().unwrap_or_default().trim_end();
        assert!(defaults.stdout.lines().any(|line| line == setting), "{setting}");
    }
}

#[test]
fn the_file_to_start_from_needs_no_valid_configuration() {
    let ended = Ended::of(kai(["config", "--defaults"]).env("KAI_OUTPUT", "yml"));
    assert_eq!(ended.code, Some(0), "{ended}");
    let ended = Ended::of(kai(["config"]).env("KAI_OUTPUT", "yml"));
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended}");
}

#[test]
fn its_warnings_go_to_the_console_and_no_log_file_is_made() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kai.yaml"), "log: {file: kai.log}\nlogs: x\n").unwrap();
    let ended = Ended::of(kai(["config"]).current_dir(folder.path()));
    assert!(ended.stderr.contains("warning: `logs` (./kai.yaml, line 2)"), "{ended}");
    assert!(!folder.path().join("kai.log").exists());
}

#[test]
fn flags_before_its_name_and_behind_it_show_the_same() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("own.yaml"), "output: table\n").unwrap();
    let shown = |args: &[&str]| {
        let ended = Ended::of(kai(args).current_dir(folder.path()));
        assert_eq!(ended.code, Some(0), "{args:?}: {ended}");
        assert!(ended.stdout.starts_with("output: table "), "{args:?}: {ended}");
        (ended.stdout, ended.stderr)
    };
    let flags: [&[&str]; 11] = [
        &["-c", "own.yaml"],
        &["-c=own.yaml", "-v"],
        &["-cown.yaml", "-q"],
        &["--config", "own.yaml", "-k", "config", "--context", "staging"],
        &["-c", "own.yaml", "--cluster", "c", "--user", "u", "--as", "bob", "--as-group", "g"],
        &["-c", "own.yaml", "-n", "shop,web", "--exclude-namespace", "^kube-"],
        &["-c", "own.yaml", "-n", "shop", "-A"],
        &["-c", "own.yaml", "-f", "pods.json"],
        &["-c", "own.yaml", "-m", "periodic", "-p", "60", "--listen", ":8080"],
        &["-c", "own.yaml", "--missing-tag-policy", "insert", "--missing-tag", "none"],
        &["-c", "own.yaml", "--request-timeout", "5", "--cluster-name", "prod", "--dry-run"],
    ];
    for flags in flags {
        println!("{flags:?}");
        let behind = shown(&[&["config"], flags].concat());
        assert_eq!(shown(&[flags, &["config"]].concat()), behind);
        let (first, second) = flags.split_at(flags.len().min(2));
        assert_eq!(shown(&[first, &["config"], second].concat()), behind);
    }
    for (args, out) in [
        (&["-c", "none.yaml", "-q", "version"][..], "Application"),
        (&["-c", "none.yaml", "-o", "json", "version"], "{"),
        (&["version", "-c", "none.yaml", "-v"], "Application"),
        (&["-c", "none.yaml", "-v", "completion", "bash"], ""),
        (&["completion", "bash", "-c", "none.yaml"], ""),
    ] {
        let ended = run(args.iter().copied());
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{args:?}: {ended}");
        assert!(!ended.stdout.is_empty() && ended.stdout.starts_with(out), "{args:?}: {ended}");
    }
}

#[test]
fn its_help_has_the_flags_of_kai() {
    insta::assert_snapshot!(run(["config", "-h"]));
}

#[test]
fn a_duration_is_shown_in_seconds_wherever_it_is_set() {
    let folder = tempfile::tempdir().unwrap();
    let file = "anchore: {http: {timeout-seconds: 1h1m1s}}\n\
                kubernetes-request-timeout-seconds: 2m\n";
    fs::write(folder.path().join("kai.yaml"), file).unwrap();
    let mut command = kai(["config", "-p", "5m"]);
    let shown = Ended::of(command.current_dir(folder.path())).stdout;
    for line in [
        "polling-interval-seconds: 300  # flag --polling-interval-seconds\n",
        "  request-timeout-seconds: 120  # ./kai.yaml, line 2\n",
        "    timeout-seconds: 3661  # ./kai.yaml, line 1\n",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    command.env("KAI_KUBERNETES_REQUEST_TIMEOUT_SECONDS", "1.5m");
    let shown = Ended::of(command.current_dir(folder.path())).stdout;
    let line = "request-timeout-seconds: 90  # variable KAI_KUBERNETES_REQUEST_TIMEOUT_SECONDS\n";
    assert!(shown.contains(line), "{shown}");
}

#[test]
fn a_configuration_that_routes_ends_with_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = "anchore: {url: 'https://127.0.0.1:1', user: u, password: p}\n\
                account-routes:\n  team-a: {user: a, password: recognisable, namespaces: [a]}\n";
    fs::write(folder.path().join("routes.yaml"), file).unwrap();
    for args in [&["-c", "routes.yaml", "-f", "-"][..], &["config", "-c", "routes.yaml"]] {
        let ended = Ended::of(kai(args).current_dir(folder.path()));
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended}");
        assert!(ended.stderr.contains("`account-routes` (routes.yaml, line 2)"), "{ended}");
        assert!(!ended.stderr.contains("recognisable"), "{ended}");
    }
}
