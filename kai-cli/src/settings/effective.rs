//! The effective settings as `kai config` shows them.

use super::layers::{Layers, shown};
use super::origin::Origin;
use crate::keys::{self, Key};

/// Every setting that holds, without its secrets.
#[derive(Debug)]
pub(crate) struct Effective(pub(crate) Vec<Setting>);

/// A key, what it is set to, and by whom.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) key: &'static Key,
    /// One text, or the items of a list; none: it is not set.
    pub(crate) texts: Vec<String>,
    pub(crate) origin: Origin,
}

impl Effective {
    pub(super) fn from(layers: &Layers<'_>) -> Self {
        let current = keys::ALL.iter().filter(|key| key.legacy.is_none());
        let settings = current.map(|key| {
            let (texts, origin) = layers.effective(key);
            Setting { key, texts: texts.iter().map(|text| shown(key, text)).collect(), origin }
        });
        Self(settings.collect())
    }
}
