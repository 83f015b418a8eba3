//! One run, from what was typed to the exit code.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use kai_core::{Collected, Inventory, LeftOutReason, Summary, collect_with};
use tokio::runtime::Builder;
use tracing::{info, warn};

use crate::args::{self, Args, Invocation};
use crate::completion;
use crate::config;
use crate::connect::{Connected, connect};
use crate::console;
use crate::error::{Error, one_line};
use crate::exit::Exit;
use crate::keys;
use crate::logging::{self, Level, Log};
use crate::output;
use crate::progress::Progress;
use crate::settings::{
    ConfigFile, Effective, Environment, Notice, Refused, Schedule, Settings, SettingsError, Source,
};
use crate::signals::Signals;
use crate::update;
use crate::version;
use crate::warnings::Warnings;
use crate::words::{Took, counted};

/// How long the thread stays away before it waits for something to do. Answers come in pieces of a
/// few kilobytes, and to wake for each takes as much of the CPU as to read it; so some gather first.
const NAP: Duration = Duration::from_micros(200);

/// Does what was typed.
pub(crate) fn run(typed: impl IntoIterator<Item = OsString>, env: &Environment) -> Exit {
    let done = match args::parse(typed) {
        Err(answer) => return show(&answer),
        Ok(Invocation::Version(format)) => version::print(format).map_err(Error::Write),
        Ok(Invocation::Defaults) => config::print_defaults().map_err(Error::Write),
        Ok(Invocation::Config(args)) => {
            load(&args, env).and_then(|(settings, effective)| show_config(settings, &effective))
        }
        Ok(Invocation::Completion(shell)) => completion::print(shell).map_err(Error::Write),
        Ok(Invocation::Answer(words)) => completion::answer(&words).map_err(Error::Write),
        Ok(Invocation::Inventory(args)) => match settle(&args, env) {
            Ok(settings) => return inventory(settings),
            Err(error) => Err(error),
        },
    };
    match done {
        Ok(()) => Exit::Success,
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
            // What is to be logged, and where, may be what is wrong.
            let log = Log { level: Level::WARN, console: true, file: None, structured: false };
            let _ = logging::start(&log);
            for notice in &notices {
                tell(notice, &log);
            }
        }
        error.into()
    })
}

/// Whether silence was typed; whatever else is configured.
fn is_quiet(args: &Args) -> bool {
    let typed = args.typed(&keys::QUIET.key).and_then(<[_]>::last);
    typed.and_then(|text| keys::is_true(text.to_str()?)).unwrap_or_default()
}

/// Shows the settings. Whoever asks for them looks at the console, and not into a log file.
fn show_config(mut settings: Settings, effective: &Effective) -> Result<(), Error> {
    settings.log.console |= settings.log.file.take().is_some() && !settings.quiet;
    log(&settings)?;
    config::print_effective(effective).map_err(Error::Write)
}

/// Starts the log, and says what there is to say of the settings.
fn log(settings: &Settings) -> Result<(), Error> {
    logging::start(&settings.log).map_err(|source| Error::Log {
        path: settings.log.file.clone().unwrap_or_default(),
        source,
    })?;
    for notice in &settings.notices {
        tell(notice, &settings.log);
    }
    Ok(())
}

/// Shows what clap has to say: the help, the version, or what is wrong with the flags.
fn show(answer: &clap::Error) -> Exit {
    match answer.print() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Error::Write(error).print();
            Exit::Failure
        }
        _ if answer.use_stderr() => Exit::Usage,
        _ => Exit::Success,
    }
}

/// Says what was meant, and starts the log, which tells everything from here on.
fn settle(args: &Args, env: &Environment) -> Result<Settings, Error> {
    let (settings, _) = load(args, env)?;
    log(&settings)?;
    Ok(settings)
}

fn inventory(settings: Settings) -> Exit {
    let settings = Arc::new(settings);
    match start(&settings) {
        Ok(()) => Exit::Success,
        Err(error) => {
            error.tell(&settings.log);
            error.exit()
        }
    }
}

