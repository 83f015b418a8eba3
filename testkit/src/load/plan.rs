use std::collections::BTreeSet;
use std::sync::Arc;

use fastrand::Rng;
use serde_json::Value;

use super::images::RuntimeImage;
use super::pod;
use super::workload::{Controller, Workload};

const NAMES: [&str; 16] = [
    "checkout",
    "catalog",
    "payments",
    "search",
    "ingest",
    "notifications",
    "profile",
    "sessions",
    "billing",
    "gateway",
    "reports",
    "recommendations",
    "inventory",
    "media",
    "audit",
    "scheduler",
];

/// The pods of one namespace, by name.
#[derive(Debug)]
pub(super) struct NamespacePlan {
    pub(super) namespace: String,
    pods: Vec<(String, Arc<Workload>)>,
    seed: u64,
}

impl NamespacePlan {
    pub(super) fn new(
        namespace: String,
        pods: usize,
        images: &[RuntimeImage],
        rng: &mut Rng,
    ) -> Self {
        let mut names = BTreeSet::new();
        let mut planned = Vec::with_capacity(pods);
        while planned.len() < pods {
            let workload = Arc::new(Workload::new(planned.len(), images, rng));
            let replicas = 1 + rng.usize(..8.max(pods / 20));
            for ordinal in 0..replicas.min(pods - planned.len()) {
                let mut name = workload.pod_name(ordinal, rng);
                while !names.insert(name.clone()) {
                    name = workload.pod_name(ordinal, rng);
                }
                planned.push((name, Arc::clone(&workload)));
            }
        }
        planned.sort_by(|one, other| one.0.cmp(&other.0));
        Self { namespace, pods: planned, seed: rng.u64(..) }
    }

    pub(super) fn pod(&self, position: usize) -> Value {
        let (name, workload) = &self.pods[position];
        let mut rng = super::stream(self.seed, position as u64);
        pod::render(&self.namespace, name, workload, &mut rng)
    }
}

impl Workload {
    fn new(number: usize, images: &[RuntimeImage], rng: &mut Rng) -> Self {
        let controller = match rng.u8(..20) {
            0..14 => Controller::Deployment,
            14..16 => Controller::StatefulSet,
            16..18 => Controller::DaemonSet,
            _ => Controller::Job,
        };
        let some = |rng: &mut Rng, many: usize| -> Vec<RuntimeImage> {
            (0..many).map(|_| pick(images, rng)).collect()
        };
        let containers = match rng.u8(..10) {
            0..7 => 1,
            7..9 => 2,
            _ => 3,
        };
        let inits = usize::from(rng.u8(..4) == 0) * (1 + rng.usize(..2));
        Self {
            // The number keeps the ordinals of two stateful sets apart.
            name: format!("{}-{number}", NAMES[rng.usize(..NAMES.len())]),
            controller,
            hash: letters(10, rng),
            containers: some(rng, containers),
            inits: some(rng, inits),
            sidecar: (rng.u8(..12) == 0).then(|| pick(images, rng)),
            volume: (rng.u8(..30) == 0).then(|| pick(images, rng)),
        }
    }

    fn pod_name(&self, ordinal: usize, rng: &mut Rng) -> String {
        let Self { name, hash, .. } = self;
        match self.controller {
            Controller::Deployment => format!("{name}-{hash}-{}", letters(5, rng)),
            Controller::StatefulSet => format!("{name}-{ordinal}"),
            Controller::DaemonSet | Controller::Job => format!("{name}-{}", letters(5, rng)),
        }
    }
}

/// Some images are everywhere, most are rare.
fn pick(images: &[RuntimeImage], rng: &mut Rng) -> RuntimeImage {
    let most = rng.usize(1..=images.len());
    images[rng.usize(..most)].clone()
}

/// Letters and digits as Kubernetes generates names from: none of them makes a word.
fn letters(many: usize, rng: &mut Rng) -> String {
    const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    (0..many).map(|_| char::from(ALPHABET[rng.usize(..ALPHABET.len())])).collect()
}

/// How many pods each namespace has: a tenth none, one at least in the others, and most in
/// few of them (Zipf's law).
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "weights of some thousand namespaces; the rounding is what cuts them to pods"
)]
pub(super) fn shares(pods: usize, namespaces: usize, rng: &mut Rng) -> Vec<usize> {
    let mut shares = vec![0; namespaces];
    let filled = (namespaces - namespaces / 10).min(pods);
    let rest = pods - filled;
    let weights: Vec<f64> = (0..filled).map(|rank| 1.0 / (rank as f64 + 1.0)).collect();
    let total: f64 = weights.iter().sum();
    let (mut sum, mut given) = (0.0, 0);
    for (share, weight) in shares.iter_mut().zip(&weights) {
        sum += weight;
        let due = (rest as f64 * (sum / total)).round() as usize;
        *share = 1 + due - given;
        given = due;
    }
    // Rounding may leave one over.
    if let Some(first) = shares.first_mut() {
        *first += rest - given;
    }
    rng.shuffle(&mut shares);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_are_uneven() {
        for (pods, namespaces) in [(0, 1), (1, 1), (3, 10), (100, 7), (10_000, 200), (50_000, 5000)]
        {
            let mut shares = shares(pods, namespaces, &mut Rng::with_seed(7));
            assert_eq!(shares.len(), namespaces, "{pods}/{namespaces}");
            assert_eq!(shares.iter().sum::<usize>(), pods, "{pods}/{namespaces}");
            shares.sort_unstable();
            if namespaces >= 200 {
                let most: usize = shares.iter().rev().take(namespaces / 10).sum();
                assert!(most > pods / 2, "the biggest tenth has {most} of {pods} pods");
                assert_eq!(shares.iter().filter(|pods| **pods == 0).count(), namespaces / 10);
            }
        }
    }
}
