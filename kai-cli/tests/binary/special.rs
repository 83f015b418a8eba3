//! Pipes, devices and folders where a file is meant: nothing hangs, and nothing fills the memory.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use testkit::{Receiver, anchore};

use crate::support::shell::is_here;
use crate::support::{Ended, examples, fed, kai};

/// The longest that a run may take.
const LIMIT: Duration = Duration::from_secs(20);

/// A working directory with a pipe, a folder and a big file in it.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert!(Command::new("mkfifo").arg(folder.path().join("fifo")).status().unwrap().success());
    fs::create_dir(folder.path().join("folder")).unwrap();
    // Holes take no room.
    fs::File::create(folder.path().join("big")).unwrap().set_len(6 << 30).unwrap();
    std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    folder
}

fn sample() -> String {
    examples().join("pods.json").display().to_string()
}

/// Delivers the sample; what else is needed comes by variables.
fn delivery(receiver: &Receiver, folder: &Path) -> Command {
    let mut command = kai(["-f", &sample(), "--deliver", "--cluster-name", "c"]);
    command
        .current_dir(folder)
        .env("KAI_ANCHORE_URL", receiver.url())
        .env("KAI_ANCHORE_API", "v1")
        .env("KAI_ANCHORE_USER", "u");
    command
}

/// Runs to the end, which has to come soon.
fn soon(what: &str, command: &mut Command) -> Ended {
    let start = Instant::now();
    let ended = Ended::of(command);
    println!("{what}: {:?}\n{ended}", start.elapsed());
    assert!(start.elapsed() < LIMIT, "{what}");
    ended
}

#[test]
fn what_is_no_file_ends_the_run_with_code_2() {
    let folder = folder();
    let receiver = Receiver::plain(anchore(1));
    let special =
        ["fifo", "folder", "big", "socket", "/dev/zero", "./none", "fifo/x", "/dev/null/x"];
    for name in special {
        let args = ["-f", &sample(), "-c", name];
        let mut commands = vec![("-c", kai(args))];
        for key in ["PASSWORD_FILE", "HTTP_CA_CERT"] {
            let mut command = delivery(&receiver, folder.path());
            if key == "HTTP_CA_CERT" {
                command.env("KAI_ANCHORE_PASSWORD", "p");
            }
            command.env(format!("KAI_ANCHORE_{key}"), name);
            commands.push((key, command));
        }
        if !["big", "/dev/zero", "./none"].contains(&name) {
            let mut command = kai(["-f", &sample()]);
            command.env("KAI_LOG_FILE", name);
            commands.push(("LOG_FILE", command));
        }
        for (what, mut command) in commands {
            let what = format!("{what} {name}");
            let seen = soon(&what, command.current_dir(folder.path()));
            assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""), "{what}");
            assert!(seen.stderr.contains("error: ") && seen.stderr.contains('`'), "{what}");
        }
    }
    assert!(receiver.requests().is_empty());
}

#[test]
fn what_is_no_file_is_refused_in_a_stranger_s_folder_too() {
    for name in ["./.kai.yaml", "./kai.yaml", "./.kai/config.yaml"] {
        let folder = folder();
        fs::create_dir(folder.path().join(".kai")).unwrap();
        fs::rename(folder.path().join("fifo"), folder.path().join(name)).unwrap();
        let seen = soon(name, kai(["config"]).current_dir(folder.path()));
        assert_eq!(seen.code, Some(2));
        assert!(seen.stderr.contains(&format!("`{name}` cannot be read")));
        assert!(seen.stderr.contains("it is no regular file"));
        fs::remove_file(folder.path().join(name)).unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.path().join(name)).unwrap();
        assert_eq!(soon(name, kai(["config"]).current_dir(folder.path())).code, Some(2));
    }
    let folder = folder();
    for key in ["log: {file: ", "anchore: {password-file: ", "anchore: {http: {ca-cert: "] {
        for name in ["fifo", "folder", "socket"] {
            let close = if key.matches('{').count() == 2 { "}}" } else { "}" };
            let anchore = "KAI_ANCHORE_URL=http://127.0.0.1:1 KAI_ANCHORE_USER=u";
            let password = if key.contains("password-file") { "" } else { "p" };
            fs::write(folder.path().join("kai.yaml"), format!("{key}{name}{close}\n")).unwrap();
            let mut command = kai(["-f", &sample(), "--deliver", "--cluster-name", "c"]);
            let variables = anchore.split(' ').map(|pair| pair.split_once('=').unwrap());
            command.envs(variables).env("KAI_ANCHORE_PASSWORD", password);
            let seen = soon(&format!("{key}{name}"), command.current_dir(folder.path()));
            assert_eq!(seen.code, Some(2));
        }
    }
}

