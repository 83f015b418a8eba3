//! Mode watch for an hour: pods come and go, servers and kai are killed, the receiver is down for a
//! while, and all along it knows what a pass finds, delivers what ran, and does not grow.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;
use testkit::{Api, ControlPlane, Options, Receiver, Reply, anchore, wait};

use super::super::support::daemon::{Daemon, get, wait_for};
use super::super::support::{Ended, kai};
use super::{bodies, job};

/// How long it takes, in minutes, unless this variable says otherwise.
const MINUTES: (&str, u64) = ("KAI_SOAK_MINUTES", 60);
/// One fault a round.
const ROUND: Duration = Duration::from_secs(150);
/// Changes a second: usually, and for ten minutes.
const PACE: [u64; 2] = [20, 100];
const NAMESPACES: usize = 20;
/// How many pods there are at once.
const PODS: usize = 400;

/// What goes wrong in a round.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Nothing,
    KaiKilled,
    ServerKilled,
    ReceiverDown,
}

const FAULTS: [Fault; 4] =
    [Fault::Nothing, Fault::KaiKilled, Fault::ServerKilled, Fault::ReceiverDown];

/// What happens in the cluster.
#[derive(Default)]
struct Churn {
    /// Changes a second; 0: none.
    pace: AtomicU64,
    ends: AtomicBool,
    changes: AtomicU64,
    /// The images of jobs that ran, and when they had ended.
    ended: Mutex<BTreeMap<String, SystemTime>>,
    at_rest: AtomicBool,
}

impl Churn {
    /// Changes pods until it is told to end.
    async fn run(&self, api: Api) {
        let mut live = Vec::<(String, String, String)>::new();
        let mut number = 0u64;
        while !self.ends.load(Ordering::Relaxed) {
            let pace = self.pace.load(Ordering::Relaxed);
            self.at_rest.store(pace == 0, Ordering::Relaxed);
            if pace == 0 {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
            let next =
                tokio::time::Instant::now() + Duration::from_secs(1) / u32::try_from(pace).unwrap();
            number += 1;
            if live.len() < PODS || fastrand::bool() {
                let namespace = format!("soak-{}", fastrand::usize(..NAMESPACES));
                let (name, image) = (format!("job-{number}"), format!("job:{number}"));
                let [runs, _] = job(&namespace, &name, &image);
                if api.create_pod(&runs.to_json()).await.is_ok() {
                    live.push((namespace, name, image));
                }
            } else {
                let (namespace, name, image) = live.swap_remove(fastrand::usize(..live.len()));
                self.end(&api, &namespace, &name, image).await;
            }
            self.changes.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep_until(next).await;
        }
    }

    /// Ends a job, in one way or the other.
    async fn end(&self, api: &Api, namespace: &str, name: &str, image: String) {
        let [_, ended] = job(namespace, name, &image);
        let told = fastrand::bool()
            && api.set_pod_status(namespace, name, &ended.to_json()["status"]).await.is_ok();
        if api.delete_pod(namespace, name).await.is_ok() || told {
            self.ended.lock().unwrap().insert(image, SystemTime::now());
        }
    }

    /// Waits until nothing changes any more.
    fn rest(&self) -> u64 {
        let before = self.pace.swap(0, Ordering::Relaxed);
        self.at_rest.store(false, Ordering::Relaxed);
        wait_for("rest", || self.at_rest.load(Ordering::Relaxed).then_some(()));
        before
    }
}

/// The images of each namespace in a report.
fn images(report: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let results = report["results"].as_array().unwrap().iter();
    let of = |result: &Value| {
        let images = result["images"].as_array().unwrap().iter();
        let images = images.map(|image| image["tag"].as_str().unwrap().to_owned());
        (result["namespace"].as_str().unwrap().to_owned(), images.collect())
    };
    results.map(of).collect()
}

/// The process under test, with its receiver.
struct Soak {
    cluster: ControlPlane,
    folder: tempfile::TempDir,
    receiver: Receiver,
    churn: Arc<Churn>,
    daemon: Option<Daemon>,
    /// Since when the process of now knows everything.
    known_since: SystemTime,
    /// The images of jobs that may have died with a process before they were reported.
    lost: BTreeSet<String>,
    checks: usize,
    resident: Vec<u64>,
}

impl Soak {
    fn start_kai(&mut self) {
        let ca = self.folder.path().join("ca.pem");
        std::fs::write(&ca, self.receiver.ca_pem()).unwrap();
        let mut command = kai(["-m", "watch", "-p", "10", "--listen", "127.0.0.1:0", "-k"]);
        command
            .arg(self.cluster.admin_kubeconfig())
            .env("KAI_LISTEN_INVENTORY", "true")
            .env("KAI_WATCH_QUIET_SECONDS", "1")
            .env("KAI_WATCH_VERIFY_SECONDS", "60")
            .env("KAI_ANCHORE_URL", self.receiver.url())
            .env("KAI_ANCHORE_USER", "me")
            .env("KAI_ANCHORE_PASSWORD", "secret")
            .env("KAI_ANCHORE_SPOOL", self.folder.path().join("spool"))
            .env("KAI_ANCHORE_HTTP_CA_CERT", ca);
        let daemon = Daemon::start(&mut command);
        let address = daemon.address();
        wait_for("all is known", || (get(&address, "/readyz").0 == 200).then_some(()));
        self.known_since = SystemTime::now();
        self.daemon = Some(daemon);
    }

