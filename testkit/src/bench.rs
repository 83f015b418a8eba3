//! The benchmark of whole processes: kai beside other clients of the same API server.

mod arguments;
mod cluster;
mod contender;
mod contest;
mod curl;
mod error;
mod local;
mod machine;
mod measure;
mod metrics;
mod micro;
mod process;
mod report;
mod results;
mod rounds;
mod sample;
mod situation;
mod size;
mod statistics;
mod table;
mod targets;
mod watch;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

pub(crate) use arguments::Arguments;
pub(crate) use error::BenchError;
pub(crate) use measure::helper;

use cluster::Cluster;
use contender::{CURL, Client};
use results::Results;
use situation::Situation;

/// Measures, prints the report, and writes it into a Markdown file if there is one.
pub(crate) fn run(arguments: &Arguments) -> Result<(), BenchError> {
    let page = arguments.markdown.as_deref().map(error::read).transpose()?;
    let kai = arguments.kai()?;
    let mut results = circumstances(arguments, &kai)?;
    let clients = present(&wanted(arguments), &kai, &mut results)?;
    // What fails soonest comes first.
    let mut local = Vec::new();
    if arguments.starts > 0 {
        local.push(local::launch(&kai, arguments.starts)?);
    }
    if arguments.file_mb > 0 {
        local.push(local::file(&kai, arguments.file_mb, arguments.rounds())?);
    }
    measure_clusters(arguments, &clients, &mut results)?;
    results.contests.extend(local);
    print!("{}", results.text());
    if let (Some(path), Some(page)) = (&arguments.markdown, page) {
        error::write(path, &results.replace_in(&page)?)?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "the size of a program")]
fn circumstances(arguments: &Arguments, kai: &Path) -> Result<Results, BenchError> {
    let size = kai.metadata().map_err(error::io("cannot look at kai"))?.len();
    let micros = match &arguments.micro {
        Some(path) => micro::parse(&error::read(path)?),
        None => Vec::new(),
    };
    if arguments.micro.is_some() && micros.is_empty() {
        return Err(BenchError::unexpected("the text of the micro benchmarks", "there is none"));
    }
    Ok(Results {
        command: arguments::command(std::env::args()),
        date: Timestamp::now().strftime("%Y-%m-%d").to_string(),
        machine: machine::describe()?,
        micros,
        binary_megabytes: size as f64 / 1e6,
        ..Results::default()
    })
}

/// The clients that take part in anything.
fn wanted(arguments: &Arguments) -> Vec<Client> {
    let sizes = arguments.sizes();
    let situations: Vec<Situation> =
        sizes.into_iter().flat_map(|(_, situations)| situations).collect();
    let mut clients = Client::all(arguments.chosen());
    clients.retain(|client| {
        situations.iter().any(|situation| client.takes_part(*situation, arguments.chosen()))
    });
    clients
}

/// The clients that are installed; those that aren't are named in the report.
fn present(
    wanted: &[Client],
    kai: &Path,
    results: &mut Results,
) -> Result<Vec<(Client, PathBuf)>, BenchError> {
    let mut found = Vec::new();
    for client in wanted {
        let name = client.name();
        match client.find(kai) {
            Some(program) => {
                results.versions.push((name.to_owned(), client.version(&program)));
                found.push((*client, program));
            }
            None if name == CURL => {
                let hint = "it is what kai is measured against";
                return Err(BenchError::Missing { what: format!("`{name}`"), hint });
            }
            None => results.missing.push(name),
        }
    }
    Ok(found)
}

fn measure_clusters(
    arguments: &Arguments,
    clients: &[(Client, PathBuf)],
    results: &mut Results,
) -> Result<(), BenchError> {
    for (size, situations) in arguments.sizes() {
        let cluster = Cluster::start(size)?;
        if !results.versions.iter().any(|(name, _)| name == "kube-apiserver") {
            results.versions.push(("kube-apiserver".to_owned(), cluster.version()?));
        }
        for situation in situations {
            let here: Vec<_> = clients
                .iter()
                .filter(|(client, _)| client.takes_part(situation, arguments.chosen()))
                .cloned()
                .collect();
            let rounds = arguments.rounds();
            if situation == Situation::Watch {
                let watching = cluster.watch(&here, rounds.slow, arguments.watch_period())?;
                results.watches.push(watching);
            } else {
                results.contests.push(cluster.contest(&here, situation, rounds)?);
            }
        }
    }
    Ok(())
}
