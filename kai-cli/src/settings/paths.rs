//! Resolves files named in settings; an untrusted file's are confined to its directory.

use std::path::{Path, PathBuf};

use super::Origin;
use super::invalid::InvalidValue;
use super::layers::{Found, Layers};
use super::origin::{Raw, Shape};
use crate::files::FilePath;
use crate::keys::{self, Key, Kind, Typed, WrittenPath};
use crate::secret::REDACTED;

impl Layers<'_> {
    /// Expands a leading `~` to the home directory.
    pub(super) fn at_home(&self, path: PathBuf) -> PathBuf {
        keys::at_home(path, self.env.get("HOME"))
    }

    /// The file of a key, if set.
    pub(super) fn file(
        &self,
        typed: &Typed<WrittenPath>,
    ) -> Result<Option<FilePath>, InvalidValue> {
        let Some(Found { value, origin }) = self.found(typed)? else { return Ok(None) };
        self.confined(&typed.key, value, &origin).map(Some)
    }

    /// The directory of a key, if set, resolved now.
    pub(super) fn folder(
        &self,
        typed: &Typed<WrittenPath>,
    ) -> Result<Option<PathBuf>, InvalidValue> {
        Ok(self.file(typed)?.map(FilePath::into_place))
    }

    /// Whether a value comes from an untrusted file.
    pub(super) fn is_foreign(&self, origin: &Origin) -> bool {
        !self.trusted && matches!(origin, Origin::File { .. })
    }

    /// Resolves a path, confined to the working directory if a file in there contains it.
    fn confined(
        &self,
        key: &Key,
        path: WrittenPath,
        origin: &Origin,
    ) -> Result<FilePath, InvalidValue> {
        let folder = self.is_foreign(origin).then_some(Path::new("."));
        let written = path.to_string();
        path.found_in(self.env.get("HOME"), folder).map_err(|why| InvalidValue::Elsewhere {
            value: key.reveal(&written).unwrap_or_else(|| REDACTED.to_owned()),
            origin: origin.clone(),
            why,
        })
    }

    /// Rejects paths in an untrusted file that lead elsewhere, even if unused.
    pub(super) fn refuse_escapes(&self) -> Result<(), InvalidValue> {
        for key in keys::ALL.iter().filter(|key| key.kind == Kind::Path) {
            match self.values.get(key.name) {
                Some(Raw { shape: Shape::One(text), origin }) if self.is_foreign(origin) => {
                    if let Ok(path) = keys::path(text) {
                        self.confined(key, path, origin)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}
