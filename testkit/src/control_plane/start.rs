use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use hyper::Method;

use super::access;
use super::etcd::Etcd;
use super::{ControlPlane, Options};
use crate::kubeconfig::{self, Credentials};
use crate::pki::{self, Authority};
use crate::supervisor::Supervisor;
use crate::{Api, Binaries, Error, wait};

pub(super) const APISERVER: &str = "kube-apiserver";
pub(super) const ETCD: &str = "etcd";
pub(super) const ADMIN_KUBECONFIG: &str = "admin.kubeconfig";

/// Three seconds suffice on an idle machine; a test run keeps all its cores busy.
const PATIENCE: Duration = Duration::from_secs(120);
/// Someone else may take a port between its choice and its use.
const ATTEMPTS: usize = 5;

pub(super) fn start(options: &Options) -> Result<ControlPlane, Error> {
    let binaries = Binaries::locate()?;
    let mut attempt = 1;
    loop {
        match start_once(options, &binaries) {
            Err(Error::Start { log, .. })
                if attempt < ATTEMPTS && log.contains("address already in use") =>
            {
                attempt += 1;
            }
            result => return result,
        }
    }
}

fn start_once(options: &Options, binaries: &Binaries) -> Result<ControlPlane, Error> {
    let folder = tempfile::Builder::new()
        .prefix("kai-control-plane-")
        .tempdir()
        .map_err(Error::io("cannot create a temporary folder"))?;
    let supervisor = Supervisor::start(folder.keep())?;
    let folder = supervisor.folder().to_owned();
    let [client_port, peer_port, port] = free_ports()?;
    let url = format!("https://127.0.0.1:{port}");
    let etcd_url = format!("http://127.0.0.1:{client_port}");

    let etcd_arguments = etcd_arguments(&etcd_url, peer_port);
    supervisor.run(ETCD, &binaries.etcd, &etcd_arguments)?;
    // Keys and tokens are made while etcd starts.
    let authority = Authority::new()?;
    let users = access::plain_users();
    let admin_token = access::random_token();
    let ca_pem = authority.pem();
    write_secrets(&folder, &authority, &access::token_file(&admin_token, &users))?;
    let admin = Credentials::Token(admin_token.clone());
    write(&folder, ADMIN_KUBECONFIG, &kubeconfig::render(&url, &ca_pem, &admin))?;
    let etcd = Etcd::new(&etcd_url);
    until_ready(&supervisor, ETCD, || wait(etcd.is_ready()))?;

    let mut apiserver_arguments = apiserver_arguments(&etcd_url, port);
    apiserver_arguments.extend_from_slice(options.apiserver_arguments());
    let control_plane = ControlPlane {
        api: Api::connect(&url, &ca_pem, &admin),
        url,
        etcd,
        admin_token,
        authority,
        binaries: binaries.clone(),
        supervisor,
        etcd_arguments,
        apiserver_arguments,
        users,
        users_taken: AtomicUsize::new(0),
        names_taken: AtomicUsize::new(0),
    };
    control_plane.run_apiserver()?;
    Ok(control_plane)
}

impl ControlPlane {
    pub(super) fn run_etcd(&self) -> Result<(), Error> {
        self.supervisor.run(ETCD, &self.binaries.etcd, &self.etcd_arguments)?;
        until_ready(&self.supervisor, ETCD, || wait(self.etcd.is_ready()))
    }

    pub(super) fn run_apiserver(&self) -> Result<(), Error> {
        self.supervisor.run(APISERVER, &self.binaries.kube_apiserver, &self.apiserver_arguments)?;
        // No connection of the shared pool: that of a stopped server would fail the first try.
        let api = self.api_as(&self.admin());
        until_ready(&self.supervisor, APISERVER, || {
            wait(api.request(Method::GET, "/readyz", None)).is_ok_and(|a| a.status.is_success())
        })
    }
}

fn until_ready(
    supervisor: &Supervisor,
    server: &'static str,
    ready: impl Fn() -> bool,
) -> Result<(), Error> {
    let deadline = Instant::now() + PATIENCE;
    let reason = loop {
        if ready() {
            return Ok(());
        }
        if let Some(code) = supervisor.exit_code(server) {
            break format!("it ended with exit code {code}");
        }
        if Instant::now() >= deadline {
            break format!("not ready after {} s", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    Err(Error::Start { server, reason, log: supervisor.log_tail(server) })
}

/// Ports that were free a moment ago; all are held until the last is chosen.
fn free_ports<const N: usize>() -> Result<[u16; N], Error> {
    let mut held = Vec::with_capacity(N);
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .map_err(Error::io("cannot listen on 127.0.0.1"))?;
        *port = listener.local_addr().map_err(Error::io("a listener has no address"))?.port();
        held.push(listener);
    }
    Ok(ports)
}

fn write_secrets(folder: &Path, authority: &Authority, tokens: &str) -> Result<(), Error> {
    let server = authority.server()?;
    let (signing_key, verifying_key) = pki::service_account_keys()?;
    for (name, text) in [
        ("ca.crt", authority.pem().as_str()),
        ("server.crt", &server.certificate),
        ("server.key", &server.key),
        ("sa.key", &signing_key),
        ("sa.pub", &verifying_key),
        ("tokens.csv", tokens),
    ] {
        write(folder, name, text)?;
    }
    Ok(())
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Error> {
    fs::write(folder.join(name), text).map_err(Error::io(format!("cannot write {name}")))
}

/// File names are relative: the servers run in their folder.
fn etcd_arguments(url: &str, peer_port: u16) -> Vec<String> {
    let peer = format!("http://127.0.0.1:{peer_port}");
    [
        "--data-dir=etcd".to_owned(),
        format!("--listen-client-urls={url}"),
        format!("--advertise-client-urls={url}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=default={peer}"),
        "--unsafe-no-fsync".to_owned(),
        // The limit of 2 GiB is below what a big load writes.
        "--quota-backend-bytes=8589934592".to_owned(),
        "--log-level=warn".to_owned(),
    ]
    .to_vec()
}

fn apiserver_arguments(etcd_url: &str, port: u16) -> Vec<String> {
    let mut arguments = vec![format!("--etcd-servers={etcd_url}"), format!("--secure-port={port}")];
    let fixed = [
        "--bind-address=127.0.0.1",
        "--tls-cert-file=server.crt",
        "--tls-private-key-file=server.key",
        "--client-ca-file=ca.crt",
        "--token-auth-file=tokens.csv",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--service-account-key-file=sa.pub",
        "--service-account-signing-key-file=sa.key",
        "--service-account-issuer=https://kubernetes.default.svc",
        // No controller creates the accounts this plugin asks for.
        "--disable-admission-plugins=ServiceAccount",
        "--allow-privileged=true",
        // Nobody uses the `kubernetes` Service, whose endpoints are otherwise renewed.
        "--endpoint-reconciler-type=none",
        "--profiling=false",
    ];
    arguments.extend(fixed.map(str::to_owned));
    arguments
}
