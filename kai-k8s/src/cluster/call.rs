//! The requests that are made of an API server.

use std::fmt;

/// What is asked of the API server, as errors name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    ListNamespaces,
    ListNodes,
    ListPods { namespace: Option<String> },
    ListReplicaSets { namespace: Option<String> },
    ListJobs { namespace: Option<String> },
    WatchPods { namespace: Option<String> },
    WatchNamespaces,
    WatchNodes,
    GetNamespace { name: String },
    Version,
}

impl Call {
    /// The one namespace that it is about, where it is about one.
    pub(crate) fn namespace(&self) -> Option<&str> {
        match self {
            Self::ListPods { namespace: Some(name) }
            | Self::ListReplicaSets { namespace: Some(name) }
            | Self::ListJobs { namespace: Some(name) }
            | Self::WatchPods { namespace: Some(name) }
            | Self::GetNamespace { name } => Some(name),
            _ => None,
        }
    }

    pub(crate) fn path(&self) -> String {
        match self {
            Self::ListNamespaces | Self::WatchNamespaces => "/api/v1/namespaces".to_owned(),
            Self::ListNodes | Self::WatchNodes => "/api/v1/nodes".to_owned(),
            Self::ListPods { namespace } | Self::WatchPods { namespace } => {
                namespaced("/api/v1", namespace.as_deref(), "pods")
            }
            Self::ListReplicaSets { namespace } => {
                namespaced("/apis/apps/v1", namespace.as_deref(), "replicasets")
            }
            Self::ListJobs { namespace } => {
                namespaced("/apis/batch/v1", namespace.as_deref(), "jobs")
            }
            Self::GetNamespace { name } => format!("/api/v1/namespaces/{name}"),
            Self::Version => "/version".to_owned(),
        }
    }
}

/// The path of a resource in a namespace, or in all.
fn namespaced(api: &str, namespace: Option<&str>, resource: &str) -> String {
    match namespace {
        None => format!("{api}/{resource}"),
        Some(name) => format!("{api}/namespaces/{name}/{resource}"),
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ListNamespaces => f.write_str("list namespaces"),
            Self::ListNodes => f.write_str("list nodes"),
            Self::ListPods { namespace } => list(f, "pods", namespace.as_deref()),
            Self::ListReplicaSets { namespace } => list(f, "replicasets", namespace.as_deref()),
            Self::ListJobs { namespace } => list(f, "jobs", namespace.as_deref()),
            Self::WatchNamespaces => f.write_str("watch namespaces"),
            Self::WatchNodes => f.write_str("watch nodes"),
            Self::WatchPods { namespace } => within(f, "watch pods", namespace.as_deref()),
            Self::GetNamespace { name } => write!(f, "get namespace `{name}`"),
            Self::Version => f.write_str("get /version"),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, resource: &str, namespace: Option<&str>) -> fmt::Result {
    within(f, &format!("list {resource}"), namespace)
}

fn within(f: &mut fmt::Formatter<'_>, what: &str, namespace: Option<&str>) -> fmt::Result {
    match namespace {
        None => write!(f, "{what} in all namespaces"),
        Some(name) => write!(f, "{what} in namespace `{name}`"),
    }
}
