//! `$NAME` in a file: replaced by the variable's value.

use std::ffi::OsString;

use super::environment::Environment;

/// Why a variable can't be expanded. A value in a file may be a password that begins with `$`, so
/// the name is only shown if it certainly is one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unresolved {
    /// It is unset or empty.
    #[error("{}, which is not set or empty (hint: `$$` is a literal `$`)", named(name.as_ref()))]
    Unset {
        /// Its name, if it may be shown.
        name: Option<String>,
    },
    /// The file is in the working directory and so untrusted.
    #[error(
        "a variable that a file in the working directory may not read: there, the name has to \
         begin with `KAI_` (hint: `-c FILE` says that you trust a file; `$$` is a literal `$`)"
    )]
    Untrusted,
}

/// Expands a value of a file.
pub(super) fn expand(text: &str, trusted: bool, env: &Environment) -> Result<OsString, Unresolved> {
    // A leading `$$` is an escaped `$`; elsewhere, `$$` is literal.
    if text.starts_with("$$") {
        return Ok(text[1..].into());
    }
    let Some(name) = name(text) else { return Ok(text.into()) };
    if !trusted && !name.starts_with("KAI_") {
        return Err(Unresolved::Untrusted);
    }
    env.get(name).ok_or_else(|| {
        let name = name.starts_with("KAI_").then(|| name.to_owned());
        Unresolved::Unset { name }
    })
}

fn named(name: Option<&String>) -> String {
    name.map_or_else(|| "a variable".to_owned(), |name| format!("the variable `{name}`"))
}

/// The name, if the whole text is a variable: `$NAME` or `${NAME}`.
pub(super) fn name(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('$')?;
    let name = rest.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(rest);
    let mut bytes = name.bytes();
    let first = bytes.next().is_some_and(|byte| byte == b'_' || byte.is_ascii_alphabetic());
    let rest = bytes.all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    (first && rest).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        let variables = [("KAI_X", "kai"), ("OTHER", "other"), ("EMPTY", "")];
        variables.into_iter().map(|(name, text)| (name.into(), text.into())).collect()
    }

    #[test]
    fn a_text_that_is_wholly_a_name_is_a_variable_and_others_are_themselves() {
        let table = [
            ("$KAI_X", "kai"),
            ("${KAI_X}", "kai"),
            ("$OTHER", "other"),
            ("$$OTHER", "$OTHER"),
            ("$$", "$"),
            ("$", "$"),
            ("$OTHER ", "$OTHER "),
            ("a$OTHER", "a$OTHER"),
            ("a$$b", "a$$b"),
            ("$5", "$5"),
            ("${OTHER", "${OTHER"),
            ("$OTHER}", "$OTHER}"),
            ("${}", "${}"),
            ("", ""),
        ];
        for (text, expected) in table {
            println!("{text}");
            assert_eq!(expand(text, true, &environment()).unwrap(), expected);
        }
    }

    #[test]
    fn a_variable_that_is_not_set_or_not_allowed_is_an_error_that_may_hold_no_password() {
        let table = [("$NONE", true), ("$EMPTY", true), ("$KAI_NONE", true), ("$OTHER", false)];
        let told = table.map(|(text, trusted)| {
            let error = expand(text, trusted, &environment()).unwrap_err();
            assert!(!error.to_string().contains(&text[1..]) || text.starts_with("$KAI_"));
            format!("{text}\n    names {error}")
        });
        insta::assert_snapshot!(told.join("\n"));
        assert_eq!(expand("$KAI_X", false, &environment()).unwrap(), "kai");
    }
}
