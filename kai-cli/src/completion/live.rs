//! Names that only the kubeconfig or the cluster can provide.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::time::{Duration, SystemTime};

use kai_core::{CollectOptions, collect};
use kai_k8s::{ClusterPodSource, SourceOptions};
use tokio::runtime::Builder;

use crate::args::{self, Invocation};
use crate::keys::{self, Key};
use crate::settings::{Cluster, ConfigFile, Environment, Settings, Source};
use crate::version;

/// Deadline for a completion. Including process startup, and what else the shell does, it stays
/// below 2 seconds.
pub(super) const PATIENCE: Duration = Duration::from_millis(1500);

/// Timeout of a request; longer than the deadline, which comes first.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Timeout of a credentials plugin, which is then killed; ending the process alone wouldn't kill
/// it.
const PLUGIN_TIMEOUT: Duration = Duration::from_millis(1200);
const _: () = assert!(PLUGIN_TIMEOUT.as_millis() < PATIENCE.as_millis());

/// Provides names from the cluster that the words and the environment select, as in a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    words: Vec<OsString>,
}

impl Live {
    pub(super) fn of(words: &[OsString]) -> Self {
        Self { words: words.to_vec() }
    }

    /// The selected cluster, ignoring the key whose value is being typed.
    fn cluster(&self, typing: &[&Key]) -> Option<Cluster> {
        let (Invocation::Inventory(mut args)
        | Invocation::Where(mut args, _)
        | Invocation::Diff(mut args, _)
        | Invocation::Config(mut args)) = args::parse(self.words.iter().cloned()).ok()?
        else {
            return None;
        };
        for key in typing {
            args.forget(key);
        }
        let env: Environment = env::vars_os().collect();
        // Pressing Tab in a cloned directory must not run anything: a configuration file there may
        // lead to a plugin.
        let file = ConfigFile::find(args.config.as_deref(), &env).ok()?;
        let file = file.filter(|file| !file.in_working_directory);
        let (settings, _) = Settings::from(&args, &env, file.as_ref()).ok()?;
        match settings.source {
            Source::Cluster(cluster) => Some(*cluster),
            Source::Inputs(_) => None,
        }
    }
}

/// The contexts of the kubeconfig.
pub(super) fn contexts(live: &Live) -> Vec<String> {
    let cluster = live.cluster(&[&keys::KUBECONFIG_CONTEXT.key]);
    cluster.and_then(|it| it.settings.context_names().ok()).unwrap_or_default()
}

/// The namespaces of the cluster.
pub(super) fn namespaces(live: &Live) -> Vec<String> {
    let cluster = live.cluster(&[&keys::INCLUDE.key, &keys::EXCLUDE.key]);
    cluster.and_then(|it| ask(&it)).unwrap_or_default()
}

/// The images of the cluster, by their repositories and with their tags.
pub(super) fn images(live: &Live) -> Vec<String> {
    let mut words = live.words.clone();
    // What is being typed may be no pattern yet.
    if let Some(last) = words.last_mut().filter(|_| live.words.len() > 2) {
        *last = "x".into();
    }
    let cluster = Live { words }.cluster(&[&keys::IMAGES_INCLUDE.key, &keys::IMAGES_EXCLUDE.key]);
    let inventory = cluster.and_then(|it| {
        connected(&it, async |source| {
            let report = collect(&source, &CollectOptions::default(), SystemTime::now()).await;
            report.ok().map(|report| report.inventory)
        })
    });
    let images = inventory
        .iter()
        .flat_map(kai_core::Inventory::namespaces)
        .flat_map(kai_core::NamespaceImages::images);
    let names = images.flat_map(|image| [image.repository(), image.reference()]);
    names.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
}

fn ask(cluster: &Cluster) -> Option<Vec<String>> {
    connected(cluster, async |source| source.namespace_names().await.ok())
}

/// What is asked of a cluster, in little time.
fn connected<T>(
    cluster: &Cluster,
    ask: impl AsyncFnOnce(ClusterPodSource) -> Option<T>,
) -> Option<T> {
    let options = SourceOptions::default()
        .request_timeout(TIMEOUT)
        .plugin_timeout(PLUGIN_TIMEOUT)
        .plugin_may_ask(false)
        .user_agent(version::user_agent());
    let runtime = Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async {
        let source = ClusterPodSource::connect(&cluster.settings, options).await.ok()?;
        ask(source).await
    })
}
