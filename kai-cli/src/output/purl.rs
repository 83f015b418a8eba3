//! Package URLs of images.

use std::fmt::Write;

use kai_core::Image;

use super::View;

/// The [package URL] of an image: `pkg:oci/NAME@DIGEST?arch=…&repository_url=…&tag=…`.
///
/// [package URL]: https://github.com/package-url/purl-spec/blob/main/types-doc/oci-definition.md
pub(super) fn purl(image: &Image, architecture: Option<&str>, view: &View) -> String {
    let repository = image.full_repository();
    let name = repository.rsplit('/').next().unwrap_or(&repository).to_lowercase();
    let mut purl = format!("pkg:oci/{}", encoded(&name));
    if let Some(digest) = image.digest() {
        let _ = write!(purl, "@{digest}");
    }
    let mut mark = '?';
    let qualifiers =
        [("arch", architecture), ("repository_url", Some(&*repository)), ("tag", view.tag(image))];
    for (key, value) in qualifiers {
        if let Some(value) = value {
            let _ = write!(purl, "{mark}{key}={}", encoded(value));
            mark = '&';
        }
    }
    purl
}

/// A text with everything encoded but letters, digits and `.-_~:`.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_~:".contains(&byte) {
            encoded.push(byte.into());
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_last_segment_and_the_rest_is_encoded_and_sorted() {
        let digest = format!("sha256:{}", "1".repeat(64));
        let table = [
            (
                "nginx:1.27",
                None,
                "pkg:oci/nginx?repository_url=docker.io%2Flibrary%2Fnginx&tag=1.27".to_owned(),
            ),
            (
                &format!("localhost:5000/team/app:1_a@{digest}"),
                Some("arm64"),
                format!(
                    "pkg:oci/app@{digest}?arch=arm64&\
                     repository_url=localhost:5000%2Fteam%2Fapp&tag=1_a"
                ),
            ),
        ];
        for (image, architecture, expected) in table {
            assert_eq!(purl(&image.parse().unwrap(), architecture, &View::default()), expected);
        }
    }
}
