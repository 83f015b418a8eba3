//! The metrics and their names. No label contains names from the cluster: each has a closed set of
//! values.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kai_core::LeftOutReason;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::histogram::Histogram;

use crate::periodic::{Figures, Outcome};

/// In seconds: a small cluster takes a tenth, and back-to-back cycles take a whole interval.
const BUCKETS: [f64; 12] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];

/// Labels: the usual status codes of an API server, the classes of all others, and no response.
const CODES: [&str; 18] = [
    "200", "400", "401", "403", "404", "409", "410", "429", "500", "502", "503", "504", "1xx",
    "2xx", "3xx", "4xx", "5xx", "none",
];

const REASONS: [LeftOutReason; 4] =
    [LeftOutReason::Phase, LeftOutReason::Policy, LeftOutReason::Parse, LeftOutReason::Filter];

/// All metrics.
#[derive(Debug)]
pub(super) struct Metrics {
    cycles: Counters<3>,
    durations: Histogram,
    /// Unix time in seconds, like all timestamps here; 0: not yet.
    last_success: AtomicU64,
    deliveries: Counters<4>,
    last_delivery: AtomicU64,
    requests: Counters<18>,
    /// From the last inventory.
    figures: Mutex<Option<Figures>>,
}

/// A counter for each value of a label.
#[derive(Debug)]
pub(super) struct Counters<const N: usize>([(&'static str, AtomicU64); N]);

impl<const N: usize> Counters<N> {
    pub(super) fn new(values: [&'static str; N]) -> Self {
        Self(values.map(|value| (value, AtomicU64::new(0))))
    }

    pub(super) fn count(&self, value: &str) {
        if let Some((_, count)) = self.0.iter().find(|(known, _)| *known == value) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn load(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(value, count)| (*value, count.load(Ordering::Relaxed)))
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            cycles: Counters::new(["success", "partial", "failure"]),
            durations: Histogram::new(BUCKETS),
            last_success: AtomicU64::new(0),
            deliveries: Counters::new(["success", "retry", "rejected", "replaced"]),
            last_delivery: AtomicU64::new(0),
            requests: Counters::new(CODES),
            figures: Mutex::new(None),
        }
    }
}

impl Metrics {
    /// Counts a cycle: without figures as failed, with skipped namespaces as partial.
    pub(super) fn cycle(&self, took: Duration, figures: Option<&Figures>, unix_time: u64) {
        self.cycles.count(match figures {
            Some(figures) if figures.skipped == 0 => "success",
            Some(_) => "partial",
            None => "failure",
        });
        self.durations.observe(took.as_secs_f64());
        if let Some(figures) = figures {
            self.last_success.store(unix_time, Ordering::Relaxed);
            *self.figures.lock().unwrap_or_else(PoisonError::into_inner) = Some(figures.clone());
        }
    }

    pub(super) fn delivery(&self, outcome: Outcome, unix_time: u64) {
        self.deliveries.count(match outcome {
            Outcome::Delivered => "success",
            Outcome::Failed => "retry",
            Outcome::Refused => "rejected",
            Outcome::Replaced => "replaced",
        });
        if outcome == Outcome::Delivered {
            self.last_delivery.store(unix_time, Ordering::Relaxed);
        }
    }

    pub(super) fn request(&self, code: Option<u16>) {
        self.requests.count(&label_of(code));
    }
}

/// The label of a status code, one of [`CODES`].
fn label_of(code: Option<u16>) -> String {
    let Some(code) = code else { return "none".to_owned() };
    let text = code.to_string();
    if CODES.contains(&text.as_str()) {
        return text;
    }
    // Codes beyond are invalid in HTTP, and are counted in the nearest class.
    format!("{}xx", (code / 100).clamp(1, 5))
}

impl Collector for Metrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        encoder
            .encode_descriptor("kai_build", "Version of kai.", None, MetricType::Info)?
            .encode_info(&version)?;

        let what = "Cycles, by outcome.";
        counters(&mut encoder, "kai_cycles", what, "outcome", self.cycles.load())?;
        let (what, kind) = ("Duration of cycles.", MetricType::Histogram);
        let duration = "kai_cycle_duration_seconds";
        self.durations.encode(encoder.encode_descriptor(duration, what, None, kind)?)?;
        let what = "Time of the last collected inventory, 0 before the first.";
        let time = self.last_success.load(Ordering::Relaxed);
        gauge(&mut encoder, "kai_last_success_timestamp_seconds", what, &time)?;

        let what = "Reports to Anchore, by outcome, and retried attempts.";
        counters(&mut encoder, "kai_deliveries", what, "outcome", self.deliveries.load())?;
        let what = "Time of the last delivered report, 0 before the first.";
        let time = self.last_delivery.load(Ordering::Relaxed);
        gauge(&mut encoder, "kai_last_delivery_timestamp_seconds", what, &time)?;

        // Before the first inventory, any number would be wrong.
        let figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(figures) = figures {
            inventory(&mut encoder, &figures)?;
        }

        let what = "Attempts to query the API server, by status of the response.";
        counters(&mut encoder, "kai_kubernetes_requests", what, "code", self.requests.load())
    }
}

/// The figures of the last inventory.
fn inventory(encoder: &mut DescriptorEncoder<'_>, figures: &Figures) -> fmt::Result {
    let what = "Namespaces in the last inventory.";
    gauge(encoder, "kai_namespaces", what, &figures.namespaces)?;
    let what = "Pods in these namespaces, including those that are left out.";
    gauge(encoder, "kai_pods", what, &figures.summary.pods)?;
    gauge(encoder, "kai_images", "Distinct images in the last inventory.", &figures.images)?;

    let what = "Containers left out of the last inventory, by reason.";
    let mut family = encoder.encode_descriptor("kai_left_out", what, None, MetricType::Gauge)?;
    // Includes zero counts and reasons added by later versions of kai-core.
    let none = REASONS.map(|reason| (reason, 0));
    let left_out: BTreeMap<_, _> =
        none.into_iter().chain(figures.summary.left_out.clone()).collect();
    for (reason, containers) in left_out {
        family.encode_family(&[("reason", reason.as_str())])?.encode_gauge(&containers)?;
    }
    Ok(())
}

/// A counter without labels.
pub(super) fn counter(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    what: &str,
    count: u64,
) -> fmt::Result {
    let count = ConstCounter::new(count);
    count.encode(encoder.encode_descriptor(name, what, None, MetricType::Counter)?)
}

/// A counter for each value of a label.
pub(super) fn counters(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    what: &str,
    label: &str,
    counts: impl Iterator<Item = (&'static str, u64)>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, what, None, MetricType::Counter)?;
    for (value, count) in counts {
        let count = ConstCounter::new(count);
        count.encode(family.encode_family(&[(label, value)])?)?;
    }
    Ok(())
}

pub(super) fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    what: &str,
    value: &impl EncodeGaugeValue,
) -> fmt::Result {
    encoder.encode_descriptor(name, what, None, MetricType::Gauge)?.encode_gauge(value)
}
