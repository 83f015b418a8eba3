#![no_main]

use kai_core::{CollectOptions, Collector, Container, ContainerKind, ImageReference, Observed, Pod};

// What parses is displayed as it was written. The three texts of a container, whatever they are,
// come to a verdict.
libfuzzer_sys::fuzz_target!(|data: &str| {
    if let Ok(reference) = data.parse::<ImageReference>() {
        assert_eq!(reference.to_string(), data);
    }
    let mut texts = data.split('\n');
    let mut next = || texts.next().unwrap_or_default();
    let container = Container::new(ContainerKind::Regular, "c", next()).with_status(next(), next());
    let pod = Pod::new("n", "p").with_container(container.running());
    Collector::new(&CollectOptions::default()).observe(&Observed::Pod(pod), &mut ());
});
