//! A new version: shown, refused when it is not genuine or a recording runs, and else installed and started.

mod release;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use release::{Maker, Release};

use crate::bench::{Bench, Key};
use crate::{SOON, enrol_here, seconds, stop};

const NEXT: &str = "0.2.0";

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_is_installed_when_it_is_genuine_and_nothing_is_recorded() {
    let mut bench = Bench::start();
    let (maker, stranger) = (Maker::new(), Maker::new());
    // Named like the program, so that the bench finds both.
    let appimage = bench.root().join("medrecord-desktop");
    fs::write(&appimage, "the version before").unwrap();
    fs::set_permissions(&appimage, fs::Permissions::from_mode(0o755)).unwrap();
    bench.install_as(&appimage, &maker.key());
    let is_untouched = || fs::read(&appimage).unwrap() == b"the version before";
    let origin = bench.serve();
    let updates = bench.server().updates();
    let release = Release::of_this_program(NEXT);
    release.offer(&updates, NEXT, &stranger);

    let window = bench.open_window(Key::File).await;
    enrol_here(&window, &origin).await;
    window.text_when("version", SOON, |text| text == "Version 0.2.0 is ready to install").await;
    window.picture("window-update.png").await;
    window.click("install-update").await;
    window.find_css("[data-code=update_not_genuine]", SOON).await;
    assert!(is_untouched(), "another key signed it");

    // An older one, which the makers did sign, under a new name.
    release.offer(&updates, "0.3.0", &maker);
    window.click("install-update").await;
    window.text_when("version", SOON, |text| text.contains("0.3.0")).await;
    let said = "document.querySelector('[data-code=update_not_genuine]')?.textContent.includes('version 0.3.0')";
    window.value_when(said, SOON).await;
    assert!(is_untouched(), "it is not what it is called");

    release.offer(&updates, NEXT, &maker);
    bench.display.press("ctrl+alt+r");
    window.text_when("timer", SOON, |text| seconds(text) >= 1).await;
    let refused = window
        .awaited("window.__TAURI_INTERNALS__.invoke('install_update').catch((error) => error)")
        .await;
    assert_eq!(refused["code"], "not_updated");
    assert!(refused["message"].as_str().unwrap().starts_with("Recording goes on"), "{refused}");
    assert!(is_untouched(), "a recording runs");
    stop(&window).await;

    window.click("install-update").await;
    bench.wait_until_replaced_by(&appimage);
    assert_eq!(fs::read(&appimage).unwrap(), release.bytes);
    tokio::task::block_in_place(|| bench.end_session());
    let left = bench.recordings_left();
    assert_eq!(left.len(), 1, "what was recorded before is there: {left:?}");
    assert!(!left[0].recovered && left[0].duration_ms >= 1_000);
}
