//! Runs the real binary in a root of its own, as a container does: nothing is there but the binary,
//! what it links to, and the files that a pod has.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// Where a pod has the files of its service account.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// Where the image has the binary.
const KAI: &str = "/usr/local/bin/kai";

/// What a kubelet would start.
pub(crate) struct Pod {
    root: TempDir,
    way: &'static [&'static str],
}

impl Pod {
    /// A pod of a service account of `namespace`, which has these files; one without a path is the
    /// account's, and one whose path ends in `/` is an empty folder. `None` where it can't be run.
    pub(crate) fn new(namespace: &str, files: &[(&str, &str)]) -> Option<Self> {
        let way = way()?;
        // Beside the binary, so that it need not be copied.
        let pod = Self { root: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap(), way };
        let kai = pod.path(KAI);
        fs::create_dir_all(kai.parent().unwrap()).unwrap();
        fs::hard_link(env!("CARGO_BIN_EXE_kai"), &kai).unwrap();
        for library in libraries() {
            let to = pod.path(library);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(library, to).unwrap();
        }
        pod.put("namespace", namespace);
        for (path, text) in files {
            pod.put(path, text);
        }
        Some(pod)
    }

    /// Writes a file.
    pub(crate) fn put(&self, path: &str, text: &str) {
        let path = Path::new(ACCOUNT).join(path);
        let to = self.path(path.to_str().unwrap());
        if path.to_str().unwrap().ends_with('/') {
            fs::create_dir_all(to).unwrap();
        } else {
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, text).unwrap();
        }
    }

    /// The container's process in the cluster of this server.
    pub(crate) fn command(&self, server: &str) -> Command {
        let (host, port) = server.trim_start_matches("https://").split_once(':').unwrap();
        let (program, arguments) = self.way.split_first().unwrap();
        let mut command = Command::new(program);
        command
            .args(arguments)
            .arg(self.root.path())
            .arg(KAI)
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", "/")
            .env("KUBERNETES_SERVICE_HOST", host)
            .env("KUBERNETES_SERVICE_PORT", port)
            // A pod asks its own cluster's server without a detour; here it is on this machine.
            .env("HTTPS_PROXY", "http://127.0.0.1:1")
            .stdin(Stdio::null());
        command
    }

    /// Where a path of the pod is on this machine.
    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path.trim_start_matches('/'))
    }
}

/// How to get another root here; `None`: not at all, and the reason is printed.
fn way() -> Option<&'static [&'static str]> {
    const WAYS: [&[&str]; 2] = [&["chroot"], &["unshare", "--map-root-user", "chroot"]];
    static WAY: OnceLock<Option<&[&str]>> = OnceLock::new();
    let way = WAY.get_or_init(|| {
        let mut why = Vec::new();
        for way in WAYS {
            match Command::new(way[0]).args(&way[1..]).args(["/", "true"]).output() {
                Ok(output) if output.status.success() => return Some(way),
                Ok(output) => why.push(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
                Err(error) => why.push(error.to_string()),
            }
        }
        // Who may do everything has to be able to do this; elsewhere it depends on the machine.
        let root = fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0);
        assert!(!(root && env::var_os("CI").is_some()), "no other root in CI: {why:?}");
        println!("skipped, as there is no other root to have here: {why:?}");
        None
    });
    *way
}

/// What the binary links to, the loader too.
fn libraries() -> &'static [String] {
    static LIBRARIES: OnceLock<Vec<String>> = OnceLock::new();
    LIBRARIES.get_or_init(|| {
        let output = Command::new("ldd").arg(env!("CARGO_BIN_EXE_kai")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let listed = String::from_utf8(output.stdout).unwrap();
        let paths = listed.lines().filter_map(|line| line.split(' ').find(|it| it.contains('/')));
        paths.map(|path| path.trim().to_owned()).collect()
    })
}
