use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;
use testkit::{Binaries, informer};

use super::curl;
use super::situation::Situation;

/// Whom kai is compared with, as the tables name it.
pub(super) const KAI: &str = "kai";
pub(super) const CURL: &str = "curl";
pub(super) const KUBECTL: &str = "kubectl";
pub(super) const KIMSPECT: &str = "kimspect";
pub(super) const GO_KAI: &str = "Go kai";
/// kai with settings that it does not choose by itself, for what its choices are worth.
pub(super) const KAI_8: &str = "kai, 8 requests";
pub(super) const KAI_32: &str = "kai, 32 requests";
pub(super) const KAI_500: &str = "kai, pages of 500";
pub(super) const KAI_PLAIN: &str = "kai 0.1.0's choices";
/// `kai where` of an image that about a thousand containers run.
pub(super) const WHERE: &str = "kai where";
/// curl with 32 lists at a time.
pub(super) const CURL_32: &str = "curl, 32 lists";
/// The kai of another build, as a program on the PATH: what a change gains is measured beside it.
pub(super) const OTHER_KAI: &str = "kai-other";
/// What programs in Go follow a cluster with, as it is and with nothing kept but names and images.
pub(super) const INFORMER: &str = "client-go informer";
pub(super) const SLIM_INFORMER: &str = "client-go informer, slim";
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
    Kai8,
    Kai32,
    Kai500,
    KaiPlain,
    Curl32,
    Where,
    Images,
    Wide,
    Yaml,
    Jsonl,
    Csv,
    Markdown,
    Refs,
    Cyclonedx,
    Html,
    Informer,
    SlimInformer,
}

