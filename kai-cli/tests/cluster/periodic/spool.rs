//! A process is killed, and the next one has its report.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use testkit::{Fault, FaultRelay, Receiver, Reply, anchore};

use super::{Daemon, command, deliver, kept, posts, wait_for};
use crate::{cluster, make};

/// A cluster and an Anchore that can be switched off.
struct World {
    cluster: FaultRelay,
    cluster_up: Arc<AtomicBool>,
    receiver: Receiver,
    receiver_up: Arc<AtomicBool>,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let (cluster_up, receiver_up) = (Arc::new(AtomicBool::new(true)), Arc::default());
        let relay = FaultRelay::start(cluster(), {
            let up = Arc::clone(&cluster_up);
            move |_| {
                if up.load(Ordering::Relaxed) { Fault::Pass } else { Fault::StallBeforeHeaders }
            }
        });
        let receiver = Receiver::start({
            let (up, anchore) = (Arc::<AtomicBool>::clone(&receiver_up), anchore(1));
            move |request| match (request.path(), up.load(Ordering::Relaxed)) {
                ("/version", _) | (_, true) => anchore(request),
                _ => Reply::status(503),
            }
        });
        let folder = tempfile::tempdir().unwrap();
        Self { cluster: relay, cluster_up, receiver, receiver_up, folder }
    }

    fn daemon(&self, receiver: &Receiver, seconds: u32, args: &[&str]) -> Daemon {
        let folder = self.folder.path();
        let mut command = command(folder, self.cluster.url(), &cluster().admin(), seconds);
        deliver(&mut command, receiver, folder);
        let command = command.args(args).env("KAI_ANCHORE_SPOOL", folder.join("spool"));
        Daemon::start(command)
    }

    /// A process that is killed while it has a report that it can't deliver; what was sent of it.
    fn leave_a_report(&self, seconds: u32) -> Vec<u8> {
        let daemon = self.daemon(&self.receiver, seconds, &[]);
        daemon.logs("error: the delivery failed", 1);
        wait_for("a kept report", || kept(self.folder.path()).exists().then_some(()));
        daemon.send("-KILL");
        assert_eq!(daemon.end().0, None, "it was killed");
        // From now on no process gets a report of its own.
        self.cluster_up.store(false, Ordering::Relaxed);
        self.receiver_up.store(true, Ordering::Relaxed);
        posts(&self.receiver).last().unwrap().body.to_vec()
    }
}

fn has_no_secret(folder: &Path) {
    let text = fs::read_to_string(kept(folder)).unwrap();
    // The password, also as it is sent.
    assert!(!text.contains("first") && !text.to_lowercase().contains("authorization"), "{text}");
    assert!(!text.contains("bWU6Zmlyc3Q"), "{text}");
}

#[test]
fn a_report_that_a_killed_process_has_left_is_delivered_by_the_next_one() {
    make("spooled");
    let world = World::new();
    let left = world.leave_a_report(300);
    has_no_secret(world.folder.path());
    let before = posts(&world.receiver).len();
    let daemon = world.daemon(&world.receiver, 300, &[]);
    daemon.logs("info: the report that was kept is delivered", 1);
    let sent = posts(&world.receiver);
    assert_eq!(sent.len(), before + 1);
    assert!(sent[before].body == left, "byte for byte");
    wait_for("no kept report", || (!kept(world.folder.path()).exists()).then_some(()));
    daemon.terminate();
}

#[test]
fn one_for_another_anchore_or_cluster_or_that_is_too_old_is_removed_and_not_delivered() {
    make("unspooled");
    let other = Receiver::start(anchore(1));
    let rows: [(u32, bool, &[&str], &str); 3] = [
        (300, true, &[], "it was for another Anchore"),
        (300, false, &["--cluster-name", "other"], "it is of another cluster"),
        (1, false, &[], "it is older than two intervals"),
    ];
    for (seconds, elsewhere, args, why) in rows {
        println!("{why}");
        let world = World::new();
        world.leave_a_report(seconds);
        if seconds == 1 {
            // This is about time that has passed outside of any process.
            std::thread::sleep(Duration::from_secs(3));
        }
        let before = posts(&world.receiver).len();
        let to = if elsewhere { &other } else { &world.receiver };
        let daemon = world.daemon(to, seconds, args);
        daemon.logs(&format!("info: a report that was kept is removed: {why}"), 1);
        wait_for("no kept report", || (!kept(world.folder.path()).exists()).then_some(()));
        daemon.terminate();
        assert_eq!(posts(&world.receiver).len(), before);
        assert!(other.requests().is_empty());
    }
}
