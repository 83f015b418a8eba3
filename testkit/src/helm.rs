use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::{Error, binaries};

/// Helm, which renders and installs charts.
#[derive(Debug, Clone)]
pub struct Helm {
    program: PathBuf,
}

impl Helm {
    /// Finds helm, or builds it, which takes a minute or more and happens once.
    ///
    /// In this order: the program that `HELM` names, the `PATH`, the cache, a build with Go into
    /// the cache. `None` where there is neither helm nor Go.
    ///
    /// # Errors
    /// [`Error::Binaries`] when Go is there and doesn't build it.
    pub fn locate() -> Result<Option<Self>, Error> {
        let named = env::var_os("HELM").filter(|program| !program.is_empty()).map(PathBuf::from);
        let program = match named.or_else(|| binaries::on_path("helm")) {
            Some(program) => Some(program),
            None => binaries::helm()?,
        };
        Ok(program.map(|program| Self { program }))
    }

    /// Runs helm, with nothing of the tester's own settings; `kubeconfig` says which cluster it
    /// is for.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn run(&self, kubeconfig: Option<&Path>, arguments: &[&str]) -> Output {
        let home = tempfile::tempdir().expect("the folder for temporary files is writable");
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", home.path())
            .env("KUBECONFIG", kubeconfig.unwrap_or(Path::new("/nonexistent")))
            .stdin(Stdio::null());
        command
            .output()
            .unwrap_or_else(|error| panic!("cannot run {}: {error}", self.program.display()))
    }
}
