//! The cluster is away for a while, or the receiver.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use testkit::{
    ContainerFixture, ControlPlane, Options, PodFixture, Receiver, Reply, anchore, wait,
};

use super::{Daemon, command, deliver, images, posts, report};
use crate::support::kai;
use crate::{cluster, make};

#[test]
fn an_api_server_that_is_stopped_and_started_again_is_one_error_and_one_word_of_relief() {
    let own = ControlPlane::start(&Options::default()).unwrap();
    let mut command = kai(["-m", "periodic", "-p", "1", "--request-timeout", "2", "-k"]);
    let daemon = Daemon::start(command.arg(own.admin_kubeconfig()));
    daemon.logs("info: inventory taken", 2);
    own.stop_apiserver();
    daemon.logs("error: the inventory failed", 1);
    let (before, told) = (daemon.count("info: inventory taken"), daemon.count("info: "));
    std::thread::sleep(std::time::Duration::from_secs(5));
    let waits = daemon.count("info: ") - told;
    assert!(waits <= 1, "{}", daemon.log());
    own.start_apiserver();
    daemon.logs("info: the inventory works again, after ", 1);
    daemon.logs("info: inventory taken", before + 2);
    let log = daemon.terminate();
    let errors: Vec<_> = log.lines().filter(|line| line.starts_with("error")).collect();
    // While it starts, it may say no in another way.
    assert!((1..=3).contains(&errors.len()), "{errors:#?}");
    assert!(
        errors[0].contains(": the server could not be reached: "),
        "with its causes: {errors:?}"
    );
}

#[test]
fn a_receiver_that_is_down_for_five_cycles_gets_the_newest_report_alone() {
    make("outage");
    let (folder, up) = (tempfile::tempdir().unwrap(), Arc::new(AtomicBool::new(false)));
    let receiver = Receiver::start({
        let (up, anchore, tries) = (Arc::clone(&up), anchore(1), AtomicUsize::new(0));
        move |request| match (request.path(), up.load(Ordering::Relaxed)) {
            ("/version", _) | (_, true) => anchore(request),
            // As a page that names the request, no two are the same.
            _ => Reply::status(503)
                .body(format!("request {}", tries.fetch_add(1, Ordering::Relaxed))),
        }
    });
    let mut command = command(folder.path(), cluster().url(), &cluster().admin(), 1);
    let daemon = Daemon::start(deliver(&mut command, &receiver, folder.path()));
    daemon.logs("info: inventory taken", 4);
    let late = ContainerFixture::new("late", "late:1").running();
    let pod = PodFixture::new("outage", "late-0").container(late);
    wait(cluster().api().create_pod(&pod.to_json())).unwrap();
    daemon.logs("info: inventory taken", 7);
    let down = posts(&receiver).len();
    up.store(true, Ordering::Relaxed);
    daemon.logs("info: the delivery works again, after ", 1);
    let all: Vec<_> = posts(&receiver).iter().map(report).collect();
    let log = daemon.terminate();
    // One that was on its way while it came up may have been refused yet.
    let first = &all[(down + 1).min(all.len() - 1)];
    assert_eq!(images(first, "outage").unwrap(), ["late:1", "outage:1"]);
    let times: Vec<_> = all.iter().map(|it| it["timestamp"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "none goes back: {times:?}");
    assert_eq!(log.matches("error: the delivery failed").count(), 1, "{log}");
    assert!(log.contains("503 Service Unavailable"), "{log}");
}

#[test]
fn what_is_wrong_with_the_settings_ends_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(anchore(1));
    let mut nameless = kai(["-m", "periodic", "-k", "use-in-cluster"]);
    let ended = crate::support::Ended::of(deliver(&mut nameless, &receiver, folder.path()));
    assert_eq!(ended.code, Some(2), "{ended}");
    let mut command = command(folder.path(), cluster().url(), &cluster().admin(), 1);
    deliver(&mut command, &receiver, folder.path());
    let missing = crate::support::Ended::of(command.env("KAI_ANCHORE_PASSWORD_FILE", "/nowhere"));
    assert_eq!(missing.code, Some(2), "{missing}");
    assert!(receiver.requests().is_empty());
}
