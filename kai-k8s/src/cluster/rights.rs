//! The RBAC right that a 403 is about, and how to grant it.

#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::fmt;

use kai_core::{NamespaceName, SourceError};
use kai_net::chain::causes;

use crate::cluster::call::Call;

/// The name of the role in what is suggested.
const ROLE: &str = "kai";
/// As whom a server sees a request without a credential.
const ANONYMOUS: &str = "system:anonymous";

/// A right that a request lacked, and whose it would have to be.
///
/// ```
/// # use kai_k8s::MissingRight;
/// let right = MissingRight::list_pods(Some("shop"), r#"User "bob" cannot list resource "pods""#);
/// assert_eq!(right.to_string(), "list pods");
/// assert_eq!(
///     right.grant(),
///     "`kubectl create role kai --verb=list --resource=pods -n shop` and \
///      `kubectl create rolebinding kai --role=kai --user=bob -n shop`"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingRight {
    verb: Verb,
    resource: &'static str,
    /// `None`: in all namespaces, or the resource is in none.
    namespace: Option<String>,
    /// As the server names whom it refuses, where it does.
    user: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Verb {
    List,
    Watch,
    /// To impersonate, and whom.
    Impersonate(Option<String>),
}

impl MissingRight {
    /// The right that a failure of a [`ClusterPodSource`](crate::ClusterPodSource) is about; `None`:
    /// it is about none.
    #[must_use]
    pub fn of(error: &SourceError) -> Option<&Self> {
        causes(error)
            .find_map(|cause| cause.downcast_ref::<Refused>())
            .map(|refused| &refused.right)
    }

    /// The right to list the pods of a namespace (none: of all), refused with these words.
    #[must_use]
    pub fn list_pods(namespace: Option<&str>, said: &str) -> Self {
        Self::list("pods", namespace, said)
    }

    /// The right to list namespaces, refused with these words.
    #[must_use]
    pub fn list_namespaces(said: &str) -> Self {
        Self::list("namespaces", None, said)
    }

    fn list(resource: &'static str, namespace: Option<&str>, said: &str) -> Self {
        let user = after(said, "User \"").and_then(|rest| until(rest, "\" cannot "));
        let namespace = namespace.map(str::to_owned);
        let right = Self { verb: Verb::List, resource, namespace, user: user.map(str::to_owned) };
        // It was not the list that was refused, but who was to ask for it. Since Kubernetes 1.36
        // the verb may also be `impersonate-on:user-info:list`, of what was asked for.
        let refused = after(said, "\" cannot impersonate");
        let resource =
            refused.and_then(|rest| after(rest, " resource \"")).map(|rest| until(rest, "\""));
        match resource {
            None => right,
            Some(Some("groups")) => right.impersonate("groups", said),
            Some(Some("serviceaccounts")) => right.impersonate("serviceaccounts", said),
            Some(_) => right.impersonate("users", said),
        }
    }

    fn watch(resource: &'static str, namespace: Option<&str>, said: &str) -> Self {
        let right = Self::list(resource, namespace, said);
        if right.verb == Verb::List { Self { verb: Verb::Watch, ..right } } else { right }
    }

    fn impersonate(self, resource: &'static str, said: &str) -> Self {
        let name = after(said, &format!("{resource} \"")).and_then(|rest| until(rest, "\""));
        let verb = Verb::Impersonate(name.map(str::to_owned));
        Self { verb, resource, namespace: None, ..self }
    }

    /// Of what a call needs.
    pub(crate) fn for_call(call: &Call, said: &str) -> Option<Self> {
        Some(match call {
            Call::ListNamespaces => Self::list_namespaces(said),
            Call::ListNodes => Self::list("nodes", None, said),
            Call::ListPods { namespace } => Self::list_pods(namespace.as_deref(), said),
            Call::ListReplicaSets { namespace } => {
                Self::list("replicasets", namespace.as_deref(), said)
            }
            Call::ListJobs { namespace } => Self::list("jobs", namespace.as_deref(), said),
            Call::WatchPods { namespace } => Self::watch("pods", namespace.as_deref(), said),
            Call::WatchNamespaces => Self::watch("namespaces", None, said),
            Call::WatchNodes => Self::watch("nodes", None, said),
            Call::GetNamespace { .. } | Call::Version => return None,
        })
    }

    /// The same in all namespaces.
    #[must_use]
    pub fn everywhere(mut self) -> Self {
        self.namespace = None;
        self
    }

