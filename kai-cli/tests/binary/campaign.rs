//! The attack: a server that answers one of kai's requests with anything at all, several hundred
//! times, and the real binary. Whatever comes, it ends in time, with a code that is documented, after
//! few requests, in little memory, and prints a whole report or none.
#![cfg(target_os = "linux")]

mod answers;
mod server;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use answers::{Case, cases};
use server::Server;

use crate::support::kai;

/// The longest that a run may take: its request timeout is a second.
const MOST: Duration = Duration::from_secs(12);
/// The most requests of a run.
const REQUESTS: usize = 80;
/// The most memory of a run of the debug binary, in KiB. One of the longest items that are read takes
/// some 20 MiB.
const MEMORY: usize = 120 * 1024;

/// What is to be seen of a run.
struct Seen {
    code: Option<i32>,
    took: Duration,
    peak: usize,
    paths: Vec<String>,
    stdout: String,
    stderr: String,
}

fn peak(child: &Child) -> Option<usize> {
    let status = || fs::read_to_string(format!("/proc/{}/status", child.id())).ok();
    // For a moment, a process that was just started shows the memory of the one that started it.
    if !status()?.starts_with("Name:\tkai\n") {
        return None;
    }
    let status = status()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn run(case: &Case, folder: &Path, number: usize) -> Seen {
    let server = Server::start(case.script.clone());
    let kubeconfig = folder.join(format!("kubeconfig-{number}"));
    let text = format!(
        "current-context: x\ncontexts: [{{name: x, context: {{cluster: c}}}}]\n\
         clusters: [{{name: c, cluster: {{server: 'http://{}'}}}}]\n",
        server.address()
    );
    fs::write(&kubeconfig, text).unwrap();
    let mut command = kai(["-v", "--request-timeout", "1", "-k"]);
    command.arg(&kubeconfig).args(&case.args).envs(case.environment.iter().copied());
    command.env("KAI_KUBERNETES_COMPRESSION", "on");
    let since = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let read = |mut from: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = from.read_to_end(&mut bytes);
            bytes
        })
    };
    let (stdout, stderr) = (read(Box::new(stdout)), read(Box::new(stderr)));
    let mut most = 0;
    let code = loop {
        most = most.max(peak(&child).unwrap_or_default());
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if since.elapsed() > MOST {
            let _ = child.kill();
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Seen {
        code,
        took: since.elapsed(),
        peak: most,
        paths: server.paths(),
        stdout: text(stdout.join().unwrap()),
        stderr: text(stderr.join().unwrap()),
    }
}

/// What is wrong with a run.
fn wrong(case: &Case, seen: &Seen) -> Option<String> {
    let unfit = |letter: char| {
        let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        letter != '\n' && (letter.is_control() || turns)
    };
    let whole =
        seen.stdout.is_empty() || serde_json::from_str::<serde_json::Value>(&seen.stdout).is_ok();
    let checks = [
        (matches!(seen.code, Some(0 | 2 | 3 | 4)), format!("it ends with {:?}", seen.code)),
        (seen.took < MOST, format!("it takes {:?}", seen.took)),
        (seen.peak < MEMORY, format!("it takes {} KiB", seen.peak)),
        (seen.paths.len() <= REQUESTS, format!("it makes {} requests", seen.paths.len())),
        (
            seen.paths.iter().any(|path| path == case.path),
            format!("it never asks for {}", case.path),
        ),
        (!seen.stderr.contains("panicked"), "it panics".to_owned()),
        (!seen.stderr.contains(unfit), "it steers the terminal".to_owned()),
        (whole, "its report is not whole".to_owned()),
        (
            seen.code == Some(0) || seen.stdout.is_empty() || seen.code == Some(4),
            "it fails and prints a report".to_owned(),
        ),
    ];
    let wrong: Vec<_> =
        checks.into_iter().filter(|(right, _)| !right).map(|(_, what)| what).collect();
    (!wrong.is_empty()).then(|| wrong.join(", "))
}

#[test]
fn whatever_a_server_answers_a_run_ends_as_it_should() {
    let folder = tempfile::tempdir().unwrap();
    let cases = cases();
    let (next, failures) = (Mutex::new(0..cases.len()), Mutex::new(Vec::new()));
    let slowest = Mutex::new((Duration::ZERO, 0, 0));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while let Some(number) = { next.lock().unwrap().next() } {
                    let case = &cases[number];
                    let seen = run(case, folder.path(), number);
                    let mut most = slowest.lock().unwrap();
                    *most = (
                        most.0.max(seen.took),
                        most.1.max(seen.peak),
                        most.2.max(seen.paths.len()),
                    );
                    drop(most);
                    if let Some(why) = wrong(case, &seen) {
                        let text = format!("{}: {why}\n{}\n", case.name, seen.stderr);
                        failures.lock().unwrap().push(text);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    println!(
        "{} cases; at most {:?} (time, KiB, requests)",
        cases.len(),
        slowest.into_inner().unwrap()
    );
    assert!(cases.len() >= 300, "{}", cases.len());
    assert!(failures.is_empty(), "{} cases:\n{}", failures.len(), failures.join("\n"));
}
