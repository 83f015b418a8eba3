use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::{Command, Stdio};

use kai_k8s::RequestObserver;
use openmetrics_parser::openmetrics::parse_openmetrics;
use openmetrics_parser::prometheus::parse_prometheus;

use super::*;
use crate::docs;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

impl Bench {
    /// The metrics that are sent to who accepts this, whose type is looked at.
    fn metrics(&self, accept: &str, content_type: &str) -> String {
        let answer = self.send(&format!("GET /metrics HTTP/1.1\r\nAccept: {accept}"));
        assert_eq!(answer.header("content-type"), Some(content_type), "{accept}");
        answer.body.replace(env!("CARGO_PKG_VERSION"), "VERSION")
    }

    fn open_metrics(&self) -> String {
        self.metrics("application/openmetrics-text", OPEN_METRICS)
    }

    fn text(&self) -> String {
        self.metrics("*/*", TEXT)
    }
}

/// One that has seen everything.
fn busy() -> Bench {
    let bench = Bench::new();
    for code in [200, 200, 404, 418, 599, 226, 100, 302, 999] {
        bench.state.answered(Some(code));
    }
    bench.state.answered(None);
    bench.state.cycle_ended(Duration::from_secs(61), None);
    bench.clock.advance(Duration::from_secs(10));
    bench.state.cycle_ended(Duration::from_millis(1500), Some(&figures()));
    bench.clock.advance(Duration::from_secs(10));
    bench.state.delivered(Outcome::Failed);
    bench.state.delivered(Outcome::Failed);
    bench.state.delivered(Outcome::Delivered);
    bench.clock.advance(Duration::from_secs(10));
    bench.state.cycle_ended(Duration::from_secs(3600), None);
    bench.state.delivered(Outcome::Replaced);
    bench.state.delivered(Outcome::Refused);
    watched(&bench);
    bench
}

/// One that followed a cluster for a while, and is out of touch.
fn watched(bench: &Bench) {
    for event in ["set", "set", "set", "gone", "bookmark"] {
        bench.state.watched(event);
    }
    for reason in ["end", "closed", "broken", "broken", "refused"] {
        bench.state.reopened(reason);
    }
    bench.state.relisted("expired");
    bench.state.relisted("restored");
    bench.state.relisted("unreadable");
    bench.state.drifted(2);
    bench.state.complete_through(bench.clock.date());
    bench.state.watching(Some(live()));
    bench.state.in_touch(false);
    bench.clock.advance(Duration::from_millis(1500));
    bench.state.in_touch(false);
    bench.clock.advance(Duration::from_millis(1500));
}

#[test]
fn what_is_followed_shows_that_it_is_in_touch() {
    let bench = Bench::new();
    let told = |name: &str| {
        let text = bench.text();
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.unwrap().to_owned()
    };
    assert_eq!(told("kai_watching"), "0");
    watched(&bench);
    assert_eq!((told("kai_watching"), told("kai_watch_lag_seconds")), ("1".into(), "3.0".into()));
    bench.state.in_touch(true);
    assert_eq!(told("kai_watch_lag_seconds"), "0.0");
    bench.state.watching(None);
    assert_eq!(told("kai_watching"), "0");
}

#[test]
fn mode_periodic_says_nothing_of_watches() {
    let state = State::new(REQUEST_TIMEOUT, false);
    assert!(state.watched_figures().is_none());
}

#[test]
fn everything_is_told_in_either_form() {
    let bench = busy();
    insta::assert_snapshot!("open_metrics", bench.open_metrics());
    insta::assert_snapshot!("text", bench.text());
}

/// A row of the table of metrics.
#[derive(Default)]
struct Row<'t> {
    name: &'t str,
    help: &'t str,
    kind: &'t str,
    labels: BTreeMap<&'t str, Vec<&'t str>>,
}

impl Row<'_> {
    fn labels(&self) -> String {
        let mut texts = Vec::new();
        for (label, values) in &self.labels {
            let values: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
            texts.push(format!("`{label}`: {}", values.join(", ")));
        }
        texts.join("; ")
    }
}

/// The table of `docs/reference/metrics.md`, read from what `/metrics` answers.
fn reference(exposition: &str) -> String {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for line in exposition.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            rows.push(Row { name, help, ..Row::default() });
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            rows.last_mut().unwrap().kind = rest.split_once(' ').unwrap().1;
        } else if let Some((_, labels)) = line.split_once('{') {
            let (label, value) = labels.split_once('}').unwrap().0.split_once('=').unwrap();
            let values = rows.last_mut().unwrap().labels.entry(label).or_default();
            values.push(value.trim_matches('"'));
        }
    }
    let mut table = String::from("| metric | type | labels | meaning |\n|---|---|---|---|\n");
    for row in rows {
        let (name, kind, help) = (row.name, row.kind, docs::cell(row.help));
        let labels = match row.labels() {
            none if none.is_empty() => " ".to_owned(),
            labels => format!(" {labels} "),
        };
        let _ = writeln!(table, "| `{name}` | {kind} |{labels}| {help} |");
    }
    table
}

