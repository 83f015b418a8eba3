//! Credentials that change while a daemon runs.

use std::fs;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use testkit::{Credentials, Fault, FaultRelay, Receiver, Reply, anchore};

use super::{Daemon, command, deliver, posts};
use crate::cluster;

fn token(credentials: &Credentials) -> String {
    match credentials {
        Credentials::Token(token) => token.clone(),
        _ => panic!("a token is wanted"),
    }
}

#[test]
fn a_token_file_that_is_replaced_between_cycles_fails_none() {
    let folder = tempfile::tempdir().unwrap();
    let old = token(&cluster().admin());
    let user = cluster().fresh_user();
    cluster().grant(&user.name, None, &["list"], &["pods", "namespaces"]);
    let new = token(&user.credentials);
    let ended = Arc::new(AtomicBool::new(false));
    let relay = FaultRelay::start(cluster(), {
        let (ended, old) = (Arc::clone(&ended), old.clone());
        move |request| {
            let is_old = request.header("authorization").is_some_and(|shown| shown.ends_with(&old));
            if is_old && ended.load(Ordering::Relaxed) { Fault::status(401) } else { Fault::Pass }
        }
    });
    let mut command = command(folder.path(), relay.url(), &Credentials::Anonymous, 1);
    let path = folder.path().join("kubeconfig");
    let config = fs::read_to_string(&path).unwrap();
    fs::write(&path, config.replace("user: {}", "user: {tokenFile: token}")).unwrap();
    fs::write(folder.path().join("token"), old).unwrap();
    let daemon = Daemon::start(&mut command);
    daemon.logs("info: inventory taken", 2);
    fs::write(folder.path().join("token"), &new).unwrap();
    ended.store(true, Ordering::Relaxed);
    let before = daemon.count("info: inventory taken");
    daemon.logs("info: inventory taken", before + 3);
    let log = daemon.terminate();
    assert!(!log.contains("error"), "{log}");
    let shown = relay.requests().last().unwrap().header("authorization").unwrap().to_owned();
    assert_eq!(shown, format!("Bearer {new}"));
}

#[test]
fn a_password_file_that_changes_is_taken_at_the_next_delivery() {
    let (folder, wanted) = (tempfile::tempdir().unwrap(), Arc::new(Mutex::new(FIRST)));
    let receiver = Receiver::start({
        let (wanted, anchore) = (Arc::clone(&wanted), anchore(1));
        move |request| {
            let shown = request.header("authorization");
            let is_right = request.path() == "/version" || shown == Some(*wanted.lock().unwrap());
            if is_right { anchore(request) } else { Reply::status(401) }
        }
    });
    let mut command = command(folder.path(), cluster().url(), &cluster().admin(), 1);
    let daemon = Daemon::start(deliver(&mut command, &receiver, folder.path()));
    daemon.logs("info: the first report is delivered", 1);
    let path = folder.path().join("password");
    *wanted.lock().unwrap() = SECOND;
    daemon.logs("error: the delivery failed", 1);
    // A file that is gone for a moment is a failed delivery, and no more.
    fs::remove_file(&path).unwrap();
    daemon.logs("with the password cannot be read", 1);
    fs::write(&path, "recognisable\n").unwrap();
    daemon.logs("info: the delivery works again, after ", 1);
    let log = daemon.terminate();
    assert!(log.contains("401 Unauthorized"), "{log}");
    let last = posts(&receiver).last().unwrap().header("authorization").unwrap().to_owned();
    assert_eq!(last, SECOND);
    assert!(!log.contains("recognisable"), "{log}");
}

/// `me:first`, `me:recognisable`
const FIRST: &str = "Basic bWU6Zmlyc3Q=";
const SECOND: &str = "Basic bWU6cmVjb2duaXNhYmxl";
