//! `kai where`, `kai diff`, and the formats that are for people and for other tools.

use std::fs;

use crate::support::{Ended, examples, kai, run, run_with_input};

/// The sample pod list.
fn sample() -> String {
    examples().join("pods.json").display().to_string()
}

fn on_sample(args: &[&str]) -> Ended {
    Ended::of(kai(args).args(["-q", "-f", &sample()]))
}

#[test]
fn where_names_each_container_with_its_workload() {
    let told = [
        on_sample(&["where", "postgres", "-o", "csv"]),
        on_sample(&["where", "registry=quay.io", "-o", "jsonl", "-L", "app", "-n", "monitoring"]),
        on_sample(&[
            "-o",
            "markdown",
            "where",
            "94*",
            "tag=latest",
            "--columns",
            "pod,image,since",
        ]),
    ];
    insta::assert_snapshot!(told.map(|ended| ended.to_string()).join("\n"));
}

#[test]
fn where_is_a_gate_by_what_it_is_expected_to_find() {
    let table = [
        (vec!["where", "tag=latest", "--expect", "none"], 5),
        (vec!["where", "tag=latest", "--expect", "some"], 0),
        (vec!["where", "no-such-image", "--expect", "none"], 0),
        (vec!["where", "no-such-image", "--expect", "SOME"], 5),
        (vec!["where", "no-such-image"], 0),
        (vec!["where", "nginx", "-n", "jobs", "--expect", "none"], 0),
    ];
    for (args, code) in table {
        assert_eq!(on_sample(&args).code, Some(code), "{args:?}");
    }
    let told = Ended::of(
        kai(["where", "tag=latest", "--expect", "none", "-o", "wide", "-f", &sample()])
            .args(["--columns", "namespace,container"]),
    );
    insta::assert_snapshot!(told.to_string().replace(&sample(), "pods.json"));
}

#[test]
fn where_says_what_is_near_and_what_does_not_run() {
    let near = Ended::of(kai(["where", "postgrs", "-f"]).arg(sample()));
    assert!(
        near.stderr.ends_with(
            "info: no container runs an image that matches `postgrs` (near, with containers: \
         `docker.io/library/postgres` 1, `postgres` 1)\n"
        ),
        "{}",
        near.stderr
    );
    let all = Ended::of(kai(["where", "**", "-f"]).arg(sample()));
    assert!(all.stderr.contains(
        "info: 2 more containers in pods that do not run (--ignore-not-running=false shows them)\n"
    ), "{}", all.stderr);
    let rows = |ended: &Ended| ended.stdout.lines().count();
    let more = on_sample(&["where", "**", "--ignore-not-running=false"]);
    assert_eq!(rows(&more), rows(&all) + 2);
    assert!(more.stdout.lines().next().unwrap().contains("PHASE"), "{}", more.stdout);
    let running = on_sample(&["where", "postgres"]);
    assert!(!running.stdout.contains("PHASE"), "{running}");
}

#[test]
fn where_finds_what_a_policy_would_leave_out() {
    let found = |policy: &str| {
        let args = ["where", "node-exporter", "-o", "csv", "--columns", "image,tag"];
        on_sample(&[&args[..], &["--missing-tag-policy", policy]].concat()).stdout
    };
    assert_eq!(found("drop").lines().count(), 2);
    assert_eq!(found("drop"), found("digest"));
    assert_eq!(found("insert"), found("digest"));
}

#[test]
fn where_says_what_other_filters_hide_and_a_gate_looks_where_something_is() {
    let hidden =
        Ended::of(kai(["where", "nginx", "-f", &sample()]).env("KAI_IMAGES_INCLUDE", "redis"));
    assert!(
        hidden
            .stderr
            .ends_with("warning: 23 containers left out by other filters of pods and images\n"),
        "{hidden}"
    );
    let nowhere = on_sample(&["where", "nginx", "-n", "nope", "--expect", "none"]);
    assert_eq!(nowhere.code, Some(3), "{nowhere}");
    let tag = Ended::of(kai(["where", "latest", "-f"]).arg(sample()));
    assert!(tag.stderr.contains("(it is a tag of 2 containers: `tag=latest`)"), "{tag}");
}

#[test]
fn filters_leave_out_what_they_say_and_count_it() {
    let counted = |args: &[&str]| {
        let ended = Ended::of(kai(["-o", "json", "-f", &sample()]).args(args));
        ended.stderr.lines().last().unwrap().to_owned()
    };
    assert_eq!(
        counted(&["--image", "nginx", "--image", "redis"]),
        "info: left out 19 containers: a filter of pods or images"
    );
    assert!(counted(&["--exclude-image", "**"]).contains("left out 22 containers: a filter"));
    assert!(counted(&["-l", "app=cart"]).contains(": a filter of pods or images"));
    let ended = on_sample(&["-o", "refs", "-l", "app in (cart)", "--exclude-image", "busybox"]);
    assert!(!ended.stdout.contains("busybox") && ended.code == Some(0), "{ended}");
}

