//! The real window, driven: speech goes into a virtual microphone, and a note comes out in the window and in Chromium.
#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

mod bench;
mod day;
mod states;
mod trouble;
mod update;

use std::time::Duration;

use bench::{Bench, EMAIL, Key, PASSWORD, Page, project, takes_pictures};

/// Of the sample: the patient's name, and why he came. Two segments.
const SPOKEN: Duration = Duration::from_secs(26);
/// For the pictures: all of it, so that the note has its sections.
const WHOLE: Duration = Duration::from_secs(110);
/// Speech recognition of 25 s on two busy cores, unoptimised around the engine.
const NOTE: Duration = Duration::from_secs(120);
/// For a player to begin; shorter than the first segment.
const AT_ONCE: Duration = Duration::from_secs(8);
const SOON: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn speech_into_the_microphone_becomes_a_note_in_the_window_and_in_the_browser() {
    let mut bench = Bench::start();
    let server = bench.serve();
    let window = bench.open_window(Key::File).await;
    enrol(&window, &server).await;
    record(&window, &bench).await;
    let note = read_note(&window).await;
    window.close().await;

    let browser = bench.open_browser().await;
    sign_in(&browser).await;
    open_note(&browser, &note).await;
    play_evidence(&browser).await;
    look_at_workstations(&browser, &server).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_goes_on_when_the_window_is_closed_and_the_shortcut_stops_it() {
    let mut bench = Bench::start();
    let window = bench.open_window(Key::File).await;
    window.click("enrol-later").await;
    bench.display.press("ctrl+alt+r");
    let before = seconds(&window.text_when("timer", SOON, |text| seconds(text) >= 1).await);
    bench.display.close_window();
    window.text_when("timer", SOON, |text| seconds(text) > before + 1).await;
    bench.start_again();
    bench.display.wait_until_visible(true);
    bench.display.press("ctrl+alt+r");
    window.find("record").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_session_stops_a_recording_and_keeps_it() {
    let mut bench = Bench::start();
    let window = bench.open_window(Key::File).await;
    window.click("enrol-later").await;
    bench.display.press("ctrl+alt+r");
    window.text_when("timer", SOON, |text| seconds(text) >= 1).await;
    tokio::task::block_in_place(|| bench.end_session());
    let left = bench.recordings_left();
    assert_eq!(left.len(), 1);
    assert!(!left[0].recovered, "it was stopped, not found after a crash");
    assert!(left[0].duration_ms >= 1_000, "what the timer showed is kept: {left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_tray_closing_hides_the_window_and_a_second_start_shows_it() {
    let mut bench = Bench::start();
    bench.bus.host_tray();
    let window = bench.open_window(Key::File).await;
    window.click("enrol-later").await;
    bench.display.close_window();
    bench.display.wait_until_visible(false);
    bench.start_again();
    bench.display.wait_until_visible(true);
    window.find("record").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keyring_the_window_opens_and_says_what_to_do() {
    let mut bench = Bench::start();
    let window = bench.open_window(Key::Keyring).await;
    let alarm =
        window.find_css("[data-code=keyring_unavailable]", SOON).await.text().await.unwrap();
    assert!(alarm.contains("key file"), "{alarm}");
    window.close().await;
}

async fn enrol(window: &Page, server: &str) {
    enrol_here(window, server).await;
    window.fill("patient-name", "Robert Hale").await;
    window.fill("patient-mrn", "004512").await;
    window.picture("window-idle.png").await;
}

async fn enrol_here(window: &Page, server: &str) {
    window.fill("enrol-server", server).await;
    window.fill("enrol-email", EMAIL).await;
    window.fill("enrol-password", PASSWORD).await;
    window.click("enrol-submit").await;
}

/// Records what is spoken; reloads the window in the middle, which the recording does not notice.
async fn record(window: &Page, bench: &Bench) {
    window.click("record").await;
    window.text_when("timer", SOON, |text| seconds(text) >= 1).await;
    let spoken = if takes_pictures() { WHOLE } else { SPOKEN };
    let sample = project().join("fixtures/progress-note.flac");
    tokio::task::block_in_place(|| bench.sound.speak(&sample, spoken));
    window.picture("window-recording.png").await;

    let before = seconds(&window.text("timer").await);
    window.reload().await;
    let after = seconds(&window.text_when("timer", SOON, |text| seconds(text) >= before).await);
    assert!(
        after >= before && before >= SPOKEN.as_secs(),
        "the timer goes on after a reload: {before} s, {after} s"
    );
    window.click("stop").await;
}

/// Returns when the window is ready for the next recording.
async fn stop(window: &Page) {
    window.click("stop").await;
    window.find("more").await;
    window.find_css("[data-testid=record]:enabled", SOON).await;
}

/// The note's text in the window.
async fn read_note(window: &Page) -> String {
    let text = window
        .text_when("note-text", NOTE, |text| text.to_lowercase().contains("hypertension"))
        .await;
    window.picture("window-note.png").await;
    text
}

async fn sign_in(browser: &Page) {
    browser.fill("sign-in-email", EMAIL).await;
    browser.fill("sign-in-password", PASSWORD).await;
    browser.click("sign-in-submit").await;
}

/// Opens the newest note from the worklist; its sentences are those that the window showed.
async fn open_note(browser: &Page, note: &str) {
    browser.text_when("worklist-row", SOON, |text| text.contains("Hale")).await;
    browser.picture("review-worklist.png").await;
    browser.click("worklist-row").await;
    browser.find("note-sentence").await;
    for sentence in browser.find_all("note-sentence").await {
        let text = sentence.text().await.unwrap();
        assert!(note.contains(text.trim()), "the window's note lacks {text:?}: {note}");
    }
}

/// A click on a sentence plays the segment it rests on, and marks it in the transcript.
async fn play_evidence(browser: &Page) {
    let sentences = browser.find_all("note-sentence").await;
    let sentence = sentences.last().expect("the note has sentences");
    let evidence = sentence.attr("data-evidence").await.unwrap().unwrap();
    let transcript = browser
        .awaited("fetch(document.querySelector('audio').src.replace('/audio', '/transcript')).then((answer) => answer.json())")
        .await;
    let segment = &transcript["segments"][evidence.parse::<usize>().expect("one segment's number")];
    let start = segment["start_ms"].as_u64().unwrap();
    let end = start + segment["duration_ms"].as_u64().unwrap();
    assert!(start > AT_ONCE.as_millis() as u64, "a player that begins at 0 would be noticed");

    sentence.click().await.unwrap();
    let plays_it = format!(
        "(({{ paused, currentTime }}) => !paused && currentTime * 1000 > {start} && currentTime * 1000 < {end})(document.querySelector('audio'))"
    );
    browser.value_when(&plays_it, AT_ONCE).await;
    let marked = browser.find_css("[data-testid=transcript-segment][data-active=true]", SOON).await;
    assert_eq!(marked.attr("data-seq").await.unwrap(), Some(evidence));
    browser.picture("review-note.png").await;
}

/// This workstation is on the list, with nothing wrong to see or to hear.
async fn look_at_workstations(browser: &Page, server: &str) {
    browser.goto(&format!("{server}/workstations")).await;
    browser.text_when("device-row", SOON, |text| !text.is_empty()).await;
    browser.picture("review-workstations.png").await;
    let findings = browser.accessibility_findings().await;
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

/// Seconds of `MM:SS` or `HH:MM:SS`; 0 for anything else.
fn seconds(timer: &str) -> u64 {
    timer
        .trim()
        .split(':')
        .map(str::parse::<u64>)
        .try_fold(0, |sum, part| part.map(|part| sum * 60 + part))
        .unwrap_or(0)
}
