//! How a plugin ends, and what it leaves behind.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use kai_k8s::ClusterPodSource;
use serde_json::json;

use super::{Plugin, V1, admin, quick};

#[tokio::test]
async fn a_plugin_that_takes_too_long_is_killed() {
    let plugin = Plugin::new("echo $$ > pid; echo 'open the browser' >&2; exec sleep 300");
    let start = Instant::now();
    let error = plugin.refused_within(Duration::from_secs(1)).await;
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(
        error,
        "the credentials plugin `sh` of `FOLDER/config` failed: it gave no answer within 1 s: open the browser"
    );
    until_gone(&plugin.path("pid"));
}

#[tokio::test]
async fn what_a_plugin_has_started_is_killed_with_it() {
    // A child of it, and a child of that one.
    let plugin = Plugin::new("sh -c 'sleep 300 & echo $! > inner; wait' & echo $! > outer; wait");
    let error = plugin.refused_within(Duration::from_secs(1)).await;
    assert!(error.contains("it gave no answer within 1 s"), "{error}");
    for pid in ["inner", "outer"] {
        until_gone(&plugin.path(pid));
    }
}

#[tokio::test]
async fn of_what_a_plugin_says_the_end_is_shown() {
    let plugin = Plugin::new(
        "for n in 1 2 3 4 5 6 7 8 9; do echo \"usage: plugin --flag-$n VALUE, which does this and that\" >&2; done\n\
         echo 'error: not logged in' >&2; exit 1",
    );
    let error = plugin.refused().await;
    assert!(error.ends_with("error: not logged in"), "{error}");
    assert!(error.contains("exit status: 1: … "), "{error}");
}

#[tokio::test]
async fn what_a_plugin_leaves_running_is_not_waited_for() {
    let answer = json!({"kind": "ExecCredential", "apiVersion": V1, "status": {"token": admin()}});
    for left in ["sleep 30 >/dev/null &", "sleep 30 2>/dev/null &", "sleep 30 &"] {
        let plugin = Plugin::new(&format!("{left}\necho $! > left\ncat answer"));
        fs::write(plugin.path("answer"), answer.to_string()).unwrap();
        let start = Instant::now();
        let connected = ClusterPodSource::connect(&plugin.settings(), quick()).await;
        let took = start.elapsed();
        let failing =
            Plugin::new(&format!("{left}\necho $! > left\necho 'log in first' >&2; exit 3"));
        let start = Instant::now();
        let error = failing.refused().await;
        let failed = start.elapsed();
        for plugin in [plugin, failing] {
            let pid = fs::read_to_string(plugin.path("left")).unwrap();
            std::process::Command::new("kill").arg(pid.trim()).status().unwrap();
        }
        connected.unwrap();
        assert!(error.ends_with("it ended with exit status: 3: log in first"), "{left}: {error}");
        assert!(took.max(failed) < Duration::from_secs(10), "{left}: {took:?}, {failed:?}");
    }
}

#[tokio::test]
async fn a_plugin_is_killed_when_nobody_waits_for_it_any_more() {
    let plugin = Plugin::new("echo $$ > pid.new; mv pid.new pid; exec sleep 300");
    let settings = plugin.settings();
    let connecting = Box::pin(ClusterPodSource::connect(&settings, quick()));
    let started = Box::pin(async {
        while !plugin.path("pid").exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let left = futures_util::future::select(connecting, started).await;
    assert!(matches!(left, futures_util::future::Either::Right(_)), "the plugin waits");
    drop(left);
    // The runtime collects what was killed when it has the time.
    tokio::time::sleep(Duration::from_millis(50)).await;
    until_gone(&plugin.path("pid"));
}

/// Waits until a process is gone, or has only its exit status left.
fn until_gone(pid: &Path) {
    let pid = fs::read_to_string(pid).unwrap();
    let stat = format!("/proc/{}/stat", pid.trim());
    let deadline = Instant::now() + Duration::from_secs(10);
    while fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(Instant::now() < deadline, "{pid} still runs");
        std::thread::sleep(Duration::from_millis(10));
    }
}
