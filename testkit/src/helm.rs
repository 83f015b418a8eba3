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
    /// In this order: the program that `HELM` names (a path, or a name on the `PATH`), the `PATH`,
    /// the cache, a build with Go into the cache. `None` where there is neither helm nor Go.
    ///
    /// # Errors
    /// [`Error::Binaries`] when `HELM` names what is not there, or Go is there and doesn't build it.
    pub fn locate() -> Result<Option<Self>, Error> {
        let program = match env::var_os("HELM").filter(|program| !program.is_empty()) {
            Some(program) => Some(named(Path::new(&program))?),
            None => match binaries::on_path("helm") {
                Some(program) => Some(program),
                None => binaries::helm()?,
            },
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

/// Where a program is: helm runs without the `PATH`, so that a name alone would not be found.
fn named(program: &Path) -> Result<PathBuf, Error> {
    let found = if program.parent() == Some(Path::new("")) {
        binaries::on_path(program)
    } else {
        Some(program.to_owned()).filter(|program| program.is_file())
    };
    found.ok_or_else(|| {
        Error::Binaries(format!(
            "HELM is `{}`, and there is no such program (hint: unset it to have helm found or \
             built)",
            program.display()
        ))
    })
}
