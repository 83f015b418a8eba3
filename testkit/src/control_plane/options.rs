/// How to start a control plane.
#[derive(Debug, Clone)]
pub struct Options {
    apiserver_arguments: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        // Alpha in 1.36; without it the server drops an image volume's digest.
        Self { apiserver_arguments: Vec::new() }.feature_gate("ImageVolumeWithDigest", true)
    }
}

impl Options {
    /// Adds an argument of kube-apiserver, like `--etcd-compaction-interval=5s`.
    #[must_use]
    pub fn apiserver_argument(mut self, argument: impl Into<String>) -> Self {
        self.apiserver_arguments.push(argument.into());
        self
    }

    /// Turns a feature of kube-apiserver on or off.
    #[must_use]
    pub fn feature_gate(self, name: &str, on: bool) -> Self {
        self.apiserver_argument(format!("--feature-gates={name}={on}"))
    }

    /// Lets continue tokens expire the moment etcd is compacted: without this the server
    /// answers them from snapshots in its memory for up to 15 s more (see
    /// [`ControlPlane::expire_continue_tokens`](crate::ControlPlane::expire_continue_tokens)).
    #[must_use]
    pub fn without_list_snapshots(self) -> Self {
        self.feature_gate("ListFromCacheSnapshot", false)
    }

    pub(super) fn apiserver_arguments(&self) -> &[String] {
        &self.apiserver_arguments
    }
}
