//! Many short texts, stored for little more than their bytes.

/// Texts by number, in one allocation. A `String` each would cost as much again as most of them
/// are long.
#[derive(Clone, Default)]
pub(super) struct Texts {
    all: String,
    /// Where each text ends; it begins where the one before ends.
    ends: Vec<usize>,
}

impl Texts {
    pub(super) fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(self.all.len());
    }

    /// Takes the last text back.
    pub(super) fn pop(&mut self) {
        self.ends.pop();
        self.all.truncate(self.ends.last().copied().unwrap_or_default());
    }

    pub(super) fn get(&self, number: usize) -> &str {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.all[start..self.ends[number]]
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.all.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_by_its_number() {
        let mut texts = Texts::default();
        for text in ["one", "", "zwei", "größer"] {
            texts.push(text);
        }
        texts.pop();
        texts.push("drei");
        let all: Vec<_> = (0..4).map(|number| texts.get(number)).collect();
        assert_eq!(all, ["one", "", "zwei", "drei"]);
        (0..4).for_each(|_| texts.pop());
        assert_eq!((texts.ends.len(), texts.all.as_str()), (0, ""));
    }
}
