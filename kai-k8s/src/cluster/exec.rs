//! Credentials plugins, run as [client-go] runs them, once for each credential.
//!
//! [client-go]: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins

mod answer;
mod group;
#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::io::{self, ErrorKind, IsTerminal};
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use futures_util::future::{Either, select, try_join};
use kube::config::{Cluster, ExecAuthCluster, ExecConfig, ExecInteractiveMode};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

pub(crate) use self::answer::Issued;
use self::group::Group;

use crate::cluster::error::{ConnectError, Origin};
use crate::cluster::excerpt::{excerpt, excerpt_of_end};
use crate::cluster::explain;

/// The most that an answer may hold: certificates and their chains are some kilobytes.
const ANSWER_MAX: u64 = 1024 * 1024;
/// The most of its standard error that is kept.
const SAID_MAX: usize = 4096;
/// How much longer a plugin may take that asks a person.
const PERSON: u32 = 5;
/// How long its output is read on after its end: what it leaves running may hold that open.
const GRACE: Duration = Duration::from_millis(100);

const VERSIONS: [&str; 2] =
    ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

type Cause = Box<dyn StdError + Send + Sync>;

/// How a plugin is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PluginTimeout {
    pub(crate) timeout: Duration,
    /// Whether the plugin may be interactive.
    pub(crate) may_ask: bool,
}

/// A program that gives out credentials.
pub(crate) struct Plugin {
    command: String,
    args: Vec<String>,
    env: Vec<(String, String)>,
    version: &'static str,
    mode: ExecInteractiveMode,
    hint: Option<String>,
    /// What it wants to know of the cluster.
    cluster: Option<ExecAuthCluster>,
    origin: Origin,
}

impl Plugin {
    /// Reads what a kubeconfig says of it.
    pub(crate) fn new(
        exec: ExecConfig,
        cluster: &Cluster,
        origin: &Origin,
    ) -> Result<Self, ConnectError> {
        let invalid = |what, why: &str| {
            Err(ConnectError::Value { origin: origin.clone(), what, why: why.to_owned() })
        };
        let Some(command) = exec.command.filter(|command| !command.is_empty()) else {
            return invalid("exec.command", "it is missing; it is the program to run");
        };
        let said = exec.api_version.unwrap_or_default();
        let Some(version) = VERSIONS.into_iter().find(|version| *version == said) else {
            let known = format!("`{}` or `{}`", VERSIONS[0], VERSIONS[1]);
            return invalid(
                "exec.apiVersion",
                &match &*said {
                    "" => format!("it is missing; it is {known}"),
                    _ => format!("it is `{}`; it can be {known}", excerpt(&said)),
                },
            );
        };
        let mode = match exec.interactive_mode {
            Some(mode) => mode,
            None if version == VERSIONS[1] => ExecInteractiveMode::IfAvailable,
            None => {
                return invalid(
                    "exec.interactiveMode",
                    "it is missing; it is `Never`, `IfAvailable` or `Always`",
                );
            }
        };
        let variable = |mut pair: std::collections::HashMap<String, String>| {
            Some((pair.remove("name")?, pair.remove("value").unwrap_or_default()))
        };
        let cluster = exec.provide_cluster_info.then(|| ExecAuthCluster::try_from(cluster));
        Ok(Self {
            command,
            args: exec.args.unwrap_or_default(),
            env: exec.env.unwrap_or_default().into_iter().filter_map(variable).collect(),
            version,
            mode,
            hint: exec.install_hint.map(|hint| excerpt(&hint)).filter(|hint| !hint.is_empty()),
            cluster: cluster
                .transpose()
                .map_err(|error| explain::kubeconfig(error, origin.clone()))?,
            origin: origin.clone(),
        })
    }

    /// Runs it. It is killed when it takes too long, and when this future is dropped.
    pub(crate) async fn run(&self, patience: PluginTimeout) -> Result<Issued, ConnectError> {
        let terminal = io::stdin().is_terminal();
        let asks = asks(&self.mode, patience.may_ask, terminal).map_err(|why| self.failed(why))?;
        let limit = if asks { patience.timeout.saturating_mul(PERSON) } else { patience.timeout };
        tracing::debug!("running the credentials plugin `{}`", excerpt(&self.command));

        let mut command = Command::new(&self.command);
        command
            .args(&self.args)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .env("KUBERNETES_EXEC_INFO", self.info(asks))
            .stdin(if asks { Stdio::inherit() } else { Stdio::null() })
            .stdout(Stdio::piped())
            // Whoever is asked has to see the question.
            .stderr(if asks { Stdio::inherit() } else { Stdio::piped() })
            .kill_on_drop(true);
        // What it starts ends with it; but who is asked at a terminal has to be in the foreground.
        #[cfg(unix)]
        if !asks {
            command.process_group(0);
        }
        let mut child = command.spawn().map_err(|error| self.not_started(&error))?;
        let group = Group::of(&child, asks);
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());

