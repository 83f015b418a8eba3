use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::KUBERNETES_VERSION;
use crate::Error;

const GO_MOD: &str = include_str!("../../control-plane/go.mod");
const GO_SUM: &str = include_str!("../../control-plane/go.sum");

const HINT: &str = "(hint: install Go >= 1.26 to have them built, or set KUBEBUILDER_ASSETS to a \
                    folder that holds kube-apiserver, etcd and kubectl)";

/// Builds the three programs into a temporary folder of `cache` and renames it to
/// `target`, so that an interrupted build is never taken for a good one.
pub(super) fn build(cache: &Path, target: &Path) -> Result<(), Error> {
    let start = Instant::now();
    let prefix = format!("build-{}-", super::key());
    remove_leftovers(cache, &prefix);
    let work = tempfile::Builder::new()
        .prefix(&prefix)
        .tempdir_in(cache)
        .map_err(Error::io(format!("cannot create a folder in {}", cache.display())))?;
    let module = work.path().join("module");
    let output = work.path().join("bin");
    let write = |name: &str, text: &str| {
        fs::write(module.join(name), text).map_err(Error::io(format!("cannot write {name}")))
    };
    fs::create_dir(&module).map_err(Error::io("cannot create the module's folder"))?;
    write("go.mod", GO_MOD)?;
    write("go.sum", GO_SUM)?;

    eprintln!("testkit: building kube-apiserver, etcd and kubectl, once, in about 5 minutes");
    run_go(&module, &output)?;
    // Go names a program after the last element of its import path.
    fs::rename(output.join("server"), output.join("etcd"))
        .map_err(Error::io("the build made no etcd"))?;
    fs::rename(&output, target)
        .map_err(Error::io(format!("cannot create {}", target.display())))?;
    eprintln!("testkit: built {} in {} s", target.display(), start.elapsed().as_secs());
    Ok(())
}

/// What killed builds left; the caller's lock keeps others from building now.
fn remove_leftovers(cache: &Path, prefix: &str) {
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn run_go(module: &Path, output: &Path) -> Result<(), Error> {
    let mut output = output.as_os_str().to_owned();
    output.push("/"); // makes it a folder
    let mut go = Command::new("go")
        .args(["build", "-v", "-trimpath", "-ldflags", &linker_flags(), "-o"])
        .arg(output)
        .arg("tool")
        .current_dir(module)
        .envs([("CGO_ENABLED", "0"), ("GOFLAGS", "-mod=readonly"), ("GOWORK", "off")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Error::Binaries(format!("cannot run go: {error} {HINT}")))?;
    let lines = BufReader::new(go.stderr.take().expect("stderr is piped")).lines();
    let tail = follow(lines.map_while(Result::ok));
    let status = go.wait().map_err(Error::io("cannot wait for go"))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::Binaries(format!("go build failed: {} {HINT}", tail.join("\n"))))
}

/// Shows that the build goes on, and keeps the last lines for the error.
fn follow(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut tail = Vec::new();
    for (count, line) in lines.enumerate() {
        if count % 250 == 249 {
            eprintln!("testkit: … {} packages, now {line}", count + 1);
        }
        if tail.len() == 15 {
            tail.remove(0);
        }
        tail.push(line);
    }
    tail
}

/// Without these the server calls itself v0.0.0-master.
fn linker_flags() -> String {
    let mut parts = KUBERNETES_VERSION.split('.');
    let (major, minor) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let package = "k8s.io/component-base/version";
    format!(
        "-s -w -X {package}.gitVersion=v{KUBERNETES_VERSION} -X {package}.gitMajor={major} \
         -X {package}.gitMinor={minor}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ETCD_VERSION;

    #[test]
    fn the_cache_key_names_the_versions_of_go_mod() {
        for line in [
            format!("\tk8s.io/kubernetes v{KUBERNETES_VERSION}\n"),
            format!("\tgo.etcd.io/etcd/server/v3 v{ETCD_VERSION}\n"),
        ] {
            assert!(GO_MOD.contains(&line), "go.mod has no line {line:?}");
        }
    }
}
