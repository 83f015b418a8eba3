use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use testkit::{Answer, Api, Credentials, Error, Method, wait};

use super::super::contender::{Client, Contender};
use super::super::error::{self, BenchError, io};
use super::super::process::Clock;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often a daemon is asked whether it is synced.
const OFTEN: Duration = Duration::from_millis(5);

/// A program that follows the cluster. It ends with this.
pub(super) struct Daemon {
    name: &'static str,
    child: Child,
    clock: Clock,
    /// What it answers.
    api: Api,
    /// What it says.
    log: PathBuf,
}

impl Daemon {
    /// Starts it and waits until it is synced; with the seconds that took.
    pub(super) fn start(
        client: Client,
        contender: &Contender,
        home: &Path,
    ) -> Result<(Self, f64), BenchError> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.map_err(io("cannot find a free port"))?.to_string();
        let log = home.join("daemon.log");
        let stderr = File::create(&log).map_err(io(format!("cannot write {}", log.display())))?;
        let mut command = command(client, contender, home, &address);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(stderr);

        let began = Instant::now();
        let child = command.spawn().map_err(io(format!("cannot run {}", contender.name)))?;
        let api = Api::connect(&format!("http://{address}"), "", &Credentials::Anonymous);
        let clock = Clock::of(child.id())?;
        let mut daemon = Self { name: contender.name, child, clock, api, log };
        while !daemon.is_synced() {
            daemon.check()?;
            if began.elapsed() > PATIENCE {
                let reason = format!("it is not synced after {} s", PATIENCE.as_secs());
                return Err(BenchError::unexpected(daemon.name, reason));
            }
            sleep(OFTEN);
        }
        Ok((daemon, began.elapsed().as_secs_f64()))
    }

    fn is_synced(&self) -> bool {
        self.get("/readyz").is_ok_and(|answer| answer.status.is_success())
    }

    /// Whether it runs.
    fn check(&mut self) -> Result<(), BenchError> {
        match self.child.try_wait().map_err(io("cannot look after a program"))? {
            None => Ok(()),
            Some(status) => Err(BenchError::Failed {
                name: self.name.to_owned(),
                status: status.to_string(),
                stderr: error::read(&self.log)?.trim().to_owned(),
            }),
        }
    }

    /// The most bytes that it had in memory, and those that it has.
    pub(super) fn memory(&self) -> Result<(u64, u64), BenchError> {
        Ok((self.clock.memory_peak()?, self.clock.memory()?))
    }

    /// The seconds of CPU so far.
    pub(super) fn cpu(&self) -> Result<f64, BenchError> {
        self.clock.now()
    }

    /// Which of these images are not in its inventory, by one look at it.
    pub(super) fn unknown<'a>(
        &self,
        images: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<&'a str>, BenchError> {
        let answer = self.get("/inventory")?;
        if answer.status.is_success() {
            let text = String::from_utf8_lossy(&answer.body);
            let is_unknown = |image: &&str| !text.contains(&format!("\"{image}\""));
            return Ok(images.into_iter().filter(is_unknown).collect());
        }
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        let reason = format!("{}: {body}", answer.status);
        Err(BenchError::unexpected(format!("the inventory of {}", self.name), reason))
    }

    fn get(&self, path: &str) -> Result<Answer, Error> {
        wait(self.api.request(Method::GET, path, None))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Both fail only if it has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(client: Client, contender: &Contender, home: &Path, address: &str) -> Command {
    let mut command = contender.command(home);
    if client.is_informer() {
        command.args(["-listen", address]);
    } else {
        command.args(["--mode", "watch"]);
        command.envs([("KAI_LISTEN", address), ("KAI_LISTEN_INVENTORY", "true")]);
    }
    command
}
