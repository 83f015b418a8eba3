//! One run, from what was typed to the exit code.

use std::ffi::OsString;
use std::io;
use std::time::{Instant, SystemTime};

use kai_core::{Collected, Inventory, LeftOutReason, Summary, collect_with};
use tokio::runtime::Builder;
use tracing::{info, warn};

use crate::args::{self, Args, Invocation};
use crate::completion;
use crate::connect::{Connected, connect};
use crate::error::{Error, one_line};
use crate::exit::Exit;
use crate::logging;
use crate::output;
use crate::progress::Progress;
use crate::settings::{Notice, Settings, Source};
use crate::signals::Signals;
use crate::update;
use crate::version;
use crate::warnings::Warnings;
use crate::words::{Took, counted};

/// Does what was typed.
pub(crate) fn run(
    typed: impl IntoIterator<Item = OsString>,
    env: impl Fn(&str) -> Option<OsString>,
) -> Exit {
    let done = match args::parse(typed) {
        Err(answer) => return show(&answer),
        Ok(Invocation::Version(format)) => version::print(format).map_err(Error::Write),
        Ok(Invocation::Completion(shell)) => completion::print(shell).map_err(Error::Write),
        Ok(Invocation::Answer(words)) => completion::answer(&words).map_err(Error::Write),
        Ok(Invocation::Inventory(args)) => match settle(&args, env) {
            Ok(settings) => return inventory(&settings),
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
fn settle(args: &Args, env: impl Fn(&str) -> Option<OsString>) -> Result<Settings, Error> {
    let settings = Settings::from(args, env)?;
    logging::start(&settings.log).map_err(|source| Error::Log {
        path: settings.log.file.clone().unwrap_or_default(),
        source,
    })?;
    Ok(settings)
}

fn inventory(settings: &Settings) -> Exit {
    match start(settings) {
        Ok(()) => Exit::Success,
        Err(error) => {
            error.tell(&settings.log);
            error.exit()
        }
    }
}

fn start(settings: &Settings) -> Result<(), Error> {
    let signals = Signals::install().map_err(Error::Start)?;
    if let Some(url) = &settings.update {
        update::start(url);
    }
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
    let done = runtime.block_on(adhoc(settings, signals));
    // A thread that waits for stdin would be waited for.
    runtime.shutdown_background();
    done
}

/// Takes one inventory and writes it, all of it or nothing.
async fn adhoc(settings: &Settings, mut signals: Signals) -> Result<(), Error> {
    let (inventory, skipped) = tokio::select! {
        biased;
        signal = signals.first() => return Err(Error::Signal(signal)),
        taken = take(settings) => taken?,
    };
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
    settings.notices.iter().for_each(tell);

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

fn tell(notice: &Notice) {
    match notice {
        Notice::Warning(text) => warn!("{text}"),
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
            LeftOutReason::Phase => "nothing of their pods runs",
            LeftOutReason::Policy => "their images have no tag, and the policy is `drop`",
            LeftOutReason::Parse => "no text of their images names a repository",
            _ => "kai-core says so",
        };
        info!("left out {}: {why}", counted(*count, "container"));
    }
}
