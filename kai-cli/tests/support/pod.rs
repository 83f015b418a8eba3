//! Runs the real binary with the files that a pod has where a pod has them, in a mount namespace
//! of its own, so that nothing is written where other programs look.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::Ended;

/// Where a pod has its secrets, relative to `/var/run/secrets`.
const ACCOUNT: &str = "kubernetes.io/serviceaccount";

/// Puts the files of the folder `$1` where a pod has them, and runs the rest.
const IN_A_POD: &str = "set -e
mount -t tmpfs tmpfs /var/run
mkdir /var/run/secrets
cp -r \"$1\"/. /var/run/secrets
shift
exec \"$@\"";

/// How to get a mount namespace here; `None`: not at all, and the reason is printed.
fn unshare() -> Option<&'static [&'static str]> {
    const WAYS: [&[&str]; 2] = [&["--mount"], &["--mount", "--map-root-user"]];
    static WAY: OnceLock<Option<&[&str]>> = OnceLock::new();
    let way = WAY.get_or_init(|| {
        let mut why = Vec::new();
        for way in WAYS {
            let mut probe = Command::new("unshare");
            match probe.args(way).args(["mount", "-t", "tmpfs", "tmpfs", "/var/run"]).output() {
                Ok(output) if output.status.success() => return Some(way),
                Ok(output) => why.push(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
                Err(error) => why.push(error.to_string()),
            }
        }
        // Who may do everything has to be able to do this; elsewhere it depends on the machine.
        let root = fs::metadata("/proc/self")
            .is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0);
        assert!(!(root && env::var_os("CI").is_some()), "no mount namespace in CI: {why:?}");
        println!("skipped, as there is no mount namespace to have here: {why:?}");
        None
    });
    *way
}

/// Runs `kai` in a pod of a service account of `namespace`, which has these files; one with a
/// path lies at that path of `/var/run/secrets`. `None` where it can't be run.
pub(crate) fn run(
    server: &str,
    namespace: &str,
    files: &[(&str, &str)],
    configure: impl FnOnce(&mut Command),
) -> Option<Ended> {
    let way = unshare()?;
    let folder = tempfile::tempdir().unwrap();
    let account = folder.path().join(ACCOUNT);
    fs::create_dir_all(&account).unwrap();
    fs::write(account.join("namespace"), namespace).unwrap();
    for (name, text) in files {
        let file = if name.contains('/') { folder.path().join(name) } else { account.join(name) };
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let (host, port) = server.trim_start_matches("https://").split_once(':').unwrap();
    let mut command = Command::new("unshare");
    command
        .args(way)
        .args(["sh", "-c", IN_A_POD, "sh"])
        .args([folder.path().as_os_str(), OsStr::new(env!("CARGO_BIN_EXE_kai"))])
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("HOME", "/nonexistent")
        .env("KUBERNETES_SERVICE_HOST", host)
        .env("KUBERNETES_SERVICE_PORT", port)
        // A pod asks its own cluster's server without a detour; here it is on this machine.
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .stdin(Stdio::null());
    configure(&mut command);
    let untouched = !Path::new("/var/run/secrets/kubernetes.io").exists();
    let ended = Ended::of(&mut command);
    assert_eq!(untouched, !Path::new("/var/run/secrets/kubernetes.io").exists());
    Some(ended)
}