#[test]
fn diff_compares_reports_and_lists_of_pods() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let report = on_sample(&["-o", "json"]).stdout;
    fs::write(path("old"), &report).unwrap();
    let later = report.replace("nginx:1.27", "nginx:1.28").replace("sha256:25f45", "sha256:00000");
    fs::write(path("new"), format!("{report}{later}")).unwrap();
    let same = run(["diff", &path("old"), &sample(), "--expect", "none"]);
    assert_eq!((same.code, same.stdout.as_str()), (Some(0), ""), "{same}");
    let to_here = Ended::of(kai(["diff", &path("old"), "-f", &sample()]).arg("-q"));
    assert_eq!((to_here.code, to_here.stdout.as_str()), (Some(0), ""), "{to_here}");
    let differ = run(["diff", &path("old"), &path("new"), "--expect", "none"]);
    let shown = differ.to_string().replace(&folder.path().display().to_string(), "[folder]");
    insta::assert_snapshot!(shown);
    let lines = run(["diff", &path("old"), &path("new"), "-q", "-o", "jsonl"]).stdout;
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["namespace"] == "shop", "{line}");
    }
    fs::write(path("table"), on_sample(&["-o", "csv"]).stdout).unwrap();
    fs::write(path("broken"), &report[..report.len() / 2]).unwrap();
    let refused = [
        run(["diff"]),
        run(["diff", "/nonexistent"]),
        run(["diff", &path("table"), &path("old")]),
        run(["diff", &path("broken"), &path("old")]),
        run(["diff", &path("old"), &path("old"), "-o", "csv"]),
        run(["diff", &path("old"), &path("old"), "--image", "pinned=true"]),
        run(["diff", &path("old"), &path("old"), "-f", "x"]),
        run(["diff", &path("old"), &path("old"), "-l", "app=web"]),
        run(["diff", &path("old"), &path("old"), "-o", "json"]),
        run(["diff", "-", "-"]),
    ];
    let refused = refused.map(|ended| ended.to_string()).join("\n");
    insta::assert_snapshot!(refused.replace(&folder.path().display().to_string(), "[folder]"));
}

#[test]
fn several_inputs_are_read_one_after_another() {
    let pod = |name: &str| {
        format!(
            r#"{{"kind":"Pod","metadata":{{"name":"{name}","namespace":"{name}"}},
                "spec":{{"containers":[{{"name":"c","image":"{name}:1"}}]}},
                "status":{{"phase":"Running"}}}}"#
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    fs::write(&path, pod("a")).unwrap();
    let path = path.display().to_string();
    let both = run_with_input(pod("b").as_bytes(), ["-f", &path, "-q", "-o", "refs"]);
    assert_eq!(both.stdout, "docker.io/library/a:1\ndocker.io/library/b:1\n", "{both}");
    let again = run(["-f", &path, "-f", &path, "-q", "-o", "csv", "--columns", "image,pods"]);
    assert_eq!(again.stdout, "image,pods\na:1,1\n", "a pod counts once");
    let twice = run_with_input(b"", ["-f", "-", "-q"]);
    assert_eq!(twice.code, Some(3), "{twice}");
}

#[test]
fn what_a_format_has_no_use_for_is_said() {
    let told = [
        vec!["-o", "json", "--columns", "image", "--sort-by", "x", "--no-headers", "--pin", "tag"],
        vec!["-o", "csv", "--columns", "pod"],
        vec!["-o", "images", "--sort-by", "since"],
        vec!["-o", "csv", "-L", "a b"],
        vec!["-o", "mirror"],
        vec!["-o", "csv", "-m", "periodic"],
        vec!["where", "nginx", "-o", "refs"],
        vec!["where", "~nginx"],
        vec!["where"],
        vec!["--image", "a b"],
        vec!["-l", "app in web"],
    ];
    let told = told.iter().map(|args| {
        let ended = if args.contains(&"periodic") {
            run(args.iter().copied())
        } else {
            Ended::of(kai(args).args(["-f", "/dev/null"]))
        };
        ended.to_string()
    });
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
}

#[test]
fn color_is_as_it_is_wanted() {
    let refused = |args: &[&str]| {
        let mut command = kai(["where", "nginx", "-f", "/nonexistent"]);
        Ended::of(command.args(args).env("TERM", "xterm")).stderr
    };
    assert!(!refused(&[]).contains('\x1b') && !refused(&["--color", "never"]).contains('\x1b'));
    let colored = refused(&["--color", "ALWAYS"]);
    assert!(
        colored.contains("\x1b[1;31merror\x1b[0m: ") && colored.contains("\x1b[2m  caused by: "),
        "{colored}"
    );
}

#[cfg(unix)]
mod at_a_terminal {
    use super::sample;
    use crate::support::kai;
    use crate::support::terminal::{Left, on_terminal};

    fn shown(args: &[&str], columns: u16, env: &[(&str, &str)]) -> Left {
        let mut command = kai(args);
        command.args(["-q", "-f", &sample()]).envs(env.iter().copied());
        on_terminal(&mut command, columns).end()
    }

    #[test]
    fn images_fit_it() {
        for columns in [60, 80, 100, 200] {
            let left = shown(&[], columns, &[]);
            insta::assert_snapshot!(format!("images_in_{columns}_columns"), left.screen);
            let written: Vec<&str> = left.written.split("\r\n").collect();
            assert!(written.iter().all(|line| line.chars().count() <= columns.into()));
        }
        let found = shown(&["where", "postgres", "redis"], 80, &[]);
        assert!(found.screen.starts_with("NAMESPACE"), "{found:?}");
    }

    #[test]
    fn the_format_is_json_wherever_anything_else_may_read() {
        let is_json = |args: &[&str], env: &[(&str, &str)]| {
            shown(args, 80, env).written.starts_with("{\r\n  \"timestamp\"")
        };
        assert!(is_json(&["-o", "json"], &[]));
        assert!(is_json(&[], &[("CI", "true")]));
        assert!(is_json(&[], &[("TERM", "dumb")]));
        assert!(is_json(&[], &[("KAI_OUTPUT", "json")]));
        assert!(!is_json(&[], &[("CI", "")]) && !is_json(&["-n", "shop"], &[]));
    }
}
