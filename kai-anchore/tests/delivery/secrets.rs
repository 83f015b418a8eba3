//! What may be seen of a password: nothing.

use kai_anchore::{AnchoreSettings, AnchoreSink, Password, SettingsError};
use testkit::{Receiver, Reply, anchore, chain};

use crate::support::{PASSWORD, V1, V2, at, report, reporter, settings};

fn is_secret(text: &str) {
    assert!(!text.contains("recognisable"), "{text}");
    // kai:recognisable, in base64
    assert!(!text.contains("a2FpOnJlY29nbmlzYWJsZT"), "{text}");
}

#[tokio::test]
async fn debug_of_whatever_holds_the_password_does_not_show_it() {
    let receiver = Receiver::start(anchore(2));
    let settings = settings(&receiver);
    let reporter = AnchoreSink::new(&settings).unwrap();
    let delivered = reporter.send(&report().await).await.unwrap();
    is_secret(&format!("{settings:?} {settings:#?}"));
    is_secret(&format!("{reporter:?} {reporter:#?}"));
    is_secret(&format!("{:?} {:?}", Password::given(PASSWORD), report().await));
    is_secret(&format!("{delivered:?} {:?}", reporter.destination().await.unwrap()));
}

#[tokio::test]
async fn no_error_shows_the_password() {
    for reply in [
        Reply::status(400).body("no"),
        Reply::status(302).header("location", "/login"),
        Reply::status(200).body("<html>"),
        Reply::ResetAfter(0),
    ] {
        let receiver = Receiver::start(move |_| reply.clone());
        let error = reporter(&receiver, V2).send(&report().await).await.unwrap_err();
        is_secret(&format!("{error} {error:?} {}", chain(&error)));
    }
    let closed = AnchoreSink::new(&at("http://127.0.0.1:1").api(V1)).unwrap();
    let error = closed.send(&report().await).await.unwrap_err();
    is_secret(&format!("{error} {error:?} {}", chain(&error)));
}

#[test]
fn settings_that_cannot_be_used_say_which_and_not_the_password() {
    let url = || "https://anchore.example".parse().unwrap();
    let table = [
        (AnchoreSettings::new(url(), "", Password::given(PASSWORD)), "the user is empty"),
        (
            AnchoreSettings::new(url(), "a:b", Password::given(PASSWORD)),
            "the user `a:` has a colon, which no name of a user may have (what stands after it is \
             not shown, since it may be a password)",
        ),
        (
            AnchoreSettings::new(url(), format!("a:{PASSWORD}"), Password::given("p")),
            "the user `a:` has a colon, which no name of a user may have (what stands after it is \
             not shown, since it may be a password)",
        ),
        (AnchoreSettings::new(url(), "kai", Password::given("")), "the password is empty"),
        (
            at("https://anchore.example").account(format!("a:{PASSWORD}\n")),
            "the account `a:<redacted>` has characters that no header may have",
        ),
        (at("https://anchore.example").account(""), "the account is empty"),
        (
            at("https://anchore.example").account("a\nb"),
            r"the account `a\nb` has characters that no header may have",
        ),
        (
            at("https://anchore.example").user_agent("a\0"),
            r"the User-Agent `a\u{0}` has characters that no header may have",
        ),
    ];
    for (settings, expected) in table {
        is_secret(&format!("{settings:?}"));
        let error = AnchoreSink::new(&settings).unwrap_err();
        assert_eq!(error.to_string(), expected);
        is_secret(&format!("{error:?}"));
    }
    let missing = AnchoreSettings::new(url(), "kai", Password::File("/nowhere".into()));
    let error = AnchoreSink::new(&missing).unwrap_err();
    assert!(matches!(error, SettingsError::Password(_)), "{error:?}");
}
