use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Error;

/// What Go builds: the tools of a module, or a program of its own, with everything they need pinned
/// by its `go.sum`.
pub(super) struct Module {
    /// The name of the folder in the cache, with the versions in it.
    pub(super) key: String,
    pub(super) go_mod: &'static str,
    pub(super) go_sum: &'static str,
    /// The module's own program; none: its tools are built.
    pub(super) program: Option<&'static str>,
    /// What is built, for people.
    pub(super) what: &'static str,
    pub(super) linker_flags: String,
    /// What Go names a program, the last element of its import path, and what it is called here.
    pub(super) rename: Option<(&'static str, &'static str)>,
    /// What to do where it cannot be built.
    pub(super) hint: &'static str,
}

/// Builds a module's programs into a temporary folder of `cache` and renames it to
/// `target`, so that an interrupted build is never taken for a good one.
pub(super) fn build(module: &Module, cache: &Path, target: &Path) -> Result<(), Error> {
    let start = Instant::now();
    let prefix = format!("build-{}-", module.key);
    remove_leftovers(cache, &prefix);
    let work = tempfile::Builder::new()
        .prefix(&prefix)
        .tempdir_in(cache)
        .map_err(Error::io(format!("cannot create a folder in {}", cache.display())))?;
    let folder = work.path().join("module");
    let output = work.path().join("bin");
    let write = |name: &str, text: &str| {
        fs::write(folder.join(name), text).map_err(Error::io(format!("cannot write {name}")))
    };
    fs::create_dir(&folder).map_err(Error::io("cannot create the module's folder"))?;
    write("go.mod", module.go_mod)?;
    write("go.sum", module.go_sum)?;
    if let Some(program) = module.program {
        write("main.go", program)?;
    }

    eprintln!("testkit: building {}", module.what);
    run_go(module, &folder, &output)?;
    if let Some((from, to)) = module.rename {
        fs::rename(output.join(from), output.join(to))
            .map_err(Error::io(format!("the build made no {to}")))?;
    }
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

fn run_go(module: &Module, folder: &Path, output: &Path) -> Result<(), Error> {
    let mut output = output.as_os_str().to_owned();
    output.push("/"); // makes it a folder
    let mut go = Command::new("go")
        .args(["build", "-v", "-trimpath", "-ldflags", &module.linker_flags, "-o"])
        .arg(output)
        .arg(if module.program.is_some() { "." } else { "tool" })
        .current_dir(folder)
        .envs([("CGO_ENABLED", "0"), ("GOFLAGS", "-mod=readonly"), ("GOWORK", "off")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Error::Binaries(format!("cannot run go: {error} {}", module.hint)))?;
    let lines = BufReader::new(go.stderr.take().expect("stderr is piped")).lines();
    let tail = follow(lines.map_while(Result::ok));
    let status = go.wait().map_err(Error::io("cannot wait for go"))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::Binaries(format!("go build failed: {} {}", tail.join("\n"), module.hint)))
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
