//! Cluster settings: which cluster, which credentials, and the options of requests.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use kai_k8s::{ClusterSettings, Overrides, SourceOptions};

use super::invalid::InvalidValue;
use super::layers::{Found, Layers};
use super::{Notice, Origin, SettingsError, inline};
use crate::keys::{self, KubeconfigPath, Mode};

/// Maximum number of requests in flight: more would only use more memory.
const WORKER_POOL_MAX: NonZeroU32 = NonZeroU32::MIN.saturating_add(31);

/// Which cluster, and the options of requests.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) settings: ClusterSettings,
    /// The setting that names the kubeconfig, if it is in an untrusted file.
    pub(crate) named_by: Option<Box<Origin>>,
    /// The options of requests.
    pub(crate) options: SourceOptions,
}

impl Cluster {
    pub(super) fn from(
        layers: &Layers<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<Self, SettingsError> {
        let request_timeout = layers.required(&keys::REQUEST_TIMEOUT)?;
        let settings = which_cluster(layers, notices)?;
        let named_by = layers.origin(&keys::KUBECONFIG_PATH.key);
        Ok(Self {
            named_by: named_by.filter(|origin| layers.is_foreign(origin)).cloned().map(Box::new),
            settings,
            options: SourceOptions::default()
                .request_timeout(Duration::from_secs(request_timeout.get().into()))
                .page_size(layers.required(&keys::REQUEST_BATCH_SIZE)?)
                .max_in_flight(max_in_flight(layers, notices)?)
                .on_forbidden(layers.required(&keys::ON_FORBIDDEN)?)
                .compression(layers.required(&keys::COMPRESSION)?)
                // A credentials plugin may prompt a user.
                .plugin_may_ask(!matches!(
                    layers.optional(&keys::MODE)?,
                    Some(Mode::Periodic | Mode::Watch)
                )),
        })
    }
}

fn which_cluster(
    layers: &Layers<'_>,
    notices: &mut Vec<Notice>,
) -> Result<ClusterSettings, SettingsError> {
    let overrides = overrides(layers)?;
    let path = layers.found(&keys::KUBECONFIG_PATH)?;
    let inline = inline::asked_for(layers);
    let Some(Found { value, origin: path }) = path else {
        return match inline {
            None => {
                inline::unused(layers, "no inline cluster is configured", notices);
                Ok(ClusterSettings::Default(overrides))
            }
            Some(inline) => {
                refuse_overrides(
                    layers,
                    &format!("{inline} configures an inline cluster"),
                    notices,
                )?;
                inline::cluster(layers, notices).map(ClusterSettings::Inline)
            }
        };
    };
    if let Some(inline) = inline {
        let text = format!("{inline} has no effect, since {path} names the cluster");
        notices.push(Notice::Warning(text));
        inline::unused(layers, "`kubeconfig.path` names the cluster", notices);
    }
    Ok(match value {
        KubeconfigPath::File(file) => {
            let file = layers.at_home(file);
            if layers.is_foreign(&path) {
                ClusterSettings::Restricted { path: file, overrides }
            } else {
                ClusterSettings::Kubeconfig { path: file, overrides }
            }
        }
        KubeconfigPath::InCluster => {
            refuse_overrides(layers, &format!("{path} says `use-in-cluster`"), notices)?;
            ClusterSettings::InCluster
        }
    })
}

/// Rejects flags that override a kubeconfig if there is none.
fn refuse_overrides(
    layers: &Layers<'_>,
    why: &str,
    notices: &mut Vec<Notice>,
) -> Result<(), SettingsError> {
    if let Some(flag) = first_override_typed(layers) {
        return Err(SettingsError::NoKubeconfig { flag, why: why.to_owned() });
    }
    if let Some(origin) = layers.origin(&keys::KUBECONFIG_CONTEXT.key) {
        notices.push(Notice::Warning(format!("{origin} has no effect, since {why}")));
    }
    Ok(())
}

/// The flags that override the kubeconfig.
fn overrides(layers: &Layers<'_>) -> Result<Overrides, SettingsError> {
    let args = layers.args();
    let named = |flag, name: &Option<String>| match name.as_deref() {
        Some("") => Err(SettingsError::Empty { flag: Origin::Flag(flag), expects: "a name" }),
        _ => Ok(name.clone()),
    };
    if args.impersonate_groups.iter().any(String::is_empty) {
        return Err(SettingsError::Empty { flag: Origin::Flag("as-group"), expects: "a name" });
    }
    let mut overrides = Overrides::default();
    overrides.context = layers.optional(&keys::KUBECONFIG_CONTEXT)?;
    overrides.cluster = named("cluster", &args.cluster)?;
    overrides.user = named("user", &args.user)?;
    overrides.impersonate = named("as", &args.impersonate)?;
    overrides.impersonate_groups.clone_from(&args.impersonate_groups);
    Ok(overrides)
}

fn first_override_typed(layers: &Layers<'_>) -> Option<Origin> {
    let args = layers.args();
    let typed = [
        ("context", args.typed(&keys::KUBECONFIG_CONTEXT.key).is_some()),
        ("cluster", args.cluster.is_some()),
        ("user", args.user.is_some()),
        ("as", args.impersonate.is_some()),
        ("as-group", !args.impersonate_groups.is_empty()),
    ];
    typed.into_iter().find_map(|(flag, typed)| typed.then_some(Origin::Flag(flag)))
}

fn max_in_flight(
    layers: &Layers<'_>,
    notices: &mut Vec<Notice>,
) -> Result<Option<NonZeroUsize>, SettingsError> {
    let Some(wanted) = layers.required(&keys::WORKER_POOL_SIZE)? else { return Ok(None) };
    if wanted > WORKER_POOL_MAX {
        let name = keys::WORKER_POOL_SIZE.key.name;
        let text = format!("{name} {wanted} is taken as {WORKER_POOL_MAX}, the most that helps");
        notices.push(Notice::Info(text));
    }
    Ok(wanted.min(WORKER_POOL_MAX).try_into().ok())
}

/// The configured name, unless a flag selects another cluster than the one it belongs to.
pub(super) fn name(layers: &Layers<'_>) -> Result<Option<String>, InvalidValue> {
    let args = layers.args();
    let chosen = args.typed(&keys::KUBECONFIG_CONTEXT.key).is_some() || args.cluster.is_some();
    Ok(match layers.optional(&keys::CLUSTER_NAME)? {
        None if !chosen => layers.optional(&keys::KUBECONFIG_CLUSTER)?,
        name => name,
    })
}
