//! The requests that are made of an API server.

use std::fmt;

/// What is asked of the API server, as errors name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    ListNamespaces,
    ListNodes,
    ListPods { namespace: Option<String> },
    GetNamespace { name: String },
    Version,
}

impl Call {
    /// The one namespace that it is about, where it is about one.
    pub(crate) fn namespace(&self) -> Option<&str> {
        match self {
            Self::ListPods { namespace: Some(name) } | Self::GetNamespace { name } => Some(name),
            _ => None,
        }
    }

    pub(crate) fn path(&self) -> String {
        match self {
            Self::ListNamespaces => "/api/v1/namespaces".to_owned(),
            Self::ListNodes => "/api/v1/nodes".to_owned(),
            Self::ListPods { namespace: None } => "/api/v1/pods".to_owned(),
            Self::ListPods { namespace: Some(name) } => format!("/api/v1/namespaces/{name}/pods"),
            Self::GetNamespace { name } => format!("/api/v1/namespaces/{name}"),
            Self::Version => "/version".to_owned(),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ListNamespaces => f.write_str("list namespaces"),
            Self::ListNodes => f.write_str("list nodes"),
            Self::ListPods { namespace: None } => f.write_str("list pods in all namespaces"),
            Self::ListPods { namespace: Some(name) } => {
                write!(f, "list pods in namespace `{name}`")
            }
            Self::GetNamespace { name } => write!(f, "get namespace `{name}`"),
            Self::Version => f.write_str("get /version"),
        }
    }
}
