//! Detects misspelled and unknown settings.

use super::environment::Environment;
use super::file::{ConfigFile, Unknown};
use super::{Notice, SettingsError, routes};
use crate::escape::Excerpt;
use crate::keys::{self, Key};
use crate::secret::without_password;
use crate::told::OF_ONE_KIND;

/// Maximum length of a name to be checked as a misspelled key. Names in a file may have any length,
/// and comparing them takes time.
const NAME_MAX: usize = 64;

/// A name that looks like a setting.
enum Looks<'a> {
    InFile(&'a ConfigFile, &'a Unknown),
    Variable(&'a str),
}

/// Warns of unknown names in a file and the environment, with the most similar key.
pub(super) fn warn(env: &Environment, file: Option<&ConfigFile>, notices: &mut Vec<Notice>) {
    let in_file = file
        .into_iter()
        .flat_map(|file| file.unknown.iter().map(move |unknown| Looks::InFile(file, unknown)));
    let named: Vec<&str> = file.into_iter().flat_map(ConfigFile::variables).collect();
    let variables = env.ours().filter(|name| {
        let is_key = keys::ALL.iter().any(|key| !key.in_files_only && key.variable() == *name);
        !is_key && !is_service_link(name) && !named.contains(name)
    });
    let mut all = in_file.chain(variables.map(Looks::Variable));
    let shown = all.by_ref().take(OF_ONE_KIND);
    notices.extend(shown.map(|looks| Notice::Warning(looks.message())));
    let more = all.count();
    if more > 0 {
        notices.push(Notice::Warning(format!("… and {more} more that kai doesn't know")));
    }
}

impl Looks<'_> {
    fn message(&self) -> String {
        match self {
            Self::InFile(file, Unknown { name, line }) => {
                // `password:secret`, without a space, is parsed as a name.
                let shown = without_password(name);
                let what = format!("`{}` ({}, line {line})", Excerpt(&shown), Excerpt(&file.path));
                if keys::is_section(name) {
                    return format!(
                        "{what} is a section of keys and takes no value itself: ignored"
                    );
                }
                format!("{what} is no key that kai knows: ignored{}", nearest(name, str::to_owned))
            }
            Self::Variable(name) => {
                let as_key = name.trim_start_matches("KAI_").to_ascii_lowercase().replace('_', "-");
                let variable =
                    |name: &str| keys::named(name).map_or_else(|| name.to_owned(), Key::variable);
                format!(
                    "the variable `{}` names no key that kai knows: ignored{}",
                    Excerpt(name),
                    nearest(&as_key, variable)
                )
            }
        }
    }
}

/// ` (hint: …)` with the key or section that was probably meant.
fn nearest(name: &str, shown: impl Fn(&str) -> String) -> String {
    let plain = |name: &str| name.to_lowercase().replace(['.', '_'], "-");
    if name.len() > NAME_MAX {
        return String::new();
    }
    let name = plain(name);
    let ending = |key: &str| key.ends_with(&format!("-{name}"));
    let distance = |known: &str| strsim::osa_distance(&plain(known), &name);
    let known = keys::ALL.iter().filter(|key| key.legacy.is_none()).map(|key| key.name);
    let key = known
        .map(|key| (if ending(&plain(key)) { 0 } else { distance(key) }, key))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= 1 + name.chars().count() / 4);
    let sections = keys::ALL.iter().map(|key| key.path().0).filter(|section| !section.is_empty());
    let section = sections
        .map(|section| (distance(section), section))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= 2);
    match (key, section) {
        (key, Some((near, section))) if key.is_none_or(|(distance, _)| near < distance) => {
            format!(" (hint: `{section}` is a section of keys)")
        }
        (Some((_, key)), _) => format!(" (hint: `{}` is one)", shown(key)),
        (None, _) => String::new(),
    }
}

/// Whether Kubernetes sets this variable, for a Service whose name begins with `kai`:
/// <https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>.
fn is_service_link(variable: &str) -> bool {
    let Some(rest) = variable.strip_prefix("KAI_") else { return false };
    let words: Vec<&str> = rest.split('_').collect();
    words.windows(2).any(|pair| matches!(pair, ["SERVICE", "HOST" | "PORT"]))
        || words.last() == Some(&"PORT")
        || words.windows(3).any(|three| {
            let number = three[1].bytes().all(|byte| byte.is_ascii_digit());
            three[0] == "PORT" && number && !three[1].is_empty()
        })
}

/// Rejects a file or variables that configure routing.
pub(super) fn refuse_routes(
    env: &Environment,
    file: Option<&ConfigFile>,
) -> Result<(), SettingsError> {
    if let Some((file, Unknown { name, line })) =
        file.and_then(|file| Some((file, file.routes.as_ref()?)))
    {
        let place = format!("`{}` ({}, line {line})", Excerpt(name), Excerpt(&file.path));
        return Err(SettingsError::Routes { place });
    }
    let variable =
        |name: &str| format!("KAI_{}", name.to_ascii_uppercase().replace(['.', '-'], "_"));
    let (accounts, label) = (variable(routes::ROUTES), variable(routes::LABEL));
    let set = |name: &str| {
        let text = env.get(name).unwrap_or_default();
        let text = text.to_string_lossy();
        !["", "{}", "[]", "null", "~"].contains(&text.trim())
    };
    let is_route = |name: &&str| {
        let rest = name.strip_prefix(&*accounts);
        *name == label || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    match env.ours().filter(is_route).find(|name| set(name)) {
        None => Ok(()),
        Some(name) => Err(SettingsError::Routes { place: format!("`{}`", Excerpt(name)) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubernetes_sets_is_no_setting() {
        let table = [
            ("KAI_SERVICE_HOST", true),
            ("KAI_SERVICE_PORT", true),
            ("KAI_SERVICE_PORT_HTTP", true),
            ("KAI_PORT", true),
            ("KAI_PORT_80_TCP", true),
            ("KAI_PORT_80_TCP_ADDR", true),
            ("KAI_ANCHORE_SERVICE_HOST", true),
            ("KAI_ANCHORE_ENGINE_PORT_8228_TCP_PROTO", true),
            ("KAI_ANCHORE_PORT", true),
            ("KAI_ANCHORE", false),
            ("KAI_ANCHORE_PORT_X_TCP", false),
            ("KAI_REPORT", false),
            ("KAI_ANCHORE_PASSWRD", false),
        ];
        for (variable, expected) in table {
            println!("{variable}");
            assert_eq!(is_service_link(variable), expected);
        }
    }

    #[test]
    fn the_nearest_key_is_a_hint() {
        let table = [
            ("log.levl", "log.level"),
            ("loglevel", "log.level"),
            ("outptu", "output"),
            ("request-timeout-seconds", "kubernetes.request-timeout-seconds"),
            ("timeout-seconds", "kubernetes.request-timeout-seconds"),
            ("anchore.passwd", "anchore.password"),
            ("missing-tag-policy.plicy", "missing-tag-policy.policy"),
            ("anchor", "anchore"),
            ("namespace-selector", "namespace-selectors"),
            ("something-else", ""),
        ];
        for (name, expected) in table {
            println!("{name}");
            let hint = nearest(name, str::to_owned);
            assert_eq!(hint.split('`').nth(1).unwrap_or_default(), expected);
        }
    }
}
