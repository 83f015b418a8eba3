mod control_plane;
mod go_build;
mod helm;
mod informer;

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Error;
use go_build::Module;

/// The Kubernetes version the Go build makes.
pub const KUBERNETES_VERSION: &str = "1.36.3";
/// The etcd version the Go build makes.
pub const ETCD_VERSION: &str = "3.6.8";
/// The Helm version the Go build makes.
pub const HELM_VERSION: &str = "3.19.2";
/// The version of client-go whose informer the Go build makes.
const CLIENT_GO_VERSION: &str = "0.36.3";

const ASSETS: &str = "KUBEBUILDER_ASSETS";
const SERVERS: [&str; 2] = ["kube-apiserver", "etcd"];

/// Where the programs of a control plane are.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Binaries {
    /// The API server.
    pub kube_apiserver: PathBuf,
    /// Its store.
    pub etcd: PathBuf,
    /// The command line client, if there is one.
    pub kubectl: Option<PathBuf>,
}

impl Binaries {
    /// Finds the programs, or builds them, which takes minutes and happens once.
    ///
    /// In this order: the folder `KUBEBUILDER_ASSETS` names, the cache, `setup-envtest`,
    /// a build with Go into the cache.
    ///
    /// # Errors
    /// [`Error::Binaries`] when none of them works; it says what to install.
    pub fn locate() -> Result<Self, Error> {
        if let Some(folder) = env::var_os(ASSETS).filter(|folder| !folder.is_empty()) {
            let folder = PathBuf::from(folder);
            return Self::within(&folder).ok_or_else(|| {
                Error::Binaries(format!(
                    "{ASSETS} is `{}`, which lacks kube-apiserver or etcd (hint: unset it to have \
                     them built)",
                    folder.display()
                ))
            });
        }
        build_once(&control_plane::module(), Self::within, || {
            setup_envtest().as_deref().and_then(Self::within)
        })
    }

    /// The folder of the servers.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.kube_apiserver.parent().unwrap_or(Path::new(""))
    }

    /// The programs in `folder`, if both servers are there.
    fn within(folder: &Path) -> Option<Self> {
        let [kube_apiserver, etcd] = SERVERS.map(|name| folder.join(name));
        if !kube_apiserver.is_file() || !etcd.is_file() {
            return None;
        }
        let kubectl = folder.join("kubectl");
        let kubectl = if kubectl.is_file() { Some(kubectl) } else { on_path("kubectl") };
        Some(Self { kube_apiserver, etcd, kubectl })
    }
}

/// The helm of the cache, built if need be; `None` where there is no Go.
pub(crate) fn helm() -> Result<Option<PathBuf>, Error> {
    program(&helm::module(), "helm")
}

/// The informer of client-go of the cache, built if need be; `None` where there is no Go.
///
/// `informer [-slim] -kubeconfig FILE -listen ADDRESS` follows all pods: it answers `/readyz` once it
/// is synced, and `/inventory` with their images. With `-slim`, it keeps names and images only.
///
/// # Errors
/// [`Error::Binaries`] when Go is there and doesn't build it.
pub fn informer() -> Result<Option<PathBuf>, Error> {
    program(&informer::module(), "informer")
}

fn program(module: &Module, name: &str) -> Result<Option<PathBuf>, Error> {
    let within = |folder: &Path| Some(folder.join(name)).filter(|program| program.is_file());
    if let Some(found) = within(&cache_folder()?.join(&module.key)) {
        return Ok(Some(found));
    }
    if on_path("go").is_none() {
        return Ok(None);
    }
    build_once(module, within, || None).map(Some)
}

/// What `within` finds in the module's folder of the cache; else what `otherwise` has; else
/// what Go builds.
fn build_once<T>(
    module: &Module,
    within: impl Fn(&Path) -> Option<T>,
    otherwise: impl FnOnce() -> Option<T>,
) -> Result<T, Error> {
    let cache = cache_folder()?;
    let cached = cache.join(&module.key);
    if let Some(found) = within(&cached) {
        return Ok(found);
    }
    fs::create_dir_all(&cache).map_err(Error::io(format!("cannot create {}", cache.display())))?;
    let lock = cache.join(format!("{}.lock", module.key));
    let lock =
        File::create(&lock).map_err(Error::io(format!("cannot create {}", lock.display())))?;
    // Test processes start together: one builds, the others wait for it here.
    lock.lock().map_err(Error::io("cannot lock the cache"))?;
    if let Some(found) = within(&cached) {
        return Ok(found);
    }
    if let Some(found) = otherwise() {
        return Ok(found);
    }
    go_build::build(module, &cache, &cached)?;
    within(&cached)
        .ok_or_else(|| Error::Binaries(format!("the build left {} incomplete", cached.display())))
}

fn cache_folder() -> Result<PathBuf, Error> {
    let base = match env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => env::home_dir()
            .ok_or_else(|| Error::Binaries("no home folder (hint: set XDG_CACHE_HOME)".to_owned()))?
            .join(".cache"),
    };
    Ok(base.join("kai").join("control-plane"))
}

pub(crate) fn on_path(name: impl AsRef<Path>) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(&name)).find(|file| file.is_file())
}

/// The folder of binaries `setup-envtest` has or fetches. The network is asked last, and
/// whether it answers before it is waited for: a closed one may drop packets silently.
fn setup_envtest() -> Option<PathBuf> {
    let tool = on_path("setup-envtest")?;
    let minor = KUBERNETES_VERSION.rsplit_once('.')?.0;
    let version = format!("{minor}.x");
    let ask = |arguments: &[&str], patience| {
        let mut command = Command::new(&tool);
        command.args(arguments).arg(&version);
        output_within(&mut command, Duration::from_secs(patience))
    };
    let folder = ask(&["use", "--installed-only", "--print", "path"], 5).or_else(|| {
        ask(&["list"], 5)?;
        eprintln!("testkit: setup-envtest fetches a control plane");
        ask(&["use", "--print", "path"], 300)
    })?;
    Some(PathBuf::from(folder.trim()))
}

/// What a command prints if it succeeds in time.
fn output_within(command: &mut Command, patience: Duration) -> Option<String> {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let deadline = Instant::now() + patience;
    let status = loop {
        match child.try_wait().ok()? {
            Some(status) => break status,
            None if Instant::now() >= deadline => {
                stop(&mut child);
                return None;
            }
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    let output = std::io::read_to_string(child.stdout.take()?).ok()?;
    status.success().then_some(output)
}

fn stop(child: &mut Child) {
    // Both fail only if it has already ended.
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_etcd_is_not_a_control_plane() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("kube-apiserver"), "").unwrap();
        assert!(Binaries::within(folder.path()).is_none());
        fs::write(folder.path().join("etcd"), "").unwrap();
        let found = Binaries::within(folder.path()).unwrap();
        assert_eq!(found.etcd, folder.path().join("etcd"));
    }

    #[test]
    fn kubectl_beside_the_servers_wins_over_the_path() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["kube-apiserver", "etcd", "kubectl"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let found = Binaries::within(folder.path()).unwrap();
        assert_eq!(found.kubectl, Some(folder.path().join("kubectl")));
    }

    #[test]
    fn a_command_that_does_not_answer_is_given_up() {
        let asked = Instant::now();
        let answer = output_within(Command::new("sleep").arg("30"), Duration::from_millis(100));
        assert_eq!(answer, None);
        assert!(asked.elapsed() < Duration::from_secs(10));
        let answer = output_within(Command::new("echo").arg("here"), Duration::from_secs(10));
        assert_eq!(answer.as_deref(), Some("here\n"));
    }
}