#[test]
fn docs_have_the_metrics() {
    docs::compare("metrics.md", &[("metrics", reference(&busy().text()))]);
}

#[test]
fn before_the_first_cycle_counts_are_zero_and_figures_unknown() {
    let text = Bench::new().text();
    assert!(text.contains("\nkai_cycles_total{outcome=\"failure\"} 0\n"), "{text}");
    assert!(text.contains("\nkai_last_success_timestamp_seconds 0\n"), "{text}");
    for figure in ["kai_namespaces", "kai_pods", "kai_images", "kai_left_out"] {
        assert!(!text.contains(figure), "{text}");
    }
}

#[test]
fn an_inventory_without_images_has_none_and_that_is_told() {
    let bench = Bench::new();
    let none = Figures { skipped: 1, ..Figures::default() };
    bench.state.cycle_ended(Duration::from_secs(1), Some(&none));
    let text = bench.text();
    for line in ["kai_images 0", "kai_left_out{reason=\"policy\"} 0"] {
        assert!(text.contains(&format!("\n{line}\n")), "{line}: {text}");
    }
}

#[test]
fn the_form_is_what_the_client_prefers() {
    // What Prometheus 2.5, 2.49 and 3 send.
    let old =
        "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    let two = "application/openmetrics-text;version=1.0.0;q=0.8,\
               application/openmetrics-text;version=0.0.1;q=0.75,\
               text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    let three = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                 application/openmetrics-text;version=0.0.1;q=0.5,\
                 text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
                 text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    let table = [
        ("", TEXT),
        ("*/*", TEXT),
        ("text/html, */*;q=0.8", TEXT),
        ("text/plain", TEXT),
        ("image/png", TEXT),
        ("application/openmetrics-text", OPEN_METRICS),
        ("Application/OpenMetrics-Text; Version=\"1.0.0\"", OPEN_METRICS),
        ("application/openmetrics-text, */*", OPEN_METRICS),
        ("application/openmetrics-text;q=0", TEXT),
        ("application/openmetrics-text;q=x", TEXT),
        ("application/openmetrics-text;q=0.2, text/plain;q=0.5", TEXT),
        ("text/plain;q=0.5, application/openmetrics-text;q=0.7", OPEN_METRICS),
        ("text/plain;version=1.0.0;q=0.9, application/openmetrics-text;q=0.7", OPEN_METRICS),
        (old, TEXT),
        (two, OPEN_METRICS),
        (three, OPEN_METRICS),
    ];
    let bench = Bench::new();
    for (accept, content_type) in table {
        println!("{accept}");
        bench.metrics(accept, content_type);
    }
}

#[test]
fn a_parser_reads_the_same_of_either_form() {
    for bench in [Bench::new(), busy()] {
        let open = parse_openmetrics(&bench.open_metrics()).unwrap();
        let text = parse_prometheus(&bench.text()).unwrap();
        let samples = |text: String| {
            text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
        };
        let (of_open, of_text): (Vec<_>, Vec<_>) =
            (samples(bench.open_metrics()), samples(bench.text()));
        assert_eq!(of_open, of_text);
        assert_eq!(open.families.len(), text.families.len());
        assert!(open.families.contains_key("kai_cycles"), "{:?}", open.families.keys());
        assert!(text.families.contains_key("kai_cycles_total"), "{:?}", text.families.keys());
        assert!(parse_openmetrics(&bench.text()).is_err(), "a parser that takes anything");
    }
}

/// What promtool says to an input, and whether it likes it; `None` where there is none.
fn promtool(args: &[&str], input: &str) -> Option<(bool, String)> {
    let promtool = Command::new("promtool")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut promtool) = promtool else {
        println!("skipped: there is no promtool (Debian's package prometheus has it)");
        return None;
    };
    promtool.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    Some((output.status.success(), said))
}

#[test]
fn promtool_has_nothing_to_say_of_the_text() {
    for bench in [Bench::new(), busy()] {
        let Some(said) = promtool(&["check", "metrics"], &bench.text()) else { return };
        assert_eq!(said, (true, String::new()));
    }
}

/// It reads that form only to store it, with the times of samples.
#[test]
fn promtool_stores_what_is_sent_as_open_metrics() {
    let stored = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        let (file, blocks) = (folder.path().join("metrics"), folder.path().join("blocks"));
        let lines = text.lines().map(|line| match line.strip_prefix('#') {
            Some(_) => format!("{line}\n"),
            None => format!("{line} 1767225600\n"),
        });
        std::fs::write(&file, lines.collect::<String>()).unwrap();
        let paths = [file.to_str().unwrap(), blocks.to_str().unwrap()];
        promtool(&["tsdb", "create-blocks-from", "openmetrics", paths[0], paths[1]], "")
    };
    for bench in [Bench::new(), busy()] {
        let Some((done, said)) = stored(&bench.open_metrics()) else { return };
        assert!(done, "{said}");
        let (done, said) = stored(&bench.text()).unwrap();
        assert!(!done && said.contains("# EOF"), "promtool takes anything: {said}");
    }
}
