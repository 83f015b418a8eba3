use serde_json::{Value, json};

/// One container of a [`PodFixture`](crate::PodFixture). It has a status once any part of it
/// is set.
#[derive(Debug, Clone)]
pub struct ContainerFixture {
    name: String,
    image: String,
    restarted_always: bool,
    status_image: Option<String>,
    image_id: Option<String>,
    state: Option<Value>,
}

impl ContainerFixture {
    /// A container without a status, as before a kubelet saw it.
    #[must_use]
    pub fn new(name: &str, image: &str) -> Self {
        Self {
            name: name.to_owned(),
            image: image.to_owned(),
            restarted_always: false,
            status_image: None,
            image_id: None,
            state: None,
        }
    }

    /// Sets the image as the status names it; that of the spec otherwise.
    #[must_use]
    pub fn status_image(mut self, image: &str) -> Self {
        self.status_image = Some(image.to_owned());
        self
    }

    /// Sets the status's `imageID`; empty otherwise.
    #[must_use]
    pub fn image_id(mut self, image_id: &str) -> Self {
        self.image_id = Some(image_id.to_owned());
        self
    }

    /// Says that it runs.
    #[must_use]
    pub fn running(self) -> Self {
        self.state(json!({"running": {"startedAt": "2026-01-05T10:00:00Z"}}))
    }

    /// Says that it does not run yet, and why: `ContainerCreating`, `ImagePullBackOff`, …
    #[must_use]
    pub fn waiting(self, reason: &str) -> Self {
        self.state(json!({"waiting": {"reason": reason}}))
    }

    /// Says that it has ended.
    #[must_use]
    pub fn terminated(self, exit_code: u8) -> Self {
        let reason = if exit_code == 0 { "Completed" } else { "Error" };
        self.state(json!({"terminated": {
            "exitCode": exit_code,
            "reason": reason,
            "startedAt": "2026-01-05T10:00:00Z",
            "finishedAt": "2026-01-05T10:01:00Z",
        }}))
    }

    fn state(mut self, state: Value) -> Self {
        self.state = Some(state);
        self
    }

    pub(super) fn restarted_always(mut self) -> Self {
        self.restarted_always = true;
        self
    }

    pub(super) fn spec(&self) -> Value {
        let mut spec = json!({"name": self.name, "image": self.image});
        if self.restarted_always {
            spec["restartPolicy"] = "Always".into();
        }
        spec
    }

    pub(super) fn status(&self) -> Option<Value> {
        let known = self.status_image.is_some() || self.image_id.is_some() || self.state.is_some();
        if !known {
            return None;
        }
        let running = self.state.as_ref().is_some_and(|state| state.get("running").is_some());
        let mut status = json!({
            "name": self.name,
            "image": self.status_image.as_ref().unwrap_or(&self.image),
            "imageID": self.image_id.as_deref().unwrap_or_default(),
            "ready": running,
            "restartCount": 0,
            "started": running,
        });
        if let Some(state) = &self.state {
            status["state"] = state.clone();
            if state.get("waiting").is_none() {
                status["containerID"] = format!("containerd://{}", self.name).into();
            }
        }
        Some(status)
    }
}
