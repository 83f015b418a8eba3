//! The test kit from the command line.

mod bench;

use std::ffi::OsString;
use std::io::{self, BufWriter, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bench::BenchError;
use clap::{Args, Parser, Subcommand, ValueEnum};
use testkit::{Binaries, ControlPlane, DelayRelay, Error, Helm, Load, Options, Shape};

/// A Kubernetes control plane, and pods for it, to try kai on
#[derive(Parser)]
#[command(name = "testkit")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Find or build kube-apiserver, etcd and kubectl, and print their folder
    Fetch,
    /// Write many pods as JSON to standard output
    Pods {
        #[command(flatten)]
        load: LoadArguments,
        /// Layout of the output
        #[arg(long, value_enum, default_value_t = Layout::List)]
        shape: Layout,
    },
    /// Start a control plane with pods in it, until Ctrl-C
    Up {
        #[command(flatten)]
        load: LoadArguments,
        /// Create the pods through the API, slowly, instead of writing them into etcd
        #[arg(long)]
        through_api: bool,
        /// How long every byte takes to the server, and back
        #[arg(long, value_name = "MS")]
        delay_ms: Option<u64>,
        /// An argument of kube-apiserver, as `--etcd-compaction-interval=1m`
        #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
        apiserver_argument: Vec<String>,
    },
    /// Run helm, which is built with Go where there is none
    Helm {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measure kai beside other clients (Linux only)
    Bench(bench::Arguments),
    /// Run a command and print what it took, as JSON
    #[command(hide = true)]
    Measure {
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

#[derive(Args)]
struct LoadArguments {
    /// Number of pods
    #[arg(long, default_value_t = 100)]
    pods: usize,
    /// Number of namespaces
    #[arg(long, default_value_t = 10)]
    namespaces: usize,
    /// The same seed makes the same pods
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl LoadArguments {
    fn load(&self) -> Load {
        Load { seed: self.seed, ..Load::new(self.pods, self.namespaces) }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Layout {
    /// As `kubectl get namespaces,pods -A -o json` prints
    List,
    /// As the API server sends
    Podlist,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Fetch => fetch().map_err(BenchError::from),
        Command::Pods { load, shape } => pods(&load.load(), shape).map_err(BenchError::from),
        Command::Up { load, through_api, delay_ms, apiserver_argument } => {
            let options = Options::default();
            let options = apiserver_argument.into_iter().fold(options, Options::apiserver_argument);
            up(&load.load(), through_api, delay_ms, &options).map_err(BenchError::from)
        }
        Command::Helm { arguments } => match helm(&arguments) {
            Ok(code) => return code,
            Err(error) => Err(error.into()),
        },
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Measure { command } => bench::helper(&command),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("testkit: {}", error.with_causes());
            ExitCode::FAILURE
        }
    }
}

fn fetch() -> Result<(), Error> {
    println!("{}", Binaries::locate()?.folder().display());
    Ok(())
}

fn helm(arguments: &[String]) -> Result<ExitCode, Error> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let Some(helm) = Helm::locate()? else {
        // A check may be left out; what was to make something must not seem to have made it.
        if arguments.first() == Some(&"lint") {
            eprintln!("helm lint: skipped, since neither helm nor Go to build it is installed");
            return Ok(ExitCode::SUCCESS);
        }
        return Err(Error::Binaries(
            "helm (hint: install it or Go >= 1.26 to have it built, or set HELM to its path)"
                .to_owned(),
        ));
    };
    let output = helm.run(None, &arguments);
    // What cannot be written to a closed pipe is missed by nobody.
    let _ = io::stdout().write_all(&output.stdout);
    let _ = io::stderr().write_all(&output.stderr);
    Ok(if output.status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn pods(load: &Load, shape: Layout) -> Result<(), Error> {
    let shape = match shape {
        Layout::List => Shape::List,
        Layout::Podlist => Shape::PodList,
    };
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    load.write(&mut out, shape)
        .and_then(|()| out.flush())
        .map_err(|source| Error::Io { what: "cannot write the pods".to_owned(), source })
}

fn up(
    load: &Load,
    through_api: bool,
    delay_ms: Option<u64>,
    options: &Options,
) -> Result<(), Error> {
    let begin = Instant::now();
    let control_plane = ControlPlane::start(options)?;
    eprintln!("started in {:.1} s", begin.elapsed().as_secs_f32());
    let begin = Instant::now();
    if through_api {
        load.apply(&control_plane, 8)?;
    } else {
        load.inject(&control_plane)?;
    }
    eprintln!("created {} pods in {:.1} s", load.pods, begin.elapsed().as_secs_f32());
    let relay =
        delay_ms.map(|delay| DelayRelay::start(&control_plane, Duration::from_millis(delay)));
    let far = relay
        .as_ref()
        .map(|relay| control_plane.write_kubeconfig_via(relay.url(), &control_plane.admin()));
    let kubeconfig =
        far.as_ref().map_or_else(|| control_plane.admin_kubeconfig(), |far| far.path().to_owned());
    println!("{}", kubeconfig.display());
    eprintln!("try: kubectl --kubeconfig {} get pods -A", kubeconfig.display());
    eprintln!("Ctrl-C stops it");
    // Ctrl-C ends this process, and with it the control plane.
    loop {
        std::thread::park();
    }
}
