use std::str::FromStr;

use super::situation::Situation;

/// How big a load is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) pods: usize,
    /// Those of the load; the server has four of its own.
    pub(super) namespaces: usize,
}

impl Size {
    /// The loads that are measured unless others are asked for.
    pub(super) const USUAL: [Self; 4] = [
        Self { pods: 300, namespaces: 20 },
        Self { pods: 10_000, namespaces: 200 },
        Self { pods: 50_000, namespaces: 500 },
        Self { pods: 3_000, namespaces: 5_000 },
    ];

    /// The situations in which it is measured unless others are asked for.
    pub(super) fn usual_situations(self) -> &'static [Situation] {
        use Situation::{Answers, Far, Near, Rest, Slow, Watch};
        match self.pods {
            50_000 => &[Near, Answers, Far, Slow, Rest, Watch],
            10_000 => &[Near, Answers, Rest],
            _ => &[Near],
        }
    }
}

/// `PODS/NAMESPACES`, or `PODS` of one of the usual sizes.
impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse().map_err(|error| format!("`{text}`: {error}"));
        if let Some((pods, namespaces)) = text.split_once('/') {
            return Ok(Self { pods: number(pods)?, namespaces: number(namespaces)? });
        }
        let pods: usize = number(text)?;
        Self::USUAL.into_iter().find(|size| size.pods == pods).ok_or_else(|| {
            let usual = Self::USUAL.map(|size| size.pods.to_string()).join(", ");
            format!("in how many namespaces? (hint: `{text}/NAMESPACES`, or one of {usual})")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_size_needs_no_namespaces_and_another_does() {
        let size = |pods, namespaces| Ok(Size { pods, namespaces });
        assert_eq!("10000".parse(), size(10_000, 200));
        assert_eq!("3000".parse(), size(3_000, 5_000));
        assert_eq!("70/7".parse(), size(70, 7));
        let error = "70".parse::<Size>().unwrap_err();
        assert!(error.contains("70/NAMESPACES"), "{error}");
        for wrong in ["", "x", "70/", "70/x", "-1/2"] {
            wrong.parse::<Size>().unwrap_err();
        }
    }
}
