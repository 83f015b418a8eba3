//! Which images count.

use super::ImagePattern;
use crate::image::Image;

/// Chooses images: all of them by default, those that a pattern of each group chooses, and never
/// those that are excluded.
///
/// ```
/// # use kai_core::{Image, ImageFilter};
/// let filter = ImageFilter::default()
///     .including(["ghcr.io/**".parse()?])
///     .excluding(["tag=latest".parse()?]);
/// let admits = |text: &str| -> Result<bool, Box<dyn std::error::Error>> {
///     Ok(filter.admits(&text.parse::<Image>()?, false))
/// };
/// assert!(admits("ghcr.io/team/app:1")? && !admits("ghcr.io/team/app:latest")?);
/// assert!(!admits("nginx:1")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageFilter {
    /// Of each group, one pattern has to choose the image.
    included: Vec<Vec<ImagePattern>>,
    excluded: Vec<ImagePattern>,
}

impl ImageFilter {
    /// The same filter, of whose images only those count that one of these patterns chooses; no
    /// patterns change nothing.
    #[must_use]
    pub fn including(mut self, patterns: impl IntoIterator<Item = ImagePattern>) -> Self {
        let patterns: Vec<_> = patterns.into_iter().collect();
        if !patterns.is_empty() {
            self.included.push(patterns);
        }
        self
    }

    /// The same filter without the images that one of these patterns chooses.
    #[must_use]
    pub fn excluding(mut self, patterns: impl IntoIterator<Item = ImagePattern>) -> Self {
        self.excluded.extend(patterns);
        self
    }

    /// Whether an image counts. `pinned` says whether the pod's spec names a digest.
    #[must_use]
    pub fn admits(&self, image: &Image, pinned: bool) -> bool {
        let any = |patterns: &[ImagePattern]| patterns.iter().any(|it| it.matches(image, pinned));
        self.included.iter().all(|group| any(group)) && !any(&self.excluded)
    }

    /// The patterns, those that include and those that exclude.
    pub fn patterns(&self) -> impl Iterator<Item = &ImagePattern> {
        self.included.iter().flatten().chain(&self.excluded)
    }

    /// Whether every image counts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.included.is_empty() && self.excluded.is_empty()
    }
}
