mod apply;
mod images;
mod padding;
mod plan;
mod pod;
mod workload;
mod write;

use fastrand::Rng;
use serde_json::{Value, json};

pub use write::Shape;

use plan::NamespacePlan;

/// Many pods as a big cluster has them: a few big namespaces, many small and some empty
/// ones, about 400 distinct images in every form of reference and `imageID`, pods in every
/// phase, each about 7 KB of JSON.
///
/// The same values make the same pods, byte for byte.
#[derive(Debug, Clone)]
pub struct Load {
    /// How many pods.
    pub pods: usize,
    /// How many namespaces, the empty ones included.
    pub namespaces: usize,
    /// What all choices follow from.
    pub seed: u64,
    /// What the names of the namespaces start with.
    pub prefix: String,
}

impl Load {
    /// A load with the default seed and prefix.
    #[must_use]
    pub fn new(pods: usize, namespaces: usize) -> Self {
        Self { pods, namespaces, seed: 1, prefix: "load".to_owned() }
    }

    /// The names of the namespaces, in order, with the number of pods in each.
    #[must_use]
    pub fn shares(&self) -> Vec<(String, usize)> {
        let mut rng = self.rng(0);
        plan::shares(self.pods, self.namespaces, &mut rng)
            .into_iter()
            .enumerate()
            .map(|(index, pods)| (format!("{}-{index:05}", self.prefix), pods))
            .collect()
    }

    /// The namespaces as the API server writes single ones, in order of their names.
    pub fn namespace_objects(&self) -> impl Iterator<Item = Value> + Send + use<> {
        let seed = self.seed;
        self.shares().into_iter().zip(1..).map(move |((name, _), index)| {
            let mut rng = stream(seed, index);
            json!({
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {
                    "creationTimestamp": padding::timestamp(&mut rng),
                    "labels": {"kubernetes.io/metadata.name": name, "team": padding::team(&mut rng)},
                    "name": name,
                    "resourceVersion": rng.u32(1000..9_000_000).to_string(),
                    "uid": padding::uid(&mut rng),
                },
                "spec": {"finalizers": ["kubernetes"]},
                "status": {"phase": "Active"},
            })
        })
    }

    /// The pods as the API server writes single ones, ordered as etcd orders them. They are
    /// made one by one.
    pub fn pod_objects(&self) -> impl Iterator<Item = Value> + Send + use<> {
        let load = self.clone();
        let images = images::pool(&mut self.rng(0));
        self.shares().into_iter().zip(1..).flat_map(move |((namespace, pods), index)| {
            let mut rng = stream(load.seed, index);
            let plan = NamespacePlan::new(namespace, pods, &images, &mut rng);
            (0..pods).map(move |position| plan.pod(position))
        })
    }

    fn rng(&self, number: u64) -> Rng {
        stream(self.seed, number)
    }
}

/// Independent random numbers for one part of a load.
fn stream(seed: u64, number: u64) -> Rng {
    let mut rng = Rng::with_seed(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    rng.fork()
}
