//! One run, from the command line to the exit code.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use tokio::runtime::Builder;
use tracing::{info, warn};

use crate::adhoc;
use crate::args::{self, Args, Compared, Invocation, Sought, Unparsed};
use crate::compare;
use crate::completion;
use crate::config;
use crate::console;
use crate::error::Error;
use crate::exit::Exit;
use crate::find;
use crate::fips;
use crate::keys;
use crate::logging::{self, Level, Log, Prefix};
use crate::periodic::{self, Observers};
use crate::settings::{
    ConfigFile, Effective, Environment, Notice, Refused, Schedule, Settings, SettingsError, Source,
};
use crate::shells;
use crate::signals::Handlers;
use crate::status::{Server, State};
use crate::update;
use crate::version;

/// Delay before the thread parks. Responses arrive in chunks of a few kilobytes, and waking up for
/// each takes as much CPU as reading it; so let some accumulate.
const NAP: Duration = Duration::from_micros(200);

/// Time limit for flushing the log at the end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Executes a command line.
pub(crate) fn run(typed: impl IntoIterator<Item = OsString>, env: &Environment) -> Exit {
    let done = match args::parse(typed) {
        Err(Unparsed::Shown(answer)) => return show(&answer),
        Err(Unparsed::Misuse(misuse)) => Err(Error::Misuse(misuse)),
        Ok(Invocation::Version(format)) => version::print(format).map_err(Error::Write),
        Ok(Invocation::Defaults) => config::print_defaults().map_err(Error::Write),
        Ok(Invocation::Config(args)) => {
            load(&args, env).and_then(|(settings, effective)| show_config(settings, &effective))
        }
        Ok(Invocation::Completion(shell)) => shells::print(shell).map_err(Error::Write),
        Ok(Invocation::Answer(words)) => completion::answer(&words).map_err(Error::Write),
        Ok(Invocation::Where(args, sought)) => return job(&args, env, Job::Where(sought)),
        Ok(Invocation::Diff(args, compared)) => return job(&args, env, Job::Diff(compared)),
        Ok(Invocation::Inventory(args)) => return job(&args, env, Job::Inventory),
    };
    match done {
        Ok(()) => Exit::Success,
        Err(error) => {
            error.print();
            error.exit()
        }
    }
}

/// What reads pods.
enum Job {
    /// Take inventories.
    Inventory,
    /// Find the containers that run an image.
    Where(Sought),
    /// Compare two reports.
    Diff(Compared),
}

/// Loads the settings and does a job.
fn job(args: &Args, env: &Environment, job: Job) -> Exit {
    console::set_color(args.color);
    // Before anything that may block, such as reading the configuration from a pipe.
    let handlers = Handlers::install().map_err(Error::Start);
    match handlers.and_then(|handlers| Ok((settle(args, env)?, handlers))) {
        Ok((settings, handlers)) => execute(settings, job, handlers),
        Err(error) => {
            error.print();
            error.exit()
        }
    }
}

fn load(args: &Args, env: &Environment) -> Result<(Settings, Effective), Error> {
    let file = ConfigFile::find(args.config.as_deref(), env).map_err(SettingsError::from)?;
    Settings::from(args, env, file.as_ref()).map_err(|refused| {
        let Refused { error, notices } = *refused;
        if !is_quiet(args) {
            // The log settings themselves may be invalid.
            let log = Log { level: Level::WARN, console: true, file: None, structured: false };
            let _ = logging::start(&log);
            for notice in &notices {
                tell(notice, &log);
            }
        }
        error.into()
    })
}

/// Whether `--quiet` was given, regardless of other configuration.
fn is_quiet(args: &Args) -> bool {
    let typed = args.typed(&keys::QUIET.key).and_then(<[_]>::last);
    typed.and_then(|text| keys::is_true(text.to_str()?)).unwrap_or_default()
}

/// Shows the settings, and logs to the console: a log file is not where the user looks now.
fn show_config(mut settings: Settings, effective: &Effective) -> Result<(), Error> {
    settings.log.console |= settings.log.file.take().is_some() && !settings.quiet;
    log(&settings)?;
    config::print_effective(effective).map_err(Error::Write)
}

