//! Mode watch and `kai -w`: the real binary, a real control plane.
#![cfg(unix)]

mod soak;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use serde_json::Value;
use testkit::{Api, ContainerFixture, Fault, FaultRelay, PodFixture, Receiver, anchore, wait};

use crate::periodic::{deliver, posts};
use crate::support::daemon::{Daemon, get, wait_for};
use crate::{cluster, kai_at, make};

/// Mode watch with a report every five seconds at the most.
fn watch(folder: &Path, args: &[&str]) -> Command {
    let args = [&["-m", "watch", "-p", "5"], args].concat();
    let mut command = kai_at(folder, cluster().url(), &cluster().admin(), &args);
    command.env("KAI_WATCH_QUIET_SECONDS", "1").env("KAI_WATCH_LATEST_SECONDS", "2");
    command
}

/// The bodies of the reports that were delivered.
fn bodies(receiver: &Receiver) -> Vec<String> {
    let bodies = posts(receiver).into_iter().map(|request| request.body.to_vec());
    bodies.map(|body| String::from_utf8(body).unwrap()).collect()
}

/// The pod of a job, as it runs and as it has ended.
fn job(namespace: &str, name: &str, image: &str) -> [PodFixture; 2] {
    let pod = |container| PodFixture::new(namespace, name).container(container);
    let app = || ContainerFixture::new("app", image);
    [pod(app().running()), pod(app().terminated(0)).phase("Succeeded")]
}

/// Runs a job for some time, and removes it.
async fn run_job(api: &Api, namespace: &str, name: &str, image: &str, time: Duration) {
    let [runs, ended] = job(namespace, name, image);
    api.create_pod(&runs.to_json()).await.unwrap();
    tokio::time::sleep(time).await;
    api.set_pod_status(namespace, name, &ended.to_json()["status"]).await.unwrap();
    api.delete_pod(namespace, name).await.unwrap();
}

#[test]
fn a_job_of_three_seconds_is_in_one_report_of_each_receiver() {
    make("brief");
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let receivers = [Receiver::start(anchore(1)), Receiver::start(anchore(2))];
    let formats = ["table", "jsonl"];
    let daemons: Vec<_> = (0..2)
        .map(|number| {
            let folder = folders[number].path();
            let mut command = watch(folder, &["-o", formats[number], "-n", "brief"]);
            let command = deliver(&mut command, &receivers[number], folder);
            Daemon::start(command.env("KAI_VERBOSE_INVENTORY_REPORTS", "true"))
        })
        .collect();
    for receiver in &receivers {
        wait_for("the first report", || (!bodies(receiver).is_empty()).then_some(()));
    }
    let api = cluster().api();
    wait(run_job(&api, "brief", "job", "job:3s", Duration::from_secs(3)));
    let has = |receiver| bodies(receiver).iter().filter(|body| body.contains("job:3s")).count();
    for receiver in &receivers {
        wait_for("the job", || (has(receiver) > 0).then_some(()));
        let count = bodies(receiver).len();
        wait_for("two reports more", || (bodies(receiver).len() >= count + 2).then_some(()));
    }
    // It may have been running in the report before.
    for receiver in &receivers {
        let ended = bodies(receiver).iter().rposition(|body| body.contains("job:3s")).unwrap();
        assert!(has(receiver) <= 2 && ended + 2 < bodies(receiver).len(), "{:?}", bodies(receiver));
    }
    let printed: Vec<_> = daemons.iter().map(Daemon::printed).collect();
    assert!(printed[0].lines().any(|line| line.starts_with("job:3s")), "{}", printed[0]);
    let ended = printed[1].lines().filter(|line| line.contains("job:3s")).filter_map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        row["ended"].as_str().map(str::to_owned)
    });
    assert_eq!(ended.count(), 1, "{}", printed[1]);
    for daemon in daemons {
        let log = daemon.terminate();
        assert!(!log.contains("error") && !log.contains("warning"), "{log}");
    }
}

#[test]
fn of_a_thousand_jobs_of_a_second_each_one_is_reported() {
    const JOBS: usize = 1000;
    make("storm");
    let folder = tempfile::tempdir().unwrap();
    let args = ["-m", "watch", "-p", "3600", "-o", "jsonl", "-n", "storm"];
    let mut command = kai_at(folder.path(), cluster().url(), &cluster().admin(), &args);
    let daemon = Daemon::start(&mut command);
    daemon.logs("info: inventory taken", 1);
    let api = cluster().api();
    wait(async {
        let jobs = stream::iter(0..JOBS).map(async |number| {
            let (name, image) = (format!("job-{number}"), format!("job:{number}"));
            run_job(&api, "storm", &name, &image, Duration::from_secs(1)).await;
        });
        jobs.buffer_unordered(100).collect::<Vec<_>>().await
    });
    let found = || {
        let printed = daemon.printed();
        let rows = printed.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let ended = rows.filter(|row| row["ended"].is_string() && row["repository"] == "job");
        let tags = ended.map(|row| row["tag"].as_str().unwrap().to_owned());
        tags.collect::<Vec<_>>()
    };
    let rows = wait_for("all jobs", || Some(found()).filter(|it| it.len() >= JOBS));
    let tags: std::collections::BTreeSet<_> = rows.iter().collect();
    assert_eq!((rows.len(), tags.len()), (JOBS, JOBS), "each once");
    let log = daemon.terminate();
    assert!(!log.contains("error") && !log.contains("warning"), "{log}");
}

