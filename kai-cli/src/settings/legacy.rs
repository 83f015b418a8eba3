//! Converts deprecated keys to current ones, before values are parsed.

use super::Notice;
use super::invalid::{InvalidValue, parse};
use super::origin::{Layer, Raw, Shape};
use crate::keys::{self, Key};

/// Converts the deprecated keys of the layers (in order of precedence), each with a warning.
pub(super) fn rewrite(
    layers: &mut [Layer; 3],
    notices: &mut Vec<Notice>,
) -> Result<(), InvalidValue> {
    for key in keys::ALL {
        let Some(instead) = key.legacy else { continue };
        let origins = layers.iter().filter_map(|layer| layer.get(key.name)).map(|raw| &raw.origin);
        notices.extend(
            origins.map(|origin| Notice::Warning(format!("{origin} is deprecated: {instead}"))),
        );
    }
    for layer in &mut *layers {
        request_timeout(layer)?;
    }
    namespaces(layers);
    Ok(())
}

/// If positive, it takes precedence over the new key in the same layer, as in Go kai.
fn request_timeout(layer: &mut Layer) -> Result<(), InvalidValue> {
    let old = &keys::LEGACY_REQUEST_TIMEOUT;
    let Some(raw) = layer.remove(old.key.name) else { return Ok(()) };
    let wins = match &raw.shape {
        Shape::One(text) => parse(old, text, &raw.origin)? > 0,
        // The new key reports the error.
        _ => true,
    };
    if wins {
        layer.insert(keys::REQUEST_TIMEOUT.key.name, raw);
    }
    Ok(())
}

/// Only applies if no namespaces are included otherwise; `all` means every namespace, so nothing.
fn namespaces(layers: &mut [Layer; 3]) {
    let old = layers.iter_mut().map(|layer| layer.remove(keys::NAMESPACES.key.name));
    let old: Vec<Option<Raw>> = old.collect();
    if layers.iter().any(|layer| decides(layer, &keys::INCLUDE.key)) {
        return;
    }
    for (layer, old) in layers.iter_mut().zip(old) {
        let Some(raw) = old else { continue };
        let every = match &raw.shape {
            Shape::Items(items) => items.is_empty() || items.iter().any(|item| item == "all"),
            _ => false,
        };
        if !every {
            layer.insert(keys::INCLUDE.key.name, raw);
        }
        return;
    }
}

/// Whether a layer selects namespaces: some, or all of them by the flag.
fn decides(layer: &Layer, key: &Key) -> bool {
    layer.get(key.name).is_some_and(|raw| match &raw.shape {
        Shape::Items(items) => !items.is_empty() || matches!(raw.origin, super::Origin::Flag(_)),
        _ => true,
    })
}
