use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use jiff::Timestamp;
use serde_json::{Value, json};
use testkit::{ControlPlane, Credentials, Error, Load, Method, Options, wait};

use super::contender::{CURL, CURL_32, Client, Contender, KAI};
use super::contest::{Contest, OWN_NAMESPACES, Scenario};
use super::curl;
use super::error::{BenchError, write};
use super::measure::measure;
use super::metrics::Requests;
use super::process::Clock;
use super::rounds::{Rounds, alternate};
use super::sample::{Sample, ServerShare, seconds};
use super::situation::{COMPACTION, Situation};
use super::size::Size;
use super::watch::{self, Ground, Period, Watching};

/// A control plane with a load, for the contests of one size.
pub(super) struct Cluster {
    size: Size,
    control_plane: ControlPlane,
    clock: Clock,
    home: tempfile::TempDir,
}

impl Cluster {
    pub(super) fn start(size: Size) -> Result<Self, BenchError> {
        let Size { pods, namespaces } = size;
        let begin = Instant::now();
        // For `/debug/pprof`, through which the server can be told to collect its garbage.
        let options = Options::default()
            .apiserver_argument("--profiling=true")
            .apiserver_argument(format!("--etcd-compaction-interval={COMPACTION}"));
        let control_plane = ControlPlane::start(&options)?;
        Load::new(pods, namespaces).inject(&control_plane)?;
        let pid = control_plane.pids().first().copied().unwrap_or_default();
        let clock = Clock::of(pid)?;
        clock.at_rest()?;
        eprintln!("{pods} pods are there after {} s", seconds(begin.elapsed().as_secs_f64()));
        let home = tempfile::tempdir().map_err(super::error::io("cannot make a folder"))?;
        Ok(Self { size, control_plane, clock, home })
    }

    /// The server's own version.
    pub(super) fn version(&self) -> Result<String, BenchError> {
        let version = wait(self.control_plane.api().get("/version"))?;
        Ok(version["gitVersion"].as_str().unwrap_or("of unknown version").to_owned())
    }

    /// Measures the clients in a situation.
    pub(super) fn contest(
        &self,
        clients: &[(Client, PathBuf)],
        situation: Situation,
        rounds: Rounds,
    ) -> Result<Contest, BenchError> {
        let Size { pods, namespaces } = self.size;
        let scenario = Scenario::Cluster { pods, namespaces, situation };
        eprintln!("{}:", scenario.title());
        let relay = situation.relay(&self.control_plane);
        let url = relay.as_ref().map_or(self.control_plane.url(), |relay| relay.url());
        let (kubeconfig, curl_config) = self.write_settings(url)?;
        let contenders: Vec<Contender> = clients
            .iter()
            .map(|(client, program)| {
                Contender::client(*client, program.clone(), situation, &kubeconfig, &curl_config)
            })
            .collect();
        for contender in contenders.iter().filter(|contender| contender.name == KAI) {
            self.check(contender)?;
        }
        thread::sleep(situation.rest());
        let names: Vec<&'static str> = contenders.iter().map(|contender| contender.name).collect();
        let entries = alternate(&names, rounds, |index| self.run(&contenders[index], situation))?;
        Ok(Contest { scenario, entries })
    }

    /// Measures those that follow the cluster.
    pub(super) fn watch(
        &self,
        clients: &[(Client, PathBuf)],
        rounds: usize,
        period: Period,
    ) -> Result<Watching, BenchError> {
        let Size { pods, namespaces } = self.size;
        let situation = Situation::Watch;
        let scenario = Scenario::Cluster { pods, namespaces, situation };
        eprintln!("{}:", scenario.title());
        let (kubeconfig, curl) = self.write_settings(self.control_plane.url())?;
        let followers: Vec<(Client, Contender)> = clients
            .iter()
            .map(|(client, program)| {
                let program = program.clone();
                (*client, Contender::client(*client, program, situation, &kubeconfig, &curl))
            })
            .collect();
        let (api, server) = (self.control_plane.api(), self.clock);
        let ground = Ground { api, server, home: self.home.path() };
        let entries = watch::follow(&ground, &followers, rounds, period)?;
        Ok(Watching { scenario, entries })
    }