#[test]
fn the_endpoint_shows_what_is_true_now() {
    make("now");
    let folder = tempfile::tempdir().unwrap();
    let mut command = watch(folder.path(), &["--listen", "127.0.0.1:0", "-p", "3600"]);
    let daemon = Daemon::start(command.env("KAI_LISTEN_INVENTORY", "true"));
    let address = daemon.address();
    wait_for("all is known", || (get(&address, "/readyz").0 == 200).then_some(()));
    assert!(get(&address, "/metrics").1.contains("\nkai_watching 1\n"));
    let shows = |text: &str| get(&address, "/inventory").1.contains(text);
    assert!(!shows("sudden:1"));
    let [runs, _] = job("now", "sudden", "sudden:1");
    wait(cluster().api().create_pod(&runs.to_json())).unwrap();
    let written = Instant::now();
    wait_for("the pod", || shows("sudden:1").then_some(()));
    assert!(written.elapsed() < Duration::from_secs(5), "{:?}", written.elapsed());
    assert!(get(&address, "/ui").1.contains("sudden"));
    wait(cluster().api().delete_pod("now", "sudden")).unwrap();
    wait_for("its end", || (!shows("sudden:1")).then_some(()));
    daemon.terminate();
}

#[test]
fn who_may_list_but_not_watch_gets_mode_periodic_and_is_told_once() {
    let user = cluster().fresh_user();
    cluster().grant(&user.name, None, &["list", "get"], &["pods", "namespaces"]);
    let folder = tempfile::tempdir().unwrap();
    let args = ["-m", "watch", "-p", "1", "--listen", "127.0.0.1:0"];
    let mut command = kai_at(folder.path(), cluster().url(), &user.credentials, &args);
    let daemon = Daemon::start(&mut command);
    daemon.logs("info: inventory taken", 4);
    let address = daemon.address();
    assert_eq!(get(&address, "/readyz").0, 200);
    assert!(get(&address, "/metrics").1.contains("\nkai_watching 0\n"));
    let log = daemon.terminate();
    let told: Vec<_> = log.lines().filter(|line| line.contains("warning")).collect();
    assert_eq!(told.len(), 1, "{log}");
    assert!(
        told[0].contains("in mode periodic") && told[0].contains("grant `watch pods`"),
        "{log}"
    );
}

#[test]
fn behind_a_proxy_that_speaks_json_alone_it_is_mode_periodic() {
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass).json_only();
    let folder = tempfile::tempdir().unwrap();
    let args = ["-m", "watch", "-p", "1"];
    let mut command = kai_at(folder.path(), relay.url(), &cluster().admin(), &args);
    let daemon = Daemon::start(&mut command);
    daemon.logs("info: inventory taken", 3);
    let log = daemon.terminate();
    assert_eq!(log.matches("warning: in mode periodic").count(), 1, "{log}");
}

#[test]
fn a_person_sees_what_runs_and_then_what_changes_until_ctrl_c() {
    make("seen");
    let folder = tempfile::tempdir().unwrap();
    let follow = |args: &[&str]| {
        let args = [&["-w", "-n", "seen"], args].concat();
        let mut command = kai_at(folder.path(), cluster().url(), &cluster().admin(), &args);
        Daemon::start(&mut command)
    };
    let (people, machines) = (follow(&["-o", "table"]), follow(&[]));
    for daemon in [&people, &machines] {
        wait_for("what runs", || daemon.printed().contains("seen").then_some(()));
    }
    let [runs, _] = job("seen", "new", "new:1");
    wait(cluster().api().create_pod(&runs.to_json())).unwrap();
    wait_for("a line", || people.printed().contains("\n+ seen new:1 pod/new\n").then_some(()));
    wait(cluster().api().delete_pod("seen", "new")).unwrap();
    wait_for("its end", || people.printed().ends_with("\n- seen new:1 pod/new\n").then_some(()));
    let events = || {
        let printed = machines.printed();
        let rows: Vec<Value> =
            printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let of = |row: &Value| {
            [&row["event"], &row["repository"], &row["workload"]]
                .map(|it| it.as_str().map(str::to_owned))
        };
        rows.iter().map(of).collect::<Vec<_>>()
    };
    wait_for("three lines", || (events().len() >= 3).then_some(()));
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(events()[0], [None, text("seen"), text("web-0")]);
    assert_eq!(events()[1], [text("appeared"), text("new"), text("new")]);
    assert_eq!(events()[2], [text("vanished"), text("new"), text("new")]);
    for daemon in [people, machines] {
        daemon.send("-INT");
        assert_eq!(daemon.end().0, Some(130));
    }
}
