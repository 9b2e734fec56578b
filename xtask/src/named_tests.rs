//! Documents name the test that holds what they promise, and metrics: what they name must be there.

use std::fs;

use anyhow::{Result, bail};

use crate::{digest, paths};

/// A backticked word with so many underscores is the name of a test, or of a metric.
const UNDERSCORES: usize = 3;
/// What the server puts before the name of each metric.
const METRIC: &str = "medrecord_";

/// Refuses a document that names a test or a metric which does not exist.
pub(crate) fn run() -> Result<()> {
    let mut code = String::new();
    for folder in ["common", "desktop", "server", "xtask"] {
        for path in digest::files(&paths::root().join(folder), &["target", "gen"])? {
            if path.extension().is_some_and(|end| end == "rs") {
                code.push_str(&fs::read_to_string(path)?);
            }
        }
    }
    let mut missing = Vec::new();
    let mut count = 0;
    for path in digest::files(&paths::root().join("docs"), &[])? {
        if path.extension().is_some_and(|end| end == "md") {
            for name in names(&fs::read_to_string(&path)?) {
                count += 1;
                let defined = match name.strip_prefix(METRIC) {
                    Some(metric) => format!("\"{metric}\""),
                    None => format!("fn {name}("),
                };
                if !code.contains(&defined) {
                    missing.push(format!("{} ({})", name, path.display()));
                }
            }
        }
    }
    println!("{count} tests and metrics are named in documents");
    if !missing.is_empty() {
        bail!("no such test or metric: {}", missing.join(", "));
    }
    Ok(())
}

/// Every second piece between backticks stands inside them.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|word| {
        word.matches('_').count() >= UNDERSCORES
            && word
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || "_0123456789".contains(letter))
    })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn only_names_of_tests_are_taken() {
        let text = "`a_test_that_is_named` and a_word_that_is_not, `MAX_SIZE_OF_IT`, `one_two`";
        assert_eq!(names(text).collect::<Vec<_>>(), ["a_test_that_is_named"]);
    }
}