    /// The files with which clients find the server: a kubeconfig, and curl's settings.
    fn write_settings(&self, url: &str) -> Result<(PathBuf, PathBuf), BenchError> {
        let admin = self.control_plane.admin();
        let file = |name: &str, text: &str| {
            let path = self.home.path().join(name);
            write(&path, text).map(|()| path)
        };
        let Credentials::Token(token) = &admin else {
            return Err(BenchError::unexpected("the administrator", "no token is known"));
        };
        let ca = file("ca.crt", &self.control_plane.ca_pem())?;
        let namespaces = wait(self.control_plane.api().list("/api/v1/namespaces"))?;
        let names = namespaces.iter().filter_map(|item| item["metadata"]["name"].as_str());
        let curl = file("curl.conf", &curl::config(url, &ca, token, names))?;
        Ok((file("kubeconfig", &self.control_plane.kubeconfig_via(url, &admin))?, curl))
    }

    /// Whether kai reports what is there: a fast wrong answer would win.
    fn check(&self, kai: &Contender) -> Result<(), BenchError> {
        let output =
            kai.command(self.home.path()).output().map_err(super::error::io("cannot run kai"))?;
        let report: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
            BenchError::unexpected(
                "kai's report",
                format!("{error}: {}", String::from_utf8_lossy(&output.stderr).trim()),
            )
        })?;
        let found = report["results"].as_array().map_or(0, Vec::len);
        let expected = self.size.namespaces + OWN_NAMESPACES;
        if found == expected {
            return Ok(());
        }
        let reason = format!("{found} namespaces instead of {expected}");
        Err(BenchError::unexpected("kai's report", reason))
    }

    fn run(&self, contender: &Contender, situation: Situation) -> Result<Sample, BenchError> {
        if situation != Situation::Rest {
            self.change_a_pod()?;
        }
        // In this order, so that neither another run's garbage nor reading the counters counts.
        self.get("/debug/pprof/heap?gc=1")?;
        let requests_before = self.requests()?;
        let cpu_before = self.clock.at_rest()?;
        let memory = self.clock.memory_peak_from_now()?;
        let (client, stderr) =
            measure(contender.name, &contender.command(Path::new(self.home.path())))?;
        let cpu = self.clock.at_rest()? - cpu_before;
        let memory = self.clock.memory_peak()?.saturating_sub(memory);
        let requests = self.requests()?.since(requests_before);
        match contender.name {
            CURL => curl::check(&stderr, curl::PARALLEL)?,
            CURL_32 => curl::check(&stderr, curl::MANY)?,
            _ => {}
        }
        eprintln!(
            "  {}: {} s, of the server {} s and {} MiB, {} lists",
            contender.name,
            seconds(client.wall),
            seconds(cpu),
            memory >> 20,
            requests.lists
        );
        Ok(Sample { client, server: Some(ServerShare { cpu, memory, requests }) })
    }

    /// Changes a pod, as some do all the time in a cluster that is in use. Where none did for some
    /// minutes, the server reads all pages but the first from etcd, at many times the cost.
    fn change_a_pod(&self) -> Result<(), BenchError> {
        let api = self.control_plane.api();
        let first = wait(api.get("/api/v1/pods?limit=1"))?;
        let metadata = &first["items"][0]["metadata"];
        if let (Some(namespace), Some(name)) =
            (metadata["namespace"].as_str(), metadata["name"].as_str())
        {
            let path = format!("/api/v1/namespaces/{namespace}/pods/{name}");
            let now = Timestamp::now().to_string();
            wait(api.merge_patch(&path, &json!({"metadata": {"annotations": {"changed": now}}})))?;
        }
        Ok(())
    }

    fn requests(&self) -> Result<Requests, BenchError> {
        Ok(Requests::parse(&self.get("/metrics")?))
    }

    /// A text that is no object of the API.
    fn get(&self, path: &str) -> Result<String, BenchError> {
        let answer = wait(self.control_plane.api().request(Method::GET, path, None))?;
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        if answer.status.is_success() {
            return Ok(body);
        }
        let (method, path, status) = ("GET".to_owned(), path.to_owned(), answer.status.as_u16());
        Err(Error::Refused { method, path, status, body }.into())
    }
}