    fn kill_kai(&mut self) {
        let reports = self.accepted();
        let last = reports.last().and_then(|report| report["timestamp"].as_str());
        let last = last.map(|text| text.parse::<jiff::Timestamp>().unwrap().into());
        let last: SystemTime = last.unwrap_or(SystemTime::UNIX_EPOCH);
        drop(self.daemon.take());
        // What ended since then died with it, and what ends until it is back is nobody's.
        let ended = self.churn.ended.lock().unwrap();
        let late = ended.iter().filter(|(_, at)| **at + Duration::from_secs(2) > last);
        self.lost.extend(late.map(|(image, _)| image.clone()));
    }

    fn accepted(&self) -> Vec<Value> {
        bodies(&self.receiver).iter().map(|body| serde_json::from_str(body).unwrap()).collect()
    }

    /// All images of the reports that were accepted.
    fn reported(&self) -> BTreeSet<String> {
        self.accepted().iter().flat_map(|it| images(it).into_values().flatten()).collect()
    }

    fn metric(&self, name: &str) -> f64 {
        let (_, metrics) = get(&self.daemon.as_ref().unwrap().address(), "/metrics");
        let line = metrics.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.unwrap().parse().unwrap()
    }

    /// Compares what it knows with a pass, at rest.
    fn check(&mut self) {
        let before = self.churn.rest();
        let address = self.daemon.as_ref().unwrap().address();
        let known = || images(&serde_json::from_str(&get(&address, "/inventory").1).unwrap());
        let pass = || {
            let mut command = kai(["-o", "json", "-q", "-k"]);
            let ended = Ended::of(command.arg(self.cluster.admin_kubeconfig()));
            images(&serde_json::from_str(&ended.stdout).unwrap())
        };
        let expected = pass();
        wait_for("what a pass finds", || (known() == expected).then_some(()));
        assert!(self.metric("kai_watch_drift_total") < 0.5, "drift");
        let status = format!("/proc/{}/status", self.daemon.as_ref().unwrap().child.id());
        let status = std::fs::read_to_string(status).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        self.resident.push(resident.trim().trim_end_matches(" kB").parse().unwrap());
        self.checks += 1;
        self.churn.pace.store(before, Ordering::Relaxed);
    }

