use fastrand::Rng;

/// How many distinct images a load uses.
const IMAGES: usize = 400;

const REGISTRIES: [&str; 5] = [
    "registry.example.com",
    "ghcr.io",
    "quay.io",
    "europe-docker.pkg.dev/acme",
    "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
];
const PORTED: [&str; 2] = ["registry.internal:5000", "localhost:32000"];
const PROJECTS: [&str; 6] =
    ["platform", "payments", "search", "data/pipelines", "observability", "edge"];
const PROGRAMS: [&str; 20] = [
    "api",
    "worker",
    "frontend",
    "gateway",
    "scheduler",
    "indexer",
    "exporter",
    "agent",
    "proxy",
    "controller",
    "migrate",
    "cache",
    "billing",
    "auth",
    "mailer",
    "reporter",
    "collector",
    "webhook",
    "operator",
    "sync",
];
const OFFICIAL: [&str; 10] = [
    "nginx",
    "redis",
    "postgres",
    "busybox",
    "alpine",
    "memcached",
    "haproxy",
    "mysql",
    "rabbitmq",
    "golang",
];

/// An image as a pod names it and as the runtime reports it.
#[derive(Debug, Clone)]
pub(super) struct RuntimeImage {
    /// The container's `image`.
    pub(super) reference: String,
    /// The status's `image`.
    pub(super) status_image: String,
    /// The status's `imageID`.
    pub(super) image_id: String,
    /// The manifest's digest.
    pub(super) digest: String,
}

/// All images of a load: every form of reference meets every form of `imageID`.
pub(super) fn pool(rng: &mut Rng) -> Vec<RuntimeImage> {
    (0..IMAGES).map(|index| image(index, rng)).collect()
}

fn image(index: usize, rng: &mut Rng) -> RuntimeImage {
    let form = index % 9;
    let program = PROGRAMS[rng.usize(..PROGRAMS.len())];
    let project = PROJECTS[rng.usize(..PROJECTS.len())];
    let repository = match form {
        0..=3 => {
            format!("{}/{project}/{program}-{index}", REGISTRIES[rng.usize(..REGISTRIES.len())])
        }
        4 | 8 => format!("{}/{project}/{program}-{index}", PORTED[rng.usize(..PORTED.len())]),
        5 | 7 => official(index),
        _ => format!("{program}hub/{program}-{index}"),
    };
    let tag = format!("v{}.{}.{}", rng.u8(..12), rng.u8(..30), index);
    let digest = format!("sha256:{}", hex64(rng));
    let reference = match form {
        1 => format!("{repository}@{digest}"),
        2 => format!("{repository}:{tag}@{digest}"),
        3 | 7 | 8 => repository.clone(),
        _ => format!("{repository}:{tag}"),
    };
    let full = match form {
        5 | 7 if !repository.contains('/') => format!("docker.io/library/{repository}"),
        5..=7 => format!("docker.io/{repository}"),
        _ => repository,
    };
    let status_image = match form {
        1 => format!("{full}@{digest}"),
        3 | 7 | 8 => format!("{full}:latest"),
        _ => format!("{full}:{tag}"),
    };
    let config = hex64(rng);
    let (status_image, image_id) = match (index / 9) % 5 {
        0 => (reference.clone(), format!("docker-pullable://{full}@{digest}")),
        1 => (reference.clone(), format!("docker://sha256:{config}")),
        2 => (status_image, format!("{full}@{digest}")),
        // A runtime that knows several names for an image reports none of them.
        3 => (format!("sha256:{config}"), format!("sha256:{config}")),
        _ => (status_image, config),
    };
    RuntimeImage { reference, status_image, image_id, digest }
}

/// A name without a registry; the official ones are few, so most get a suffix.
fn official(index: usize) -> String {
    let name = OFFICIAL[(index / 9) % OFFICIAL.len()];
    match index / 9 / OFFICIAL.len() {
        0 => name.to_owned(),
        round => format!("{name}-{round}"),
    }
}

fn hex64(rng: &mut Rng) -> String {
    format!("{:032x}{:032x}", rng.u128(..), rng.u128(..))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    type Matches = fn(&str) -> bool;

    #[test]
    fn the_pool_has_every_form_and_no_image_twice() {
        let pool = pool(&mut Rng::with_seed(1));
        let distinct: HashSet<_> = pool.iter().map(|image| &image.reference).collect();
        assert!((380..=IMAGES).contains(&distinct.len()), "{} distinct", distinct.len());
        let references: [(&str, Matches); 6] = [
            ("digest only", |r| {
                r.contains("@sha256:") && !r.split('@').next().unwrap().contains(':')
            }),
            ("tag and digest", |r| r.split('@').next().unwrap().contains(":v") && r.contains('@')),
            ("port without tag", |r| r.starts_with("registry.internal:5000/") && !r.contains(":v")),
            ("port and tag", |r| r.starts_with("registry.internal:5000/") && r.contains(":v")),
            ("short without tag", |r| r == "nginx" || r == "busybox" || r == "redis"),
            ("short with user", |r| r.starts_with("apihub/")),
        ];
        for (form, matches) in references {
            assert!(pool.iter().any(|image| matches(&image.reference)), "no image has {form}");
        }
        for start in ["docker-pullable://", "docker://sha256:", "sha256:", "ghcr.io/", "docker.io/"]
        {
            assert!(pool.iter().any(|image| image.image_id.starts_with(start)), "no {start}");
        }
        let bare = |image: &RuntimeImage| image.image_id.chars().all(|c| c.is_ascii_hexdigit());
        assert!(pool.iter().any(bare), "no bare hexadecimal id");
    }
}
