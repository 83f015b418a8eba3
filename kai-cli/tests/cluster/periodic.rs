//! Mode periodic: the real binary, a real control plane, and a receiver that speaks TLS.
#![cfg(unix)]

mod credentials;
mod daemon;
mod end;
mod follow;
mod outage;
mod spool;
mod stdout;

use std::time::{Duration, Instant};

use daemon::Daemon;
use serde_json::Value;
use testkit::{Received, Receiver};

/// How long something may take to happen.
const SOON: Duration = Duration::from_secs(60);

/// Waits until something is there.
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < SOON, "this never comes: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The reports that were sent, whatever was answered.
fn posts(receiver: &Receiver) -> Vec<Received> {
    receiver.requests().into_iter().filter(|request| request.method == "POST").collect()
}

/// The report of a request.
fn report(request: &Received) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

/// The images of a namespace in a report of v1; `None`: it isn't there.
fn images(report: &Value, namespace: &str) -> Option<Vec<String>> {
    let results = report["results"].as_array().unwrap();
    let result = results.iter().find(|result| result["namespace"] == namespace)?;
    let images = result["images"].as_array().unwrap().iter();
    Some(images.map(|image| image["tag"].as_str().unwrap().to_owned()).collect())
}
