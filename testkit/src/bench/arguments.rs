use std::env;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::contender::Client;
use super::error::BenchError;
use super::rounds::Rounds;
use super::situation::Situation;
use super::size::Size;
use super::watch::Period;

/// What is measured, and how often.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The kai to measure [default: the one beside this program]
    #[arg(long, value_name = "FILE")]
    kai: Option<PathBuf>,
    /// Loads: PODS/NAMESPACES, or one of the usual 300, 10000, 50000 and 3000 [default: these]
    #[arg(long, value_name = "SIZE", value_delimiter = ',')]
    pods: Vec<Size>,
    /// Situations [default: near; with 10000 pods also answers and rest, with 50000 all]
    #[arg(long, value_enum, value_name = "SITUATION", value_delimiter = ',')]
    situations: Vec<Situation>,
    /// Only these clients
    #[arg(long, value_enum, value_name = "CLIENT", value_delimiter = ',')]
    clients: Vec<Client>,
    /// Runs of each program that count; one more comes before them
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = at_least_one)]
    rounds: usize,
    /// The same for a program that takes more than 10 s
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = at_least_one)]
    slow_rounds: usize,
    /// Size of the file of pods; 0: none
    #[arg(long, value_name = "MB", default_value_t = 1000)]
    pub(super) file_mb: usize,
    /// How often kai starts for nothing; 0: never
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(super) starts: usize,
    /// How long pods change for those that follow a cluster
    #[arg(long, value_name = "S", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    watch_seconds: u64,
    /// What the micro benchmarks printed, for the report
    #[arg(long, value_name = "FILE")]
    pub(super) micro: Option<PathBuf>,
    /// Markdown file whose results are replaced
    #[arg(long, value_name = "FILE")]
    pub(super) markdown: Option<PathBuf>,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("{error}")),
    }
}

impl Arguments {
    /// How long pods change for those that follow a cluster.
    pub(super) fn watch_period(&self) -> Period {
        Period(Duration::from_secs(self.watch_seconds))
    }

    pub(super) fn rounds(&self) -> Rounds {
        Rounds { usual: self.rounds, slow: self.slow_rounds }
    }

    /// The sizes, each with its situations.
    pub(super) fn sizes(&self) -> Vec<(Size, Vec<Situation>)> {
        let sizes = if self.pods.is_empty() { Size::USUAL.to_vec() } else { self.pods.clone() };
        let situations = |size: Size| match self.situations.as_slice() {
            [] => size.usual_situations().to_vec(),
            asked => asked.to_vec(),
        };
        sizes.into_iter().map(|size| (size, situations(size))).collect()
    }

    /// The clients that are asked for; none: all.
    pub(super) fn chosen(&self) -> &[Client] {
        &self.clients
    }

    /// The kai to measure.
    pub(super) fn kai(&self) -> Result<PathBuf, BenchError> {
        let beside = || Some(env::current_exe().ok()?.with_file_name("kai"));
        let kai = self.kai.clone().or_else(beside).and_then(|kai| kai.canonicalize().ok());
        kai.filter(|kai| kai.is_file()).ok_or_else(|| BenchError::Missing {
            what: "the kai to measure".to_owned(),
            hint: "make build, or --kai FILE",
        })
    }
}

/// What was typed, to be told to others: without the names of files.
pub(super) fn command(typed: impl Iterator<Item = String>) -> String {
    const FILES: [&str; 3] = ["--kai", "--micro", "--markdown"];
    let mut options = Vec::new();
    let mut typed = typed.skip(2); // the program and its subcommand
    while let Some(option) = typed.next() {
        if FILES.contains(&option.as_str()) {
            typed.next();
        } else if !FILES.iter().any(|name| option.starts_with(&format!("{name}="))) {
            options.push(option);
        }
    }
    match options.as_slice() {
        [] => "make bench".to_owned(),
        options => format!("make bench BENCH='{}'", options.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn typed(line: &str) -> Arguments {
        Typed::try_parse_from(line.split(' ')).unwrap().arguments
    }

    #[test]
    fn without_a_choice_all_sizes_are_measured_and_the_biggest_in_all_situations() {
        use Situation::{Answers, Far, Near, Rest, Slow, Watch};
        let sizes = typed("bench").sizes();
        let situations: Vec<(usize, &[Situation])> =
            sizes.iter().map(|(size, situations)| (size.pods, situations.as_slice())).collect();
        let expected: [(usize, &[Situation]); 4] = [
            (300, &[Near]),
            (10_000, &[Near, Answers, Rest]),
            (50_000, &[Near, Answers, Far, Slow, Rest, Watch]),
            (3_000, &[Near]),
        ];
        assert_eq!(situations, expected);
    }

    #[test]
    fn what_is_chosen_is_all_that_is_measured() {
        let arguments = typed("bench --pods 10000,70/7 --situations far --clients kubectl,curl");
        let expected = [(10_000, 200), (70, 7)]
            .map(|(pods, namespaces)| (Size { pods, namespaces }, vec![Situation::Far]));
        assert_eq!(arguments.sizes(), expected);
        assert_eq!(Client::all(arguments.chosen()), [Client::Kai, Client::Curl, Client::Kubectl]);
    }

    #[test]
    fn no_rounds_at_all_are_refused() {
        for line in ["bench --rounds 0", "bench --slow-rounds 0", "bench --rounds x"] {
            assert!(Typed::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }

    #[test]
    fn the_command_is_told_without_the_names_of_files() {
        for (line, told) in [
            ("testkit bench", "make bench"),
            ("testkit bench --kai /a/b --markdown=/c/d --micro e", "make bench"),
            (
                "testkit bench --pods 300 --kai /a/b --rounds 3",
                "make bench BENCH='--pods 300 --rounds 3'",
            ),
        ] {
            assert_eq!(command(line.split(' ').map(str::to_owned)), told);
        }
    }
}