/// Initializes logging, and logs the notices about the settings.
fn log(settings: &Settings) -> Result<(), Error> {
    logging::start(&settings.log).map_err(|source| Error::Log {
        path: settings.log.file.as_ref().map(|file| file.path().to_owned()).unwrap_or_default(),
        source,
    })?;
    for notice in &settings.notices {
        tell(notice, &settings.log);
    }
    Ok(())
}

/// Prints the help or the version.
fn show(answer: &clap::Error) -> Exit {
    match answer.print() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Error::Write(error).print();
            Exit::Failure
        }
        _ => Exit::Success,
    }
}

/// Loads the settings and initializes logging, which is used from here on.
fn settle(args: &Args, env: &Environment) -> Result<Settings, Error> {
    let (settings, _) = load(args, env)?;
    log(&settings)?;
    Ok(settings)
}

fn execute(mut settings: Settings, job: Job, handlers: Handlers) -> Exit {
    if !matches!(job, Job::Inventory) {
        settings.answer_once();
    }
    let settings = Arc::new(settings);
    let exit = match start(&settings, job, handlers) {
        Ok(()) => Exit::Success,
        Err(error) => {
            error.tell(&settings.log);
            error.exit()
        }
    };
    console::flush(LAST_WORDS);
    exit
}

fn start(settings: &Arc<Settings>, job: Job, handlers: Handlers) -> Result<(), Error> {
    fips::check()?;
    let periodic = matches!(settings.schedule, Schedule::Periodic { .. });
    let signals = handlers.arm(periodic).map_err(Error::Start)?;
    if periodic {
        console::detach().map_err(Error::Start)?;
    }
    if let Some(url) = &settings.update {
        update::start(url);
    }
    let status = listen(settings)?;
    let mut runtime = Builder::new_current_thread();
    runtime.enable_all();
    if let Source::Cluster(_) = settings.source {
        runtime.on_thread_park(|| sleep(NAP));
    }
    let runtime = runtime.build().map_err(Error::Start)?;
    // Spawned as a task: waking the future passed to `block_on` takes a system call each time, and
    // every chunk of a response would wake it.
    let run = if periodic {
        let observers = status
            .as_ref()
            .map(|status| Observers { requests: status.state(), schedule: status.state() });
        runtime.spawn(periodic::run(Arc::clone(settings), signals, observers))
    } else {
        let settings = Arc::clone(settings);
        match job {
            Job::Inventory => runtime.spawn(adhoc::run(settings, signals)),
            Job::Where(sought) => runtime.spawn(find::run(settings, sought, signals)),
            Job::Diff(compared) => runtime.spawn(compare::run(settings, compared, signals)),
        }
    };
    let done = runtime
        .block_on(run)
        .unwrap_or_else(|cancelled| Err(Error::Start(io::Error::other(cancelled))));
    // A normal shutdown would wait for a thread blocked on stdin or stdout.
    runtime.shutdown_background();
    done
}

/// Starts the status endpoint, if configured.
fn listen(settings: &Settings) -> Result<Option<Server>, Error> {
    // An input is read once, too quickly for anything to be queried.
    let (
        Schedule::Periodic { listen: Some(address), listen_inventory, watch, .. },
        Source::Cluster(cluster),
    ) = (&settings.schedule, &settings.source)
    else {
        return Ok(None);
    };
    let (address, listen_inventory) = (*address, *listen_inventory);
    let state = State::new(cluster.options.request_timeout, listen_inventory);
    let state = if watch.is_some() { state.of_watch() } else { state };
    let server = Server::bind(address, Arc::new(state));
    server.map(Some).map_err(|source| Error::Listen { address, source })
}

fn tell(notice: &Notice, log: &Log) {
    match notice {
        Notice::Alarm(text) if !log.console || log.level < Level::WARN => {
            let prefix = Prefix { level: Level::WARN, color: console::is_colored() };
            console::write(format!("{prefix}{text}\n").as_bytes());
            warn!("{text}");
        }
        Notice::Warning(text) | Notice::Alarm(text) => warn!("{text}"),
        Notice::Info(text) => info!("{text}"),
    }
}
