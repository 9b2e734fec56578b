//! What a person is told of a recording that can no longer be read.

use std::sync::Arc;

use crate::recorder::tests::open;
use crate::testing::tone;

#[test]
fn an_earlier_recording_that_rotted_is_a_warning_in_words_and_a_line_of_the_diagnostics() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path(), &Arc::default()).unwrap();
    let id = recorder.import(&tone(folder.path(), 2), None).unwrap().recording;
    recorder.import(&tone(folder.path(), 2), None).unwrap();
    while recorder.check_next() {}
    let is_damaged = || recorder.state().warnings.into_iter().find(|found| found.code == "damaged");
    assert_eq!(is_damaged(), None);
    recorder.outbox().spoil(id);
    while recorder.check_next() {}
    let warning = is_damaged().unwrap();
    assert!(warning.text.contains("1 earlier recording"), "{}", warning.text);
    let safe_and_to_do = "cannot be read. The rest is safe. Close MedRecord and start it again when nothing is being \
        recorded: it repairs what it can. Have the disk checked.";
    assert!(warning.text.ends_with(safe_and_to_do), "{}", warning.text);
    let text = recorder.diagnostics(chrono::Utc::now()).unwrap();
    assert!(text.contains("earlier recordings checked 2 of 2, damaged 1"), "{text}");
}
