//! Runs the real binary in an environment of the test's own.

#![allow(dead_code, reason = "each test binary uses some of it")]

#[cfg(unix)]
pub(crate) mod daemon;
#[cfg(target_os = "linux")]
pub(crate) mod pod;
#[cfg(unix)]
pub(crate) mod shell;
#[cfg(unix)]
pub(crate) mod terminal;

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use testkit::{ContainerFixture, ControlPlane, PodFixture, wait};

/// The folder of the whole project.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folder with the sample pod list.
pub(crate) fn examples() -> PathBuf {
    repository().join("examples")
}

/// `kai`, with nothing of the tester's environment.
pub(crate) fn kai(args: impl IntoIterator<Item = impl AsRef<std::ffi::OsStr>>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kai"));
    command.args(args).env_clear().env("HOME", "/nonexistent").stdin(Stdio::null());
    command
}

/// Runs `kai` to its end.
pub(crate) fn run<'a>(args: impl IntoIterator<Item = &'a str>) -> Ended {
    Ended::of(&mut kai(args))
}

/// Runs `kai -f -` with an input, and more flags.
pub(crate) fn run_with_input<'a>(input: &[u8], args: impl IntoIterator<Item = &'a str>) -> Ended {
    fed(input, kai(["-f", "-"]).args(args))
}

/// Runs a command with an input to its end.
pub(crate) fn fed(input: &[u8], command: &mut Command) -> Ended {
    let mut child = start(command.stdin(Stdio::piped()));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // What ends before it has read its input needs none.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output.into()
}

/// Starts a command with pipes for its output.
pub(crate) fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What a process left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn of(command: &mut Command) -> Self {
        command.output().unwrap().into()
    }

    /// The same with a text (a path of this run) replaced in both outputs.
    pub(crate) fn with(mut self, text: impl AsRef<Path>, by: &str) -> Self {
        let text = text.as_ref().to_str().unwrap();
        self.stdout = self.stdout.replace(text, by);
        self.stderr = self.stderr.replace(text, by);
        self
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// As a user sees it, without what differs from run to run.
impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.stdout.lines() {
            match line.split_once("\"timestamp\": \"") {
                Some((indent, _)) => writeln!(f, "{indent}\"timestamp\": \"[now]\",")?,
                None => writeln!(f, "{line}")?,
            }
        }
        if !self.stderr.is_empty() {
            writeln!(f, "[stderr]")?;
        }
        // How often it waits, and how long, is for chance to say.
        for line in self.stderr.lines().filter(|line| !line.contains(": trying again in ")) {
            match line.split_once(" distinct image") {
                Some((counts, rest)) if line.starts_with("info: ") => {
                    let plural = if rest.starts_with('s') { "s" } else { "" };
                    writeln!(f, "{counts} distinct image{plural} in [time]")?;
                }
                _ => writeln!(f, "{line}")?,
            }
        }
        match self.code {
            Some(code) => write!(f, "[exit code {code}]"),
            None => write!(f, "[killed]"),
        }
    }
}

/// Makes a namespace of the shared control plane, with a pod of one image.
pub(crate) fn make(namespace: &str) {
    let web = ContainerFixture::new("web", &format!("{namespace}:1")).running();
    let pod = PodFixture::new(namespace, "web-0").container(web);
    let api = ControlPlane::shared().api();
    wait(async {
        api.create_namespace(namespace).await.unwrap();
        api.create_pod(&pod.to_json()).await.unwrap();
    });
}

/// A pod list of this many pods, each with an image of its own.
pub(crate) fn pod_list(pods: usize) -> Vec<u8> {
    let items: Vec<String> = (0..pods)
        .map(|n| {
            format!(
                r#"{{"kind":"Pod","metadata":{{"namespace":"shop","name":"web-{n}"}},"spec":{{"containers":[{{"name":"app","image":"registry.example/team/app-{n}:1.0"}}]}},"status":{{"phase":"Running"}}}}"#
            )
        })
        .collect();
    format!(r#"{{"kind":"List","items":[{}]}}"#, items.join(",")).into_bytes()
}
