//! The process environment.

use std::collections::BTreeMap;
use std::ffi::OsString;

/// Variables and their values. An empty variable counts as unset.
pub(crate) struct Environment(BTreeMap<OsString, OsString>);

impl FromIterator<(OsString, OsString)> for Environment {
    fn from_iter<I: IntoIterator<Item = (OsString, OsString)>>(variables: I) -> Self {
        Self(variables.into_iter().filter(|(_, text)| !text.is_empty()).collect())
    }
}

impl Environment {
    /// The value of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<OsString> {
        self.0.get(std::ffi::OsStr::new(name)).cloned()
    }

    /// The variables with kai's prefix: `KAI_…`.
    pub(super) fn ours(&self) -> impl Iterator<Item = &str> {
        self.0.keys().filter_map(|name| name.to_str()).filter(|name| name.starts_with("KAI_"))
    }
}
