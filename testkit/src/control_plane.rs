mod access;
mod compaction;
mod etcd;
mod options;
mod start;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;

pub use access::User;
pub use options::Options;

use crate::kubeconfig::{self, Credentials};
use crate::pki::Authority;
use crate::supervisor::Supervisor;
use crate::{Api, Binaries, Error};

/// A running etcd and kube-apiserver on loopback.
///
/// There is no controller, no scheduler and no kubelet: nothing happens in the cluster but
/// what a test does. Both servers and their folder go when this is dropped or its process
/// ends in any way.
///
/// The methods block, without needing a runtime; they panic when the cluster refuses, since
/// a fixture that cannot be made is a failed test.
#[derive(Debug)]
pub struct ControlPlane {
    url: String,
    pub(crate) etcd: etcd::Etcd,
    admin_token: String,
    authority: Authority,
    binaries: Binaries,
    supervisor: Supervisor,
    etcd_arguments: Vec<String>,
    apiserver_arguments: Vec<String>,
    api: Api,
    users: Vec<User>,
    users_taken: AtomicUsize,
    names_taken: AtomicUsize,
}

impl ControlPlane {
    /// The control plane all tests of this process share, started by the first call. Keep
    /// out of each other's way with a namespace per test.
    ///
    /// # Panics
    /// When it does not start; the message says why.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<ControlPlane> = OnceLock::new();
        SHARED.get_or_init(|| match Self::start(&Options::default()) {
            Ok(control_plane) => control_plane,
            Err(error) => panic!("{}", error.with_causes()),
        })
    }

    /// Starts a control plane of the caller's own, in about three seconds.
    ///
    /// # Errors
    /// [`Error::Binaries`] when there is nothing to start, [`Error::Start`] with the
    /// server's last log lines when it does not become ready.
    pub fn start(options: &Options) -> Result<Self, Error> {
        start::start(options)
    }

    /// The API server's URL, `https://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The certificate authority of server and clients.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.authority.pem()
    }

    /// The folder of data, logs and settings.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.supervisor.folder()
    }

    /// The process ids of kube-apiserver and etcd, as far as they run.
    #[must_use]
    pub fn pids(&self) -> Vec<u32> {
        [start::APISERVER, start::ETCD]
            .iter()
            .filter_map(|name| self.supervisor.pid(name))
            .collect()
    }

    /// A client with all rights.
    #[must_use]
    pub fn api(&self) -> Api {
        self.api.clone()
    }

    /// A client with the rights of `credentials`, a token or anonymous.
    ///
    /// # Panics
    /// For a certificate: use a kubeconfig and another client.
    #[must_use]
    pub fn api_as(&self, credentials: &Credentials) -> Api {
        Api::connect(&self.url, &self.ca_pem(), credentials)
    }

    /// A kubeconfig with all rights, in a file that lives as long as the control plane.
    #[must_use]
    pub fn admin_kubeconfig(&self) -> std::path::PathBuf {
        self.folder().join(start::ADMIN_KUBECONFIG)
    }

    /// Credentials with all rights.
    #[must_use]
    pub fn admin(&self) -> Credentials {
        Credentials::Token(self.admin_token.clone())
    }

    /// A kubeconfig for this cluster.
    #[must_use]
    pub fn kubeconfig(&self, credentials: &Credentials) -> String {
        self.kubeconfig_via(&self.url, credentials)
    }

    /// A kubeconfig that reaches this cluster through a relay's URL; plain `http://` too.
    #[must_use]
    pub fn kubeconfig_via(&self, url: &str, credentials: &Credentials) -> String {
        kubeconfig::render(url, &self.ca_pem(), credentials)
    }

    /// A kubeconfig in a file that lives as long as the returned value.
    ///
    /// # Panics
    /// When the file cannot be written.
    #[must_use]
    pub fn write_kubeconfig(&self, credentials: &Credentials) -> tempfile::NamedTempFile {
        self.write_kubeconfig_via(&self.url, credentials)
    }

    /// [`Self::kubeconfig_via`] in a file that lives as long as the returned value.
    ///
    /// # Panics
    /// When the file cannot be written.
    #[must_use]
    pub fn write_kubeconfig_via(
        &self,
        url: &str,
        credentials: &Credentials,
    ) -> tempfile::NamedTempFile {
        let file = tempfile::Builder::new()
            .prefix("kubeconfig-")
            .suffix(".yaml")
            .tempfile()
            .expect("the folder for temporary files is writable");
        std::fs::write(file.path(), self.kubeconfig_via(url, credentials))
            .expect("a new file is writable");
        file
    }

    /// Runs kubectl with all rights.
    ///
    /// # Panics
    /// When there is no kubectl.
    #[must_use]
    pub fn kubectl(&self, arguments: &[&str]) -> Output {
        let kubectl = self.binaries.kubectl.as_ref().expect(
            "kubectl is beside kube-apiserver or on the PATH (hint: unset KUBEBUILDER_ASSETS to \
             have it built)",
        );
        Command::new(kubectl)
            .args(arguments)
            .env("KUBECONFIG", self.admin_kubeconfig())
            .env("KUBECACHEDIR", self.folder().join("kubectl"))
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("cannot run {}: {error}", kubectl.display()))
    }

    /// Kills the API server; etcd and with it all data stay.
    ///
    /// # Panics
    /// When the supervisor is gone.
    pub fn stop_apiserver(&self) {
        self.supervisor.stop(start::APISERVER).expect("the supervisor outlives the control plane");
    }

    /// Tells the API server to end (SIGTERM) and waits until it has: it goes on with watches for
    /// as long as a request may take, a minute unless `--request-timeout` says otherwise.
    ///
    /// # Panics
    /// When the supervisor is gone.
    pub fn end_apiserver(&self) {
        self.supervisor.end(start::APISERVER).expect("the supervisor outlives the control plane");
    }

    /// Starts a stopped API server again, on the same port.
    ///
    /// # Panics
    /// When it does not become ready.
    pub fn start_apiserver(&self) {
        if let Err(error) = self.run_apiserver() {
            panic!("{}", error.with_causes());
        }
    }

    /// Kills etcd; its data stay.
    ///
    /// # Panics
    /// When the supervisor is gone.
    pub fn stop_etcd(&self) {
        self.supervisor.stop(start::ETCD).expect("the supervisor outlives the control plane");
    }

    /// Starts a stopped etcd again, on the same port.
    ///
    /// # Panics
    /// When it does not become ready.
    pub fn start_etcd(&self) {
        if let Err(error) = self.run_etcd() {
            panic!("{}", error.with_causes());
        }
    }

    /// Copies the data of a stopped etcd, as a backup.
    ///
    /// # Panics
    /// When they can't be copied.
    pub fn back_up_etcd(&self) {
        copy(&self.folder().join("etcd"), &self.folder().join("backup"));
    }

    /// Puts a backup in the place of the data of a stopped etcd.
    ///
    /// # Panics
    /// When there is none.
    pub fn restore_etcd(&self) {
        let data = self.folder().join("etcd");
        std::fs::remove_dir_all(&data).expect("etcd has data");
        copy(&self.folder().join("backup"), &data);
    }
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("it can be read");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("a file can be copied");
        }
    }
}
