//! The status endpoint of a daemon that runs.

use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use testkit::{Receiver, Reply};

use super::{Daemon, command, deliver, get, wait_for};
use crate::support::kai;
use crate::{cluster, make};

/// How many ask at once, and for how long.
const CLIENTS: usize = 200;
const TIME: Duration = Duration::from_secs(10);

/// The value of a metric, by its name and labels.
fn metric(address: &str, name: &str) -> f64 {
    let (_, metrics) = get(address, "/metrics");
    let line = metrics.lines().find(|line| line.starts_with(&format!("{name} ")));
    line.unwrap_or_else(|| panic!("no {name}: {metrics}"))
        .rsplit(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn it_tells_of_the_last_cycle_and_shows_its_report() {
    make("status");
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), cluster().url(), &cluster().admin(), 300);
    let daemon = Daemon::start(
        command.args(["--listen", "127.0.0.1:0"]).env("KAI_LISTEN_INVENTORY", "true"),
    );
    let address = daemon.address();
    wait_for("an inventory", || (get(&address, "/readyz").0 == 200).then_some(()));
    let line =
        wait_for("the report", || daemon.printed().ends_with('\n').then(|| daemon.printed()));
    assert_eq!(get(&address, "/inventory"), (200, line));
    assert_eq!(get(&address, "/healthz"), (200, "ok\n".to_owned()));
    assert!((metric(&address, "kai_cycles_total{outcome=\"success\"}") - 1.0).abs() < 0.1);
    assert!(metric(&address, "kai_pods") >= 1.0);
    assert!(metric(&address, "kai_kubernetes_requests_total{code=\"200\"}") >= 3.0);
    if cfg!(target_os = "linux") {
        let told = metric(&address, "process_resident_memory_bytes");
        assert!(told > 4e6 && told < 1e9, "{told}");
        assert!(metric(&address, "process_cpu_seconds_total") > 0.0);
    }
    daemon.terminate();
    assert!(TcpStream::connect(&address).is_err(), "it ends with the daemon");
}

#[test]
fn it_is_green_and_not_ready_while_the_cluster_is_away() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), "https://127.0.0.1:1", &cluster().admin(), 1);
    let daemon = Daemon::start(command.args(["--listen", "127.0.0.1:0"]));
    let address = daemon.address();
    daemon.logs("error: the inventory failed", 1);
    assert_eq!(get(&address, "/healthz"), (200, "ok\n".to_owned()));
    assert_eq!(get(&address, "/readyz").0, 503);
    assert_eq!(get(&address, "/inventory").0, 404, "it is closed unless it is opened");
    assert!(metric(&address, "kai_cycles_total{outcome=\"failure\"}") >= 1.0);
    assert!(metric(&address, "kai_kubernetes_requests_total{code=\"none\"}") >= 1.0);
    daemon.terminate();
}

#[test]
fn it_is_green_and_ready_while_anchore_is_away() {
    let (folder, receiver) =
        (tempfile::tempdir().unwrap(), Receiver::start(|_| Reply::status(503)));
    let mut command = command(folder.path(), cluster().url(), &cluster().admin(), 1);
    let daemon = Daemon::start(
        deliver(&mut command, &receiver, folder.path()).args(["--listen", "127.0.0.1:0"]),
    );
    let address = daemon.address();
    daemon.logs("error: the delivery failed", 1);
    daemon.logs("info: inventory taken", 3);
    assert_eq!(get(&address, "/healthz"), (200, "ok\n".to_owned()));
    assert_eq!(get(&address, "/readyz").0, 200);
    assert!(metric(&address, "kai_deliveries_total{outcome=\"retry\"}") >= 1.0);
    assert!(metric(&address, "kai_deliveries_total{outcome=\"success\"}") < 0.5);
    daemon.terminate();
}

#[test]
fn requests_from_everywhere_disturb_no_cycle() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), cluster().url(), &cluster().admin(), 1);
    let daemon = Daemon::start(command.args(["--listen", "127.0.0.1:0"]));
    let address = daemon.address();
    daemon.logs("info: inventory taken", 1);
    let (started, answers) = (Instant::now(), AtomicUsize::new(0));
    let before = daemon.count("info: inventory taken");
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (address, answers) = (&address, &answers);
            let path = ["/healthz", "/metrics"][client % 2];
            scope.spawn(move || {
                while started.elapsed() < TIME {
                    assert_eq!(get(address, path).0, 200);
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let cycles = daemon.count("info: inventory taken") - before;
    let log = daemon.terminate();
    assert!(answers.into_inner() >= CLIENTS);
    assert!(cycles >= 8, "{cycles} in {TIME:?}: {log}");
    assert!(!log.contains("error"), "{log}");
}

#[test]
fn an_address_that_is_taken_ends_it_before_anything_is_asked() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output =
        kai(["-m", "periodic", "--listen", &address, "-k", "/nonexistent"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    let expected = format!(
        "error: cannot listen at `{address}` (listen)\n  caused by: Address already in use"
    );
    assert!(told.contains(&expected), "{told}");
}
