//! The environment that kai was started in.

use std::collections::BTreeMap;
use std::ffi::OsString;

/// Variables and their texts. An empty variable counts as none.
pub(crate) struct Environment(BTreeMap<OsString, OsString>);

impl FromIterator<(OsString, OsString)> for Environment {
    fn from_iter<I: IntoIterator<Item = (OsString, OsString)>>(variables: I) -> Self {
        Self(variables.into_iter().filter(|(_, text)| !text.is_empty()).collect())
    }
}

impl Environment {
    /// The text of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<OsString> {
        self.0.get(std::ffi::OsStr::new(name)).cloned()
    }

    /// The variables that are meant for kai: `KAI_…`.
    pub(super) fn ours(&self) -> impl Iterator<Item = &str> {
        self.0.keys().filter_map(|name| name.to_str()).filter(|name| name.starts_with("KAI_"))
    }
}