impl Client {
    /// Those that are measured besides in a situation.
    pub(super) fn besides(situation: Situation) -> &'static [Self] {
        match situation {
            Situation::Far => &[Self::Kai8, Self::Kai32, Self::Curl32],
            Situation::Slow => &[Self::KaiPlain, Self::Curl32],
            Situation::Answers => &Self::ANSWERS,
            Situation::Near | Situation::Rest => &[Self::Kai500],
            Situation::Watch => &Self::INFORMERS,
        }
    }

    /// Whether it is measured in a situation; `chosen` are those that somebody asks for.
    pub(super) fn takes_part(self, situation: Situation, chosen: &[Self]) -> bool {
        if situation == Situation::Watch && !self.follows() {
            return false;
        }
        let always = Self::USUAL.contains(&self)
            && situation != Situation::Answers
            && !(situation == Situation::Slow && self.is_slow());
        self == Self::Kai
            || (chosen.contains(&self) && (situation == Situation::Watch || !self.is_informer()))
            || (chosen.is_empty() && (always || Self::besides(situation).contains(&self)))
    }

    /// Whether it can follow a cluster.
    fn follows(self) -> bool {
        matches!(self, Self::Kai | Self::OtherKai) || self.is_informer()
    }

    /// Whether it is an informer of client-go.
    pub(super) fn is_informer(self) -> bool {
        Self::INFORMERS.contains(&self)
    }

    /// Whether it takes many times what kai takes, which a slow line makes minutes.
    fn is_slow(self) -> bool {
        matches!(self, Self::Kubectl | Self::Kimspect | Self::GoKai)
    }

    /// What is set by variables.
    fn variables(self, situation: Situation) -> Vec<(&'static str, &'static str)> {
        const REQUESTS: &str = "KAI_KUBERNETES_WORKER_POOL_SIZE";
        const PAGE: &str = "KAI_KUBERNETES_REQUEST_BATCH_SIZE";
        const COMPRESSION: &str = "KAI_KUBERNETES_COMPRESSION";
        let mut variables = match self {
            Self::Kai8 => vec![(REQUESTS, "8")],
            Self::Kai32 => vec![(REQUESTS, "32")],
            Self::Kai500 => vec![(PAGE, "500")],
            Self::KaiPlain => vec![(REQUESTS, "8"), (PAGE, "500"), (COMPRESSION, "off")],
            _ => Vec::new(),
        };
        // A server elsewhere, which a relay on loopback is not, is asked to compress.
        if situation == Situation::Slow && self == Self::Kai {
            variables.push((COMPRESSION, "on"));
        }
        variables
    }

    /// Those that are measured where nobody chooses.
    pub(super) const USUAL: [Self; 5] =
        [Self::Kai, Self::Curl, Self::Kubectl, Self::Kimspect, Self::GoKai];
    /// The same with settings of their own, where these make a difference.
    const VARIED: [Self; 5] = [Self::Kai8, Self::Kai32, Self::Kai500, Self::KaiPlain, Self::Curl32];

    const INFORMERS: [Self; 2] = [Self::Informer, Self::SlimInformer];

    /// kai with other answers than its report.
    pub(super) const ANSWERS: [Self; 10] = [
        Self::Where,
        Self::Images,
        Self::Wide,
        Self::Yaml,
        Self::Jsonl,
        Self::Csv,
        Self::Markdown,
        Self::Refs,
        Self::Cyclonedx,
        Self::Html,
    ];

    /// What an answer of kai is asked for with.
    fn question(self) -> &'static [&'static str] {
        match self {
            // Three of the 400 images.
            Self::Where => &["where", "regex=[a-z]-1[0-2]:"],
            Self::Images => &["-o", "images"],
            Self::Wide => &["-o", "wide"],
            Self::Yaml => &["-o", "yaml"],
            Self::Jsonl => &["-o", "jsonl"],
            Self::Csv => &["-o", "csv"],
            Self::Markdown => &["-o", "markdown"],
            Self::Refs => &["-o", "refs"],
            Self::Cyclonedx => &["-o", "cyclonedx"],
            Self::Html => &["-o", "html"],
            _ => &[],
        }
    }

    /// All that may be measured, kai first: all ratios are to kai's values.
    pub(super) fn all(chosen: &[Self]) -> Vec<Self> {
        let wanted =
            |client: &Self| *client == Self::Kai || chosen.is_empty() || chosen.contains(client);
        let other = Some(Self::OtherKai).filter(|other| chosen.contains(other));
        let known = Self::USUAL.into_iter().chain(Self::VARIED).chain(Self::ANSWERS);
        let known = known.chain(Self::INFORMERS);
        known.filter(wanted).chain(other).collect()
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kai => KAI,
            Self::Curl => CURL,
            Self::Kubectl => KUBECTL,
            Self::Kimspect => KIMSPECT,
            Self::GoKai => GO_KAI,
            Self::OtherKai => OTHER_KAI,
            Self::Kai8 => KAI_8,
            Self::Kai32 => KAI_32,
            Self::Kai500 => KAI_500,
            Self::KaiPlain => KAI_PLAIN,
            Self::Curl32 => CURL_32,
            Self::Where => WHERE,
            Self::Images => "kai -o images",
            Self::Wide => "kai -o wide",
            Self::Yaml => "kai -o yaml",
            Self::Jsonl => "kai -o jsonl",
            Self::Csv => "kai -o csv",
            Self::Markdown => "kai -o markdown",
            Self::Refs => "kai -o refs",
            Self::Cyclonedx => "kai -o cyclonedx",
            Self::Html => "kai -o html",
            Self::Informer => INFORMER,
            Self::SlimInformer => SLIM_INFORMER,
        }
    }

    /// Where it is, if it is there.
    pub(super) fn find(self, kai: &Path) -> Option<PathBuf> {
        match self {
            Self::Curl | Self::Curl32 => on_path("curl"),
            Self::Kubectl => Binaries::locate().ok()?.kubectl.or_else(|| on_path("kubectl")),
            Self::Kimspect => on_path("kimspect"),
            Self::OtherKai => on_path(OTHER_KAI),
            Self::Informer | Self::SlimInformer => informer().unwrap_or_else(|error| {
                eprintln!("{}", error.with_causes());
                None
            }),
            // It has our name; unlike us it tells the version of Go that built it.
            Self::GoKai => {
                on_path("kai").filter(|kai| version(kai, &["version"]).contains("GoVersion"))
            }
            _ => Some(kai.to_owned()),
        }
    }

    /// What it says of its version, as far as it goes on a line.
    pub(super) fn version(self, program: &Path) -> String {
        let said = match self {
            Self::Kubectl => version(program, &["version", "--client"]),
            Self::Curl | Self::Curl32 | Self::Kimspect => version(program, &["--version"]),
            _ => version(program, &["version"]),
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
    variables: Vec<(&'static str, &'static str)>,
}

impl Contender {
    pub(super) fn new<A: Into<OsString>>(
        name: &'static str,
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        let (program, kubeconfig, variables) = (program.into(), None, Vec::new());
        Self { name, program, arguments, kubeconfig, variables }
    }

    /// A client that lists all images, or all pods, of the cluster of a kubeconfig; curl has a
    /// file of its own.
    pub(super) fn client(
        client: Client,
        program: PathBuf,
        situation: Situation,
        kubeconfig: &Path,
        curl_config: &Path,
    ) -> Self {
        let arguments: Vec<OsString> = match client {
            Client::Curl => vec!["-q".into(), "-K".into(), curl_config.into()],
            Client::Curl32 => {
                let many = ["--parallel-max".into(), curl::MANY.to_string().into()];
                ["-q".into(), "-K".into(), curl_config.into()].into_iter().chain(many).collect()
            }
            Client::Kubectl => ["get", "pods", "-A", "-o", "json"].map(Into::into).into(),
            Client::Kimspect => ["get", "images", "--all-namespaces"].map(Into::into).into(),
            Client::Informer => vec!["-kubeconfig".into(), kubeconfig.into()],
            Client::SlimInformer => vec!["-slim".into(), "-kubeconfig".into(), kubeconfig.into()],
            _ => {
                let question = client.question().iter().map(Into::into);
                question.chain(["-k".into(), kubeconfig.into()]).collect()
            }
        };
        let (kubeconfig, variables) = (Some(kubeconfig.to_owned()), client.variables(situation));
        Self { kubeconfig, variables, ..Self::new(client.name(), program, arguments) }
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
        command.envs(self.variables.iter().copied());
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
