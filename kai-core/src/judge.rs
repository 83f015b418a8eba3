//! The verdict on a container's image: which image its texts name, under the policy for missing
//! tags. Equal texts get the same verdict, from a memo.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::image::{Image, ReferenceError, is_pinned, merge};
use crate::pattern::ImageFilter;
use crate::pod::Container;
use crate::tag_policy::MissingTagPolicy;
use crate::visit::ImageText;

/// Judges containers. Its memory grows with distinct texts, not with containers.
#[derive(Debug)]
pub(crate) struct Judge<'o> {
    policy: &'o MissingTagPolicy,
    filter: &'o ImageFilter,
    /// The verdict on each distinct triple of texts, of a container that runs or does not.
    verdicts: Vec<Verdict>,
    /// The index of the verdict on a triple.
    judged: HashMap<Box<[u8]>, usize>,
    /// The key of the triple at hand; one buffer for all.
    key: Vec<u8>,
    /// One `Arc` per distinct image.
    images: HashSet<Arc<Image>>,
}

/// The verdict on a container with certain texts.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome<Arc<Image>>,
    /// What is wrong with each of the three texts.
    pub(crate) errors: Errors,
}

/// What is wrong with each of the three texts of a container.
pub(crate) type Errors = [Option<ReferenceError>; 3];

#[derive(Debug)]
pub(crate) enum Outcome<I> {
    Image(I),
    /// A filter leaves the image out.
    Filtered(I),
    /// The image has no tag, and the policy drops such images.
    Dropped,
    NoRepository,
}

impl<'o> Judge<'o> {
    pub(crate) fn new(policy: &'o MissingTagPolicy, filter: &'o ImageFilter) -> Self {
        Self {
            policy,
            filter,
            verdicts: Vec::new(),
            judged: HashMap::new(),
            key: Vec::new(),
            images: HashSet::new(),
        }
    }

    /// How many distinct verdicts and images there are.
    #[cfg(test)]
    pub(crate) fn memo(&self) -> (usize, usize) {
        (self.verdicts.len(), self.images.len())
    }

    /// The verdict on a container, from the memo where its texts are known.
    pub(crate) fn verdict(&mut self, container: &Container) -> &Verdict {
        self.key.clear();
        self.key.push(u8::from(container.running));
        for text in ImageText::ALL {
            let text = text.of(container).as_bytes();
            // With its length before it, no other triple makes the same key.
            self.key.extend_from_slice(&text.len().to_le_bytes());
            self.key.extend_from_slice(text);
        }
        let known = self.judged.get(self.key.as_slice()).copied();
        let at = known.unwrap_or_else(|| {
            let verdict = self.judge(container);
            self.verdicts.push(verdict);
            let at = self.verdicts.len() - 1;
            self.judged.insert(self.key.as_slice().into(), at);
            at
        });
        &self.verdicts[at]
    }

    fn judge(&mut self, container: &Container) -> Verdict {
        let (outcome, errors) = judge(self.policy, self.filter, container);
        let outcome = match outcome {
            Outcome::Image(image) => Outcome::Image(self.share(image)),
            Outcome::Filtered(image) => Outcome::Filtered(self.share(image)),
            Outcome::Dropped => Outcome::Dropped,
            Outcome::NoRepository => Outcome::NoRepository,
        };
        Verdict { outcome, errors }
    }

    fn share(&mut self, image: Image) -> Arc<Image> {
        if let Some(known) = self.images.get(&image) {
            return Arc::clone(known);
        }
        let image = Arc::new(image);
        self.images.insert(Arc::clone(&image));
        image
    }
}

/// Judges a container, without a memo.
pub(crate) fn judge(
    policy: &MissingTagPolicy,
    filter: &ImageFilter,
    container: &Container,
) -> (Outcome<Image>, Errors) {
    let merged =
        merge(&container.image, &container.status_image, &container.image_id, container.running);
    let outcome = match merged.image.map(|image| policy.apply(&image)) {
        None => Outcome::NoRepository,
        Some(None) => Outcome::Dropped,
        Some(Some(image)) => {
            let pinned = !filter.is_empty() && is_pinned(&container.image);
            let admitted = filter.admits(&image, pinned);
            if admitted { Outcome::Image(image) } else { Outcome::Filtered(image) }
        }
    };
    (outcome, merged.errors)
}
