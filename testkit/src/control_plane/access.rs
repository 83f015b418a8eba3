use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::json;

use super::ControlPlane;
use crate::kubeconfig::Credentials;
use crate::wait;

/// Tokens are read once, at the start, so users are made in advance.
const USERS: usize = 64;

/// Somebody who may talk to the cluster.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct User {
    /// The name rights are granted to.
    pub name: String,
    /// What to log in with.
    pub credentials: Credentials,
}

impl ControlPlane {
    /// A user without any right whom nobody else got.
    ///
    /// # Panics
    /// When all 64 are taken.
    #[must_use]
    pub fn fresh_user(&self) -> User {
        let index = self.users_taken.fetch_add(1, Ordering::Relaxed);
        self.users.get(index).expect("one process needs at most 64 users").clone()
    }

    /// A service account, made if need be, with a token that lasts ten minutes, the shortest
    /// the server issues.
    ///
    /// # Panics
    /// When the namespace is missing.
    #[must_use]
    pub fn service_account(&self, namespace: &str, name: &str) -> User {
        let accounts = format!("/api/v1/namespaces/{namespace}/serviceaccounts");
        let account = json!({"metadata": {"name": name}});
        let request = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": 600},
        });
        let token = wait(async {
            self.api.create_if_missing(&accounts, &account).await?;
            self.api.post(&format!("{accounts}/{name}/token"), &request).await
        })
        .unwrap_or_else(|error| panic!("{error}"));
        let token = token["status"]["token"].as_str().expect("a TokenRequest returns a token");
        User {
            name: format!("system:serviceaccount:{namespace}:{name}"),
            credentials: Credentials::Token(token.to_owned()),
        }
    }

    /// A client certificate for a user, and for a group if given (`system:masters` may do
    /// everything).
    ///
    /// # Panics
    /// When the names don't fit into a certificate.
    #[must_use]
    pub fn client_certificate(&self, user: &str, group: Option<&str>) -> User {
        let pair = self.authority.client(user, group).expect("names fit into a certificate");
        User {
            name: user.to_owned(),
            credentials: Credentials::Certificate { certificate: pair.certificate, key: pair.key },
        }
    }

    /// Allows `user` the verbs on the resources, in one namespace or in all, and returns
    /// when the server grants them.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn grant(&self, user: &str, namespace: Option<&str>, verbs: &[&str], resources: &[&str]) {
        let (scope, prefix) = match namespace {
            Some(namespace) => (format!("/namespaces/{namespace}"), ""),
            None => (String::new(), "Cluster"),
        };
        let number = self.names_taken.fetch_add(1, Ordering::Relaxed);
        let metadata = json!({"name": format!("testkit-{number}")});
        let role = json!({
            "metadata": metadata,
            "rules": [{"apiGroups": ["*"], "resources": resources, "verbs": verbs}],
        });
        let binding = json!({
            "metadata": metadata,
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": format!("{prefix}Role"),
                "name": metadata["name"],
            },
            "subjects": [
                {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user},
            ],
        });
        let base = format!("/apis/rbac.authorization.k8s.io/v1{scope}");
        let plural = prefix.to_lowercase();
        wait(async {
            self.api.post(&format!("{base}/{plural}roles"), &role).await?;
            self.api.post(&format!("{base}/{plural}rolebindings"), &binding).await
        })
        .unwrap_or_else(|error| panic!("{error}"));
        if let (Some(verb), Some(resource)) = (verbs.first(), resources.first()) {
            self.until_allowed(user, namespace, verb, resource);
        }
    }

    /// The authorizer learns of a binding through a watch, moments later.
    fn until_allowed(&self, user: &str, namespace: Option<&str>, verb: &str, resource: &str) {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": user, "resourceAttributes": {
                "namespace": namespace.unwrap_or_default(), "verb": verb,
                "resource": resource, "subresource": subresource,
            }},
        });
        let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let answer =
                wait(self.api.post(path, &review)).unwrap_or_else(|error| panic!("{error}"));
            if answer["status"]["allowed"] == true {
                return;
            }
            assert!(Instant::now() < deadline, "{user} was not granted {verb} {resource}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

pub(super) fn plain_users() -> Vec<User> {
    (0..USERS)
        .map(|index| User {
            name: format!("user-{index}"),
            credentials: Credentials::Token(random_token()),
        })
        .collect()
}

/// Unguessable enough to keep parallel test processes out of each other's cluster.
pub(super) fn random_token() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// The file of `--token-auth-file`: token, name, id and groups.
pub(super) fn token_file(admin_token: &str, users: &[User]) -> String {
    let mut file = format!("{admin_token},admin,admin,\"system:masters\"\n");
    for User { name, credentials } in users {
        let token = credentials.token().unwrap_or_default();
        let _ = writeln!(file, "{token},{name},{name}");
    }
    file
}
