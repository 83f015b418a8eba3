#![no_main]

use kai_core::{Image, ImagePattern, ImageReference, LabelSelector};

// A pattern is written as it was read, and chooses or not, in no time that anybody notices. What is a
// whole reference chooses its own image. A label selector that is read is read again from what it
// writes.
libfuzzer_sys::fuzz_target!(|data: &str| {
    let (pattern, image) = data.split_once('\n').unwrap_or((data, "registry.example/team/app:1.27"));
    if let Ok(pattern) = pattern.parse::<ImagePattern>() {
        assert_eq!(pattern.to_string().parse::<ImagePattern>(), Ok(pattern.clone()));
        if let Ok(image) = image.parse::<Image>() {
            let _ = pattern.matches(&image, true);
        }
    }
    if let (Ok(reference), Ok(own)) = (pattern.parse::<ImageReference>(), pattern.parse::<Image>())
        && reference.tag().is_some()
        && !own.has_made_up_tag()
        && let Ok(pattern) = pattern.parse::<ImagePattern>()
    {
        assert!(pattern.matches(&own, false), "{pattern}");
    }
    if let Ok(selector) = data.parse::<LabelSelector>() {
        assert_eq!(selector.to_string().parse::<LabelSelector>(), Ok(selector));
    }
});
