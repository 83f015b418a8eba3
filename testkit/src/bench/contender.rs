use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;
use testkit::Binaries;

/// Whom kai is compared with, as the tables name it.
pub(super) const KAI: &str = "kai";
pub(super) const CURL: &str = "curl";
pub(super) const KUBECTL: &str = "kubectl";
pub(super) const KIMSPECT: &str = "kimspect";
pub(super) const GO_KAI: &str = "Go kai";
/// The kai of another build, as a program on the PATH: what a change gains is measured beside it.
pub(super) const OTHER_KAI: &str = "kai-other";
pub(super) const SHA256SUM: &str = "sha256sum";
pub(super) const TRUE: &str = "true";

/// A client of the API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Client {
    Kai,
    Curl,
    Kubectl,
    Kimspect,
    GoKai,
    OtherKai,
}

impl Client {
    /// Those that are measured where nobody chooses.
    pub(super) const USUAL: [Self; 5] =
        [Self::Kai, Self::Curl, Self::Kubectl, Self::Kimspect, Self::GoKai];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kai => KAI,
            Self::Curl => CURL,
            Self::Kubectl => KUBECTL,
            Self::Kimspect => KIMSPECT,
            Self::GoKai => GO_KAI,
            Self::OtherKai => OTHER_KAI,
        }
    }

    /// Where it is, if it is there.
    pub(super) fn find(self, kai: &Path) -> Option<PathBuf> {
        match self {
            Self::Kai => Some(kai.to_owned()),
            Self::Curl => on_path("curl"),
            Self::Kubectl => Binaries::locate().ok()?.kubectl.or_else(|| on_path("kubectl")),
            Self::Kimspect => on_path("kimspect"),
            Self::OtherKai => on_path(OTHER_KAI),
            // It has our name; unlike us it tells the version of Go that built it.
            Self::GoKai => {
                on_path("kai").filter(|kai| version(kai, &["version"]).contains("GoVersion"))
            }
        }
    }

    /// What it says of its version, as far as it goes on a line.
    pub(super) fn version(self, program: &Path) -> String {
        let said = match self {
            Self::Kubectl => version(program, &["version", "--client"]),
            Self::Kai | Self::GoKai | Self::OtherKai => version(program, &["version"]),
            Self::Curl | Self::Kimspect => version(program, &["--version"]),
        };
        version_number(&said).unwrap_or("of unknown version").to_owned()
    }
}

/// A program with its arguments.
#[derive(Debug, Clone)]
pub(super) struct Contender {
    pub(super) name: &'static str,
    program: PathBuf,
    arguments: Vec<OsString>,
    kubeconfig: Option<PathBuf>,
}

impl Contender {
    pub(super) fn new<A: Into<OsString>>(
        name: &'static str,
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { name, program: program.into(), arguments, kubeconfig: None }
    }

    /// A client that lists all images, or all pods, of the cluster of a kubeconfig; curl has a
    /// file of its own.
    pub(super) fn client(
        client: Client,
        program: PathBuf,
        kubeconfig: &Path,
        curl_config: &Path,
    ) -> Self {
        let arguments: Vec<OsString> = match client {
            Client::Kai | Client::GoKai | Client::OtherKai => vec!["-k".into(), kubeconfig.into()],
            Client::Curl => vec!["-q".into(), "-K".into(), curl_config.into()],
            Client::Kubectl => ["get", "pods", "-A", "-o", "json"].map(Into::into).into(),
            Client::Kimspect => ["get", "images", "--all-namespaces"].map(Into::into).into(),
        };
        let kubeconfig = Some(kubeconfig.to_owned());
        Self { kubeconfig, ..Self::new(client.name(), program, arguments) }
    }

    /// The command, in a folder that is its home and holds no settings: those of whoever runs the
    /// benchmark stay out.
    pub(super) fn command(&self, home: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(home).env_clear().env("HOME", home);
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            command.envs(env::var_os(name).map(|value| (name, value)));
        }
        command.envs(self.kubeconfig.as_ref().map(|file| ("KUBECONFIG", file)));
        command
    }
}

/// A program of this name on the PATH.
pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn version(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

/// The first word that looks like a version.
fn version_number(said: &str) -> Option<&str> {
    said.split_ascii_whitespace().find(|word| {
        let number = word.strip_prefix('v').unwrap_or(word);
        number.starts_with(|first: char| first.is_ascii_digit()) && number.contains('.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_programs_say_of_themselves() {
        for (said, number) in [
            ("curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1", Some("7.88.1")),
            ("Client Version: v1.36.3\nKustomize Version: v5.8.1", Some("v1.36.3")),
            ("Application:  kai\nVersion:  0.5.0\nGoVersion: go1.17", Some("0.5.0")),
            ("kimspect", None),
        ] {
            assert_eq!(version_number(said), number, "{said}");
        }
    }

    #[test]
    fn a_contender_sees_no_settings_of_the_person_who_runs_the_benchmark() {
        let contender = Contender::new("env", "env", Vec::<OsString>::new());
        let folder = tempfile::tempdir().unwrap();
        let output = contender.command(folder.path()).output().unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        let names: Vec<&str> =
            output.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
        assert!(names.contains(&"HOME"), "{names:?}");
        let known = ["HOME", "PATH", "LD_LIBRARY_PATH", "PWD"];
        assert!(names.iter().all(|name| known.contains(name)), "{names:?}");
    }
}
