//! The commands have one list in four places: handler, build script, capability, and what the window invokes.
#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn the_window_invokes_exactly_the_commands_that_the_shell_handles() {
    let handled = between(&read("src/lib.rs"), "generate_handler![", "]", |word| {
        word.trim().strip_prefix("commands::").map(str::to_owned)
    });
    assert!(handled.contains("start") && handled.contains("stop"), "read from lib.rs: {handled:?}");
    assert_eq!(invoked(&read("../web/desktop/src/tauri-backend.ts")), handled);
}

#[test]
fn every_command_has_a_permission_and_the_capability_grants_it() {
    let quoted =
        |word: &str| Some(word.trim().trim_matches('"').to_owned()).filter(|word| !word.is_empty());
    let built = between(&read("build.rs"), "&[&str] = &[", "]", quoted);
    let granted = between(&read("capabilities/main.json"), "\"permissions\": [", "]", |word| {
        quoted(word)?.strip_prefix("allow-").map(|command| command.replace('-', "_"))
    });
    assert_eq!(built, granted);
    let handled = between(&read("src/lib.rs"), "generate_handler![", "]", |word| {
        word.trim().strip_prefix("commands::").map(str::to_owned)
    });
    assert_eq!(built, handled);
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What `pick` takes of the comma-separated words between two marks.
fn between(
    text: &str,
    start: &str,
    end: &str,
    pick: impl Fn(&str) -> Option<String>,
) -> BTreeSet<String> {
    let (_, rest) = text.split_once(start).unwrap();
    let (list, _) = rest.split_once(end).unwrap();
    list.split(',').filter_map(pick).collect()
}

/// The first arguments of `call('…')` and `call<…>('…')`, the one way from the window to the shell.
fn invoked(typescript: &str) -> BTreeSet<String> {
    typescript
        .split("call")
        .skip(1)
        .filter_map(|call| {
            let (before, rest) = call.split_once('\'')?;
            let is_call = before.ends_with('(') && (before.len() == 1 || before.starts_with('<'));
            is_call.then(|| rest.split('\'').next().unwrap_or_default().to_owned())
        })
        .collect()
}