fn start(settings: &Arc<Settings>) -> Result<(), Error> {
    let signals = Signals::install().map_err(Error::Start)?;
    available(settings)?;
    if let Some(url) = &settings.update {
        update::start(url);
    }
    let mut runtime = Builder::new_current_thread();
    runtime.enable_all();
    if let Source::Cluster(_) = settings.source {
        runtime.on_thread_park(|| sleep(NAP));
    }
    let runtime = runtime.build().map_err(Error::Start)?;
    // As a task: waking what is blocked on takes a system call each time, and it is woken by every
    // piece of every answer.
    let run = runtime.spawn(adhoc(Arc::clone(settings), signals));
    let done = runtime
        .block_on(run)
        .unwrap_or_else(|cancelled| Err(Error::Start(io::Error::other(cancelled))));
    // A thread that waits for stdin would be waited for.
    runtime.shutdown_background();
    done
}

/// Refuses what is configured and can't be done yet, before anything is asked.
fn available(settings: &Settings) -> Result<(), Error> {
    if let Schedule::Periodic { .. } = settings.schedule {
        return Err(Error::NotYet("periodic mode"));
    }
    if settings.anchore.is_some() {
        return Err(Error::NotYet("delivery to Anchore"));
    }
    if settings.dry_run {
        info!("nothing would be delivered");
    }
    Ok(())
}

/// Takes one inventory and writes it, all of it or nothing.
async fn adhoc(settings: Arc<Settings>, mut signals: Signals) -> Result<(), Error> {
    let taken = tokio::select! {
        biased;
        signal = signals.first() => return Err(Error::Signal(signal)),
        taken = take(&settings) => taken,
    };
    // One that came while the thread was busy.
    if let Some(signal) = signals.received() {
        return Err(Error::Signal(signal));
    }
    let (inventory, skipped) = taken?;
    output::print(&inventory, settings.output).map_err(Error::Write)?;
    match (signals.received(), skipped) {
        (Some(signal), _) => Err(Error::Signal(signal)),
        (None, 0) => Ok(()),
        (None, count) => Err(Error::Skipped { count }),
    }
}

/// The inventory, and how many namespaces it lacks by the user's choice.
async fn take(settings: &Settings) -> Result<(Inventory, usize), Error> {
    let (started, taken_at) = (Instant::now(), SystemTime::now());
    let Connected { source, cluster_name } = connect(&settings.source).await?;
    let mut warnings = Warnings::default();
    let visitor = (&mut warnings, Progress::start(settings));
    let pass = collect_with(source.as_ref(), &settings.collect, taken_at, visitor).await;
    // With its visitor the progress goes, before more is said.
    let pass = pass.map(|(collected, _)| collected);
    warnings.finish();
    let is_input = !matches!(settings.source, Source::Cluster(_));
    let collected = pass.map_err(if is_input { Error::Input } else { Error::Cluster })?;

    summarize(&collected, started);
    if is_input && collected.summary.pods == 0 {
        let selector = settings.collect.selector();
        let some = selector.included().is_some() || selector.excludes_any();
        warn!("the input holds no pods{}", if some { " of the selected namespaces" } else { "" });
    }
    let inventory = match settings.cluster_name.clone().or(cluster_name) {
        Some(name) => collected.inventory.with_cluster_name(name),
        None => collected.inventory,
    };
    Ok((inventory, collected.skipped.len()))
}

fn tell(notice: &Notice, log: &Log) {
    match notice {
        Notice::Alarm(text) if !log.console || log.level < Level::WARN => {
            console::write(format!("warning: {text}\n").as_bytes());
            warn!("{text}");
        }
        Notice::Warning(text) | Notice::Alarm(text) => warn!("{text}"),
        Notice::Info(text) => info!("{text}"),
    }
}

fn summarize(collected: &Collected, started: Instant) {
    let Collected { inventory, summary, .. } = collected;
    if let Some(error) = &collected.version_error {
        warn!("the report is without the server's version: {}", one_line(error));
    }
    info!(
        "{}, {} and {} in {}",
        counted(inventory.namespaces().len(), "namespace"),
        counted(summary.pods, "pod"),
        counted(inventory.image_count(), "distinct image"),
        Took(started.elapsed()),
    );
    left_out(summary);
}

fn left_out(summary: &Summary) {
    for (reason, count) in &summary.left_out {
        let why = match reason {
            LeftOutReason::Phase => "nothing of the pod runs",
            LeftOutReason::Policy => "the image has no tag, and the policy is `drop`",
            LeftOutReason::Parse => "no text of the image names a repository",
            _ => "kai-core says so",
        };
        info!("left out {}: {why}", counted(*count, "container"));
    }
}
