use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::Error;

const SCRIPT: &str = include_str!("supervisor.sh");

/// A shell that owns the servers and their folder, and outlives the test process by the
/// moment it takes to end them. The kernel closes the pipe to it on every kind of exit,
/// `kill -9` included; a parent-death signal would fire when the *thread* that started the
/// servers ends, and destructors don't run for statics.
#[derive(Debug)]
pub(crate) struct Supervisor {
    folder: PathBuf,
    shell: Child,
    /// `None` once the servers are being ended.
    orders: Mutex<Option<ChildStdin>>,
}

impl Supervisor {
    /// Takes over `folder`, which goes when the supervisor goes.
    pub(crate) fn start(folder: PathBuf) -> Result<Self, Error> {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "supervisor"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C and a test runner's kill go to the process group; it has to survive both.
            .process_group(0)
            .spawn()
            .map_err(Error::io("cannot run sh"))?;
        let orders = Mutex::new(shell.stdin.take());
        Ok(Self { folder, shell, orders })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts a server under `name`.
    pub(crate) fn run(
        &self,
        name: &str,
        program: &Path,
        arguments: &[String],
    ) -> Result<(), Error> {
        let mut script = format!("exec {}", quote(&program.to_string_lossy()));
        for argument in arguments {
            script.push_str(" \\\n    ");
            script.push_str(&quote(argument));
        }
        script.push('\n');
        fs::write(self.file(name, "sh"), script)
            .map_err(Error::io("cannot write a start script"))?;
        let _ = fs::remove_file(self.file(name, "exit")); // of an earlier run
        self.order("start", name)
    }

    /// Kills a server and waits until it is gone.
    pub(crate) fn stop(&self, name: &str) -> Result<(), Error> {
        self.order("stop", name)?;
        self.wait_until_gone(name, Duration::from_secs(10));
        Ok(())
    }

    /// Tells a server to end, and waits until it is gone.
    pub(crate) fn end(&self, name: &str) -> Result<(), Error> {
        self.order("end", name)?;
        self.wait_until_gone(name, Duration::from_secs(90));
        Ok(())
    }

    fn wait_until_gone(&self, name: &str, within: Duration) {
        let deadline = Instant::now() + within;
        while self.exit_code(name).is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn order(&self, verb: &str, name: &str) -> Result<(), Error> {
        let mut orders = self.orders.lock().expect("no holder panics");
        orders
            .as_mut()
            .expect("open until dropped")
            .write_all(format!("{verb} {name}\n").as_bytes())
            .map_err(Error::io("the supervisor is gone"))
    }

    /// How a server ended, if it did.
    pub(crate) fn exit_code(&self, name: &str) -> Option<String> {
        let code = fs::read_to_string(self.file(name, "exit")).ok()?;
        Some(code.trim().to_owned())
    }

    /// The process id of a running server.
    pub(crate) fn pid(&self, name: &str) -> Option<u32> {
        fs::read_to_string(self.file(name, "pid")).ok()?.trim().parse().ok()
    }

    /// The last lines a server logged.
    pub(crate) fn log_tail(&self, name: &str) -> String {
        let log = fs::read(self.file(name, "log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    fn file(&self, name: &str, extension: &str) -> PathBuf {
        self.folder.join(name).with_extension(extension)
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // Closing the pipe is the order to end; afterwards nothing may be left behind.
        self.orders.get_mut().expect("no holder panics").take();
        let _ = self.shell.wait();
    }
}

/// One word of a shell command.
fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_word_survives_the_shell() {
        let word = r#"a b'c"d$e\f"#;
        let echo = format!("printf %s {}", quote(word));
        let output = Command::new("sh").args(["-c", &echo]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), word);
    }

    #[test]
    fn an_early_death_is_reported_with_code_and_log() {
        let folder = tempfile::tempdir().unwrap().keep();
        let supervisor = Supervisor::start(folder.clone()).unwrap();
        let arguments = ["-c", "echo no such flag; exit 7"].map(str::to_owned);
        supervisor.run("etcd", Path::new("sh"), &arguments).unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while supervisor.exit_code("etcd").is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(supervisor.exit_code("etcd").as_deref(), Some("7"));
        assert_eq!(supervisor.log_tail("etcd"), "no such flag");
        drop(supervisor);
        assert!(!folder.exists());
    }
}
