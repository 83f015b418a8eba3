//! A kai that runs until it is told to end.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use testkit::{Credentials, Receiver};

use super::wait_for;
use crate::cluster;
use crate::support::kai;

/// The longest that it may take to end.
const END_MAX: Duration = Duration::from_secs(6);

/// The process, killed when it is dropped.
pub(super) struct Daemon {
    pub(super) child: Child,
    log: Arc<Mutex<String>>,
    printed: Arc<Mutex<String>>,
}

/// `kai -m periodic`, at a server as somebody, each so many seconds; with a folder that goes with
/// the test.
pub(super) fn command(folder: &Path, server: &str, who: &Credentials, seconds: u32) -> Command {
    let path = folder.join("kubeconfig");
    fs::write(&path, cluster().kubeconfig_via(server, who)).unwrap();
    let mut command = kai(["-m", "periodic", "-p", &seconds.to_string(), "-k"]);
    command.arg(path);
    command
}

/// Adds a receiver that has v1 or v2. The password is in a file of the folder.
pub(super) fn deliver<'c>(
    command: &'c mut Command,
    receiver: &Receiver,
    folder: &Path,
) -> &'c mut Command {
    let (ca, password) = (folder.join("ca.pem"), folder.join("password"));
    fs::write(&ca, receiver.ca_pem()).unwrap();
    fs::write(&password, "first\n").unwrap();
    command
        .env("KAI_ANCHORE_URL", receiver.url())
        .env("KAI_ANCHORE_USER", "me")
        .env("KAI_ANCHORE_PASSWORD_FILE", password)
        .env("KAI_ANCHORE_HTTP_CA_CERT", ca)
}

/// Where a report is kept in a folder.
pub(super) fn kept(folder: &Path) -> PathBuf {
    folder.join("spool").join("undelivered")
}

impl Daemon {
    pub(super) fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = keep(child.stderr.take().unwrap());
        let printed = keep(child.stdout.take().unwrap());
        Self { child, log, printed }
    }

    pub(super) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub(super) fn printed(&self) -> String {
        self.printed.lock().unwrap().clone()
    }

    /// How often a text was logged.
    pub(super) fn count(&self, text: &str) -> usize {
        self.log().lines().filter(|line| line.contains(text)).count()
    }

    /// Waits until a text was logged so often.
    pub(super) fn logs(&self, text: &str, times: usize) {
        wait_for(&format!("`{text}` {times} times"), || (self.count(text) >= times).then_some(()));
    }

    pub(super) fn send(&self, signal: &str) {
        send(signal, self.child.id());
    }

    /// How it ended, and how long that took since it was told to; what it logged.
    pub(super) fn end(mut self) -> (Option<i32>, Duration, String) {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), started.elapsed(), self.log());
            }
            assert!(started.elapsed() < END_MAX, "it does not end: {}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it by SIGTERM: well, and in time.
    pub(super) fn terminate(self) -> String {
        self.send("-TERM");
        let (code, took, log) = self.end();
        assert_eq!(code, Some(0), "{log}");
        assert!(took < Duration::from_secs(5), "{took:?}: {log}");
        log
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Every shell has a `kill` of its own.
pub(super) fn send(signal: &str, pid: u32) {
    let kill = format!("kill {signal} {pid}");
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// Keeps all that comes, line by line.
fn keep(from: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let kept = Arc::<Mutex<String>>::default();
    let to = Arc::clone(&kept);
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut kept = to.lock().unwrap();
            kept.push_str(&line);
            kept.push('\n');
        }
    });
    kept
}
