//! A kai that runs until it is told to end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long something may take to happen.
const SOON: Duration = Duration::from_secs(60);

/// The longest that it may take to end.
const END_MAX: Duration = Duration::from_secs(6);

/// The process, killed when it is dropped.
pub(crate) struct Daemon {
    pub(crate) child: Child,
    log: Arc<Mutex<String>>,
    printed: Arc<Mutex<String>>,
}

impl Daemon {
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = keep(child.stderr.take().unwrap());
        let printed = keep(child.stdout.take().unwrap());
        Self { child, log, printed }
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn printed(&self) -> String {
        self.printed.lock().unwrap().clone()
    }

    /// How often a text was logged.
    pub(crate) fn count(&self, text: &str) -> usize {
        self.log().lines().filter(|line| line.contains(text)).count()
    }

    /// Waits until a text was logged so often.
    pub(crate) fn logs(&self, text: &str, times: usize) {
        wait_for(&format!("`{text}` {times} times"), || (self.count(text) >= times).then_some(()));
    }

    /// Where it listens, on a port that it has chosen itself.
    pub(crate) fn address(&self) -> String {
        wait_for("the endpoint", || {
            let log = self.log();
            let (_, rest) = log.split_once("status endpoint at http://")?;
            rest.split_once('\n').map(|(address, _)| address.to_owned())
        })
    }

    pub(crate) fn send(&self, signal: &str) {
        send(signal, self.child.id());
    }

    /// How it ended, and how long that took since it was told to; what it logged.
    pub(crate) fn end(mut self) -> (Option<i32>, Duration, String) {
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
    pub(crate) fn terminate(self) -> String {
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

/// Waits until something is there.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < SOON, "this never comes: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The status and the body of an answer.
pub(crate) fn get(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: kai\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// Every shell has a `kill` of its own.
pub(crate) fn send(signal: &str, pid: u32) {
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
