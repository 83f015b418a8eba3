//! Mode periodic: the real binary, a real control plane, and a receiver that speaks TLS.
#![cfg(unix)]

mod credentials;
mod end;
mod follow;
mod outage;
mod spool;
mod status;
mod stdout;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use testkit::{Credentials, Received, Receiver};

use crate::cluster;
use crate::support::daemon::{Daemon, get, send, wait_for};
use crate::support::kai;

/// `kai -m periodic`, at a server as somebody, each so many seconds; with a folder that goes with
/// the test.
fn command(folder: &Path, server: &str, who: &Credentials, seconds: u32) -> Command {
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
fn kept(folder: &Path) -> PathBuf {
    folder.join("spool").join("undelivered")
}

/// The reports that were sent, whatever was answered.
pub(super) fn posts(receiver: &Receiver) -> Vec<Received> {
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