    /// Every job that ran while it was followed is in a report.
    fn check_jobs(&self) -> usize {
        let ended = self.churn.ended.lock().unwrap().clone();
        let expected: BTreeSet<_> =
            ended.into_keys().filter(|image| !self.lost.contains(image)).collect();
        let missing = || {
            let found = self.reported();
            expected.difference(&found).cloned().collect::<Vec<_>>()
        };
        let started = Instant::now();
        while !missing().is_empty() && started.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_secs(1));
        }
        assert_eq!(missing(), Vec::<String>::new());
        expected.len()
    }
}

#[test]
#[ignore = "takes an hour: make soak"]
fn an_hour_of_churn_and_faults_loses_nothing_and_grows_nothing() {
    let minutes = std::env::var(MINUTES.0).map_or(MINUTES.1, |text| text.parse().unwrap());
    let end = Instant::now() + Duration::from_secs(60 * minutes);
    let down = Arc::new(AtomicBool::new(false));
    let (is_down, accepts) = (Arc::clone(&down), anchore(1));
    let receiver = Receiver::start(move |request| {
        if is_down.load(Ordering::Relaxed) { Reply::status(503) } else { accepts(request) }
    });
    let cluster = ControlPlane::start(&Options::default()).unwrap();
    for number in 0..NAMESPACES {
        wait(cluster.api().create_namespace(&format!("soak-{number}"))).unwrap();
    }
    let churn = Arc::<Churn>::default();
    let (changing, api) = (Arc::clone(&churn), cluster.api());
    let changes = thread::spawn(move || wait(changing.run(api)));
    let mut soak = Soak {
        cluster,
        folder: tempfile::tempdir().unwrap(),
        receiver,
        churn: Arc::clone(&churn),
        daemon: None,
        known_since: SystemTime::now(),
        lost: BTreeSet::new(),
        checks: 0,
        resident: Vec::new(),
    };
    soak.start_kai();
    let mut faults = BTreeMap::<String, usize>::new();
    let mut rounds = 0;
    while Instant::now() < end {
        // Ten minutes of an hour are busy.
        let busy = (4..8).contains(&(rounds % 24));
        churn.pace.store(PACE[usize::from(busy)], Ordering::Relaxed);
        let fault = FAULTS[rounds % FAULTS.len()];
        thread::sleep(ROUND / 3);
        match fault {
            Fault::Nothing => {}
            Fault::KaiKilled => {
                soak.kill_kai();
                thread::sleep(Duration::from_secs(2));
                soak.start_kai();
                let ended = churn.ended.lock().unwrap();
                let away = ended.iter().filter(|(_, at)| **at < soak.known_since);
                let found = soak.reported();
                let never = away.filter(|(image, _)| !found.contains(*image));
                soak.lost.extend(never.map(|(image, _)| image.clone()));
            }
            Fault::ServerKilled => {
                soak.cluster.stop_apiserver();
                thread::sleep(Duration::from_secs(5));
                soak.cluster.start_apiserver();
            }
            Fault::ReceiverDown => {
                down.store(true, Ordering::Relaxed);
                thread::sleep(ROUND / 3);
                down.store(false, Ordering::Relaxed);
            }
        }
        thread::sleep(ROUND / 3);
        soak.check();
        *faults.entry(format!("{fault:?}")).or_default() += 1;
        rounds += 1;
    }
    churn.rest();
    churn.ends.store(true, Ordering::Relaxed);
    changes.join().unwrap();
    let jobs = soak.check_jobs();
    soak.daemon.take().unwrap().terminate();
    println!(
        "{} changes, {jobs} jobs reported ({} died with kai), {} checks, faults {faults:?}, resident \
         (KiB) {:?}",
        churn.changes.load(Ordering::Relaxed),
        soak.lost.len(),
        soak.checks,
        soak.resident,
    );
    // Of the same process: no more at the end than at the beginning, but for noise.
    let (first, last) = (soak.resident[0], soak.resident[soak.resident.len() - 1]);
    assert!(last < first + 4096, "{:?}", soak.resident);
}
