//! Rewrites legacy keys to current ones, before values are parsed.

use super::Notice;
use super::invalid::{InvalidValue, parse};
use super::origin::{Layer, Raw, Shape};
use crate::keys::{self, Key};

/// Rewrites the legacy keys of the layers (from the highest to the lowest), each with a warning.
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

/// Where it is more than 0, it wins over the new key of the same file, as in Go kai.
fn request_timeout(layer: &mut Layer) -> Result<(), InvalidValue> {
    let old = &keys::LEGACY_REQUEST_TIMEOUT;
    let Some(raw) = layer.remove(old.key.name) else { return Ok(()) };
    let wins = match &raw.shape {
        Shape::One(text) => parse(old, text, &raw.origin)? > 0,
        // The new key says what is wrong.
        _ => true,
    };
    if wins {
        layer.insert(keys::REQUEST_TIMEOUT.key.name, raw);
    }
    Ok(())
}

/// It holds only where nothing is included otherwise; `all` is every namespace, and so nothing.
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

/// Whether a layer says which namespaces: by some, or by the flag that means every one.
fn decides(layer: &Layer, key: &Key) -> bool {
    layer.get(key.name).is_some_and(|raw| match &raw.shape {
        Shape::Items(items) => !items.is_empty() || matches!(raw.origin, super::Origin::Flag(_)),
        _ => true,
    })
}
