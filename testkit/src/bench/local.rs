//! What needs no cluster: reading a file, and nothing but to start.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use testkit::{Load, Shape};

use super::contender::{Contender, KAI, SHA256SUM, TRUE, on_path};
use super::contest::{Contest, Scenario};
use super::error::{BenchError, io};
use super::measure::measure;
use super::rounds::{Rounds, alternate};
use super::sample::{Sample, seconds};

/// kai on a file of pods, beside a program that does nothing but to read all of it.
pub(super) fn file(kai: &Path, megabytes: usize, rounds: Rounds) -> Result<Contest, BenchError> {
    let scenario = Scenario::File { megabytes };
    eprintln!("{}:", scenario.title());
    let home = home()?;
    let pods = home.path().join("pods.json");
    write_pods(&pods, megabytes)?;
    let contenders = [
        Contender::new(KAI, kai, ["-f".into(), pods.clone()]),
        Contender::new(SHA256SUM, program(SHA256SUM)?, [pods]),
    ];
    contest(scenario, &contenders, rounds, home.path(), true)
}

/// `kai version` beside a program that does nothing.
pub(super) fn launch(kai: &Path, times: usize) -> Result<Contest, BenchError> {
    eprintln!("{}: {times} times", Scenario::Launch.title());
    let none: [&str; 0] = [];
    let contenders =
        [Contender::new(KAI, kai, ["version"]), Contender::new(TRUE, program(TRUE)?, none)];
    let rounds = Rounds { usual: times, slow: times };
    contest(Scenario::Launch, &contenders, rounds, home()?.path(), false)
}

fn contest(
    scenario: Scenario,
    contenders: &[Contender],
    rounds: Rounds,
    home: &Path,
    tell: bool,
) -> Result<Contest, BenchError> {
    let names: Vec<&'static str> = contenders.iter().map(|contender| contender.name).collect();
    let entries = alternate(&names, rounds, |index| {
        let contender = &contenders[index];
        let (client, _) = measure(contender.name, &contender.command(home))?;
        if tell {
            eprintln!("  {}: {} s", contender.name, seconds(client.wall));
        }
        Ok(Sample { client, server: None })
    })?;
    Ok(Contest { scenario, entries })
}

fn home() -> Result<tempfile::TempDir, BenchError> {
    tempfile::tempdir().map_err(io("cannot make a folder"))
}

fn program(name: &str) -> Result<PathBuf, BenchError> {
    on_path(name).ok_or_else(|| BenchError::Missing {
        what: format!("`{name}`"),
        hint: "it is one of the GNU core utilities",
    })
}

/// Pods as kubectl prints them, of about this many bytes together.
fn write_pods(path: &Path, megabytes: usize) -> Result<(), BenchError> {
    const PROBE: usize = 500;
    let mut probe = Counted { inner: io::sink(), bytes: 0 };
    load(PROBE).write(&mut probe, Shape::List).map_err(io("cannot make pods"))?;
    let pods = megabytes * 1_000_000 * PROBE / probe.bytes;
    let failed = || format!("cannot write {}", path.display());
    let mut out = BufWriter::with_capacity(1 << 16, File::create(path).map_err(io(failed()))?);
    load(pods).write(&mut out, Shape::List).and_then(|()| out.flush()).map_err(io(failed()))
}

fn load(pods: usize) -> Load {
    Load::new(pods, 1 + pods / 100)
}

/// Counts what is written.
struct Counted<W> {
    inner: W,
    bytes: usize,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.bytes += written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_about_as_big_as_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pods.json");
        write_pods(&path, 8).unwrap();
        let bytes = std::fs::metadata(&path).unwrap().len();
        assert!((7_000_000..9_000_000).contains(&bytes), "{bytes}");
    }
}