    /// The namespace, where it is a right in one.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// Whether the right is to list namespaces.
    #[must_use]
    pub fn is_of_namespaces(&self) -> bool {
        self.resource == "namespaces"
    }

    /// Whether the right is to impersonate.
    #[must_use]
    pub fn is_to_impersonate(&self) -> bool {
        matches!(self.verb, Verb::Impersonate(_))
    }

    /// Whether the right is to watch: then what it is about may be listed.
    #[must_use]
    pub fn is_to_watch(&self) -> bool {
        self.verb == Verb::Watch
    }

    /// Whether the server saw no credential: then it is one that is missing, and no right.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.user.as_deref() == Some(ANONYMOUS)
    }

    /// What grants it, as it is typed by who may.
    #[must_use]
    pub fn grant(&self) -> String {
        let Self { resource, .. } = self;
        let subject = subject(self.user.as_deref());
        if let Verb::Impersonate(name) = &self.verb {
            // Without one it would be the right to be anybody.
            let name = name.as_deref().and_then(|name| word("resource-name", name));
            let name = name.unwrap_or_else(|| "--resource-name=NAME".to_owned());
            return format!(
                "`kubectl create clusterrole {ROLE}-as --verb=impersonate \
                 --resource={resource} {name}` and `kubectl create clusterrolebinding {ROLE}-as \
                 --clusterrole={ROLE}-as {subject}`"
            );
        }
        // Who watches has listed before.
        let verbs = if self.is_to_watch() { "list,watch" } else { "list" };
        if let Some(namespace) = &self.namespace {
            let is_name = namespace.parse::<NamespaceName>().is_ok();
            let namespace = if is_name { namespace } else { "NAMESPACE" };
            return format!(
                "`kubectl create role {ROLE} --verb={verbs} --resource={resource} -n {namespace}` and \
                 `kubectl create rolebinding {ROLE} --role={ROLE} {subject} -n {namespace}`"
            );
        }
        let (role, resources) = match *resource {
            // Who lacks the one mostly lacks the other, and needs both.
            "pods" | "namespaces" => (ROLE.to_owned(), "pods,namespaces"),
            other => (format!("{ROLE}-{other}"), other),
        };
        format!(
            "`kubectl create clusterrole {role} --verb={verbs} --resource={resources}` and `kubectl \
             create clusterrolebinding {role} --clusterrole={role} {subject}`"
        )
    }
}

/// The right in words: `list pods`.
impl fmt::Display for MissingRight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.verb {
            Verb::List => write!(f, "list {}", self.resource),
            Verb::Watch => write!(f, "watch {}", self.resource),
            Verb::Impersonate(_) => write!(f, "impersonate {}", self.resource),
        }
    }
}

/// Whom a role is bound to.
fn subject(user: Option<&str>) -> String {
    let user = user.filter(|user| *user != ANONYMOUS);
    let account = user.and_then(|user| {
        let (namespace, name) = user.strip_prefix("system:serviceaccount:")?.split_once(':')?;
        let plain = |it: char| it.is_ascii_alphanumeric() || "-.".contains(it);
        let both = !namespace.is_empty() && !name.is_empty();
        (both && name.chars().chain(namespace.chars()).all(plain))
            .then(|| format!("--serviceaccount={namespace}:{name}"))
    });
    account.or_else(|| word("user", user?)).unwrap_or_else(|| "--user=USER".to_owned())
}

/// A flag with a name that a server gives, as a shell takes it; `None`: who types it would type
/// something else too.
fn word(flag: &str, name: &str) -> Option<String> {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_.:/@+".contains(it);
    let quotable = |it: char| (it.is_ascii_graphic() || it == ' ') && !"'`\\\"".contains(it);
    if name.is_empty() {
        None
    } else if name.chars().all(plain) {
        Some(format!("--{flag}={name}"))
    } else {
        name.chars().all(quotable).then(|| format!("--{flag}='{name}'"))
    }
}

fn after<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    text.find(start).map(|at| &text[at + start.len()..])
}

fn until<'t>(text: &'t str, end: &str) -> Option<&'t str> {
    text.find(end).map(|at| &text[..at])
}

/// A failure, and the right that it is about.
#[derive(Debug)]
pub(crate) struct Refused {
    right: MissingRight,
    failure: Box<dyn StdError + Send + Sync>,
}

impl Refused {
    pub(crate) fn new(right: MissingRight, failure: impl StdError + Send + Sync + 'static) -> Self {
        Self { right, failure: Box::new(failure) }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.failure.fmt(f)
    }
}

impl StdError for Refused {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.failure.source()
    }
}
