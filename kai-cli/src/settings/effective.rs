//! The effective settings, for display.

use super::layers::{Layers, shown};
use super::origin::Origin;
use crate::keys::{self, Key};

/// All effective settings, without secrets.
#[derive(Debug)]
pub(crate) struct Effective(pub(crate) Vec<Setting>);

/// A key, its value, and the value's origin.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) key: &'static Key,
    /// One text, or the items of a list; empty: not set.
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