#[test]
fn a_pipe_that_is_written_to_is_read_as_a_file_is() {
    let folder = tempfile::tempdir().unwrap();
    let seen = fed(b"cluster-name: eks\n", &mut kai(["config", "-c", "/dev/stdin"]));
    assert!(seen.stdout.contains("cluster-name: eks  # /dev/stdin, line 1"), "{seen}");

    if !is_here("bash") {
        return;
    }
    let bash = |script: &str, command: &mut Command| {
        command.args(["-c", script]).env("KAI", env!("CARGO_BIN_EXE_kai"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        soon(script, command.env("PATH", path).stdin(Stdio::null()))
    };
    let config = "\"$KAI\" config -c <(sleep 0.3; echo 'cluster-name: eks')";
    let seen = bash(config, &mut Command::new("bash"));
    assert_eq!(seen.code, Some(0));
    assert!(seen.stdout.contains("cluster-name: eks  # /dev/fd/"), "{seen}");

    // It is read at the start, and meant again at each delivery.
    let receiver = Receiver::plain(anchore(1));
    let script = format!(
        "run() {{ KAI_ANCHORE_PASSWORD_FILE=$1 \"$KAI\" -q -f '{}' --deliver --cluster-name c; }}\n\
         run <(sleep 0.3; echo ours)",
        sample()
    );
    let mut command = Command::new("bash");
    command
        .current_dir(folder.path())
        .env("KAI_ANCHORE_URL", receiver.url())
        .env("KAI_ANCHORE_API", "v1")
        .env("KAI_ANCHORE_USER", "u");
    let seen = bash(&script, &mut command);
    assert_eq!(seen.code, Some(0));
    assert_eq!(receiver.requests()[0].header("authorization"), Some("Basic dTpvdXJz"));
}

#[test]
fn a_log_may_go_to_the_devices_that_people_name() {
    let args = ["-f", &sample(), "-n", "payments", "-o", "json"];
    let plain = Ended::of(&mut kai(args));
    for device in ["/dev/null", "/dev/stderr", "/dev/stdout", "/dev/fd/2"] {
        let seen = soon(device, kai(args).env("KAI_LOG_FILE", device));
        assert_eq!(seen.code, Some(0));
        let logged = "distinct images in";
        assert_eq!(seen.stderr.contains(logged), ["/dev/stderr", "/dev/fd/2"].contains(&device));
        assert_eq!(seen.stdout.contains(logged), device == "/dev/stdout");
    }
    assert!(plain.stderr.contains("distinct images in"));
}

#[test]
fn a_log_may_go_to_a_pipe_that_is_read() {
    let folder = folder();
    let fifo = folder.path().join("fifo");
    let reader = Command::new("cat").arg(&fifo).stdout(Stdio::piped()).spawn().unwrap();
    // Until it has opened the pipe, the pipe has no reader.
    let seen = (0..100).find_map(|_| {
        let seen = Ended::of(kai(["-f", &sample()]).env("KAI_LOG_FILE", &fifo));
        std::thread::sleep(Duration::from_millis(20));
        (seen.code == Some(0)).then_some(seen)
    });
    assert!(seen.is_some());
    let read = reader.wait_with_output().unwrap().stdout;
    assert!(String::from_utf8(read).unwrap().contains("distinct images in"));
}
