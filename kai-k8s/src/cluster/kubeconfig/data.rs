//! Certificates and keys, which a kubeconfig has as data or as files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kai_core::Excerpt;

use crate::cluster::error::{ConnectError, Origin};

/// The largest file of certificates or of a key that is read.
const PEM_MAX: u64 = 16 * 1024 * 1024;

/// Takes the content of a file in its path's place, where there is no data, which wins over it.
pub(super) fn load_file(
    what: &'static str,
    data: &mut Option<String>,
    path: &mut Option<String>,
    origin: &Origin,
) -> Result<(), ConnectError> {
    let Some(path) = path.take().filter(|_| data.is_none()) else { return Ok(()) };
    let pem = kai_net::file::read(&path, PEM_MAX).map_err(|error| ConnectError::Value {
        origin: origin.clone(),
        what,
        why: format!("`{}`: {error}", Excerpt(&path)),
    })?;
    *data = Some(BASE64.encode(pem));
    Ok(())
}

pub(super) fn without_white_space(mut text: String) -> String {
    text.retain(|character| !character.is_whitespace());
    text
}