        let (mut answer, mut said) = (Vec::new(), Vec::new());
        let reads = try_join(whole(stdout, &mut answer), ending(stderr, &mut said));
        let ended = timeout(limit, end(&mut child, reads)).await;
        if matches!(ended, Ok(Ok(_))) {
            // What it left running on purpose goes on.
            group.release();
        }
        let said = excerpt_of_end(&String::from_utf8_lossy(&said));
        if !said.is_empty() {
            tracing::debug!("the credentials plugin `{}` says: {said}", excerpt(&self.command));
        }
        match ended {
            Ok(Ok(status)) if status.success() => {
                let issued = Issued::read(&answer, self.version);
                issued.map_err(|why| self.failed(with_said(why, &said)))
            }
            Ok(Ok(status)) => Err(self.failed(with_said(format!("it ended with {status}"), &said))),
            Ok(Err(error)) => Err(self.failed(format!("its answer could not be read: {error}"))),
            Err(_) => {
                let seconds = limit.as_secs_f64();
                Err(self.failed(with_said(format!("it gave no answer within {seconds} s"), &said)))
            }
        }
    }

    /// The cluster, as the variable `KUBERNETES_EXEC_INFO` describes it to the plugin.
    fn info(&self, interactive: bool) -> String {
        let mut spec = json!({"interactive": interactive});
        if let Some(cluster) = &self.cluster {
            spec["cluster"] = json!(cluster);
        }
        json!({"kind": "ExecCredential", "apiVersion": self.version, "spec": spec}).to_string()
    }

    fn not_started(&self, error: &io::Error) -> ConnectError {
        if error.kind() != ErrorKind::NotFound {
            return self.failed(format!("it cannot be started: {error}"));
        }
        let by_path = self.command.contains(std::path::MAIN_SEPARATOR);
        let missing =
            if by_path { "there is no such file" } else { "it is not installed, or not in PATH" };
        self.failed_with(missing, self.hint.clone())
    }

    /// The error for a failure of this plugin.
    pub(crate) fn failed(&self, source: impl Into<Cause>) -> ConnectError {
        self.failed_with(source, None)
    }

    fn failed_with(&self, source: impl Into<Cause>, hint: Option<String>) -> ConnectError {
        ConnectError::Plugin {
            origin: self.origin.clone(),
            command: excerpt(&self.command),
            hint,
            source: source.into(),
        }
    }
}

/// Whether a plugin gets the terminal, to ask questions there.
fn asks(mode: &ExecInteractiveMode, may_ask: bool, terminal: bool) -> Result<bool, &'static str> {
    match mode {
        ExecInteractiveMode::Never => Ok(false),
        ExecInteractiveMode::IfAvailable => Ok(may_ask && terminal),
        ExecInteractiveMode::Always if !may_ask => {
            Err("it always asks questions (`interactiveMode: Always`), and here it may not")
        }
        ExecInteractiveMode::Always if !terminal => Err(
            "it always asks questions (`interactiveMode: Always`), and standard input is no terminal",
        ),
        ExecInteractiveMode::Always => Ok(true),
    }
}

fn with_said(what: String, said: &str) -> String {
    if said.is_empty() { what } else { format!("{what}: {said}") }
}

/// Waits for its end, and reads what it prints until then.
async fn end<T>(
    child: &mut Child,
    reads: impl Future<Output = io::Result<T>>,
) -> io::Result<ExitStatus> {
    match select(pin!(reads), pin!(child.wait())).await {
        Either::Left((read, exit)) => {
            read?;
            exit.await
        }
        Either::Right((status, reads)) => {
            if let Ok(read) = timeout(GRACE, reads).await {
                read?;
            }
            status
        }
    }
}

/// Reads to the end, but no more than an answer may hold.
async fn whole(from: Option<impl AsyncRead + Unpin>, bytes: &mut Vec<u8>) -> io::Result<()> {
    if let Some(from) = from {
        from.take(ANSWER_MAX + 1).read_to_end(bytes).await?;
    }
    if bytes.len() as u64 > ANSWER_MAX {
        return Err(io::Error::other("it is longer than 1 MiB"));
    }
    Ok(())
}

/// Reads to the end, and keeps what came last, which mostly says what is wrong.
async fn ending(from: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) -> io::Result<()> {
    let Some(mut from) = from else { return Ok(()) };
    let mut piece = [0; 1024];
    loop {
        let read = from.read(&mut piece).await?;
        if read == 0 {
            return Ok(());
        }
        kept.extend_from_slice(&piece[..read]);
        let surplus = kept.len().saturating_sub(SAID_MAX);
        kept.drain(..surplus);
    }
}
