//! What the checked texts have in common: each is a text that its parser has accepted.

/// Implements what a text type offers besides `as_str` and `FromStr`: comparing with a text,
/// converting from one, and reading and writing it as a string.
macro_rules! text_traits {
    ($name:ident, $error:ty) => {
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        /// Lets a set or a map of these be asked for a text.
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $error;

            fn try_from(text: &str) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use text_traits;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::{Debug, Display};

    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use crate::{Digest, NamespaceName, Repository, Tag};

    /// Whether `text` is one of these everywhere, and `not` nowhere.
    fn behaves<T>(text: &str, not: &str)
    where
        T: AsRef<str> + Debug + Display + DeserializeOwned + PartialEq<str> + Serialize,
        T: for<'t> PartialEq<&'t str> + for<'t> TryFrom<&'t str> + TryFrom<String>,
    {
        let Ok(value) = T::try_from(text) else { panic!("`{text}` is one") };
        assert!(value == *text && value == text && value.as_ref() == text);
        assert!(value != *not && value != not);
        assert_eq!(value.to_string(), text);
        assert!(T::try_from(text.to_owned()).is_ok_and(|value| value == text));
        assert!(T::try_from(not).is_err() && T::try_from(not.to_owned()).is_err());

        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert!(serde_json::from_str::<T>(&json).is_ok_and(|value| value == text));
        assert!(serde_json::from_str::<T>(&serde_json::to_string(not).unwrap()).is_err());
        assert!(serde_json::from_str::<T>("1").is_err());
    }

    #[test]
    fn each_text_type_compares_converts_and_is_written_as_a_text() {
        behaves::<Repository>("registry.example:5000/team/app", "Team/App:1");
        behaves::<Tag>("1.27-alpine", "-1");
        behaves::<Digest>(&format!("sha256:{}", "0".repeat(64)), "sha256:0");
        behaves::<NamespaceName>("kube-system", "Kube_System");
    }

    #[test]
    fn an_escaped_text_is_read_too() {
        let tag: Tag = serde_json::from_str(r#""1\u002e27""#).unwrap();
        assert_eq!(tag, "1.27");
    }

    #[test]
    fn a_set_of_texts_is_asked_for_a_text() {
        let tags: BTreeSet<Tag> = ["1", "2"].map(|tag| tag.parse().unwrap()).into();
        assert!(tags.contains("1") && !tags.contains("3"));
    }
}
