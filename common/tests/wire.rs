//! Every released form of the wire: it is read today, what is written today has all that it had, and fields of a
//! later release disturb nobody. A file of `wire/` is never changed once its release is out.
#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

use std::path::Path;

use medrecord_common::auth::{Enrol, Enrolled, Refresh, Tokens};
use medrecord_common::device::DeviceReport;
use medrecord_common::event::Event;
use medrecord_common::manifest::Complete;
use medrecord_common::note::Note;
use medrecord_common::problem::Problem;
use medrecord_common::receipt::{Completed, Receipt};
use medrecord_common::recording::{Change, CreateRecording, Recording};
use medrecord_common::segment::{Digest, SegmentHeader, SegmentRanges};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Release and messages.
fn releases() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire");
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        let release = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (release, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
    };
    std::fs::read_dir(folder).unwrap().map(read).collect()
}

#[test]
fn every_released_form_is_read_and_written_still() {
    let releases = releases();
    assert!(!releases.is_empty());
    for (release, messages) in &releases {
        let of = |name: &str| (format!("{name} of {release}"), &messages[name]);
        holds::<Enrol>(of("enrol"));
        holds::<Enrolled>(of("enrolled"));
        holds::<Refresh>(of("refresh"));
        holds::<Tokens>(of("tokens"));
        holds::<CreateRecording>(of("create_recording"));
        holds::<Vec<Change>>(of("changes"));
        holds::<SegmentRanges>(of("segment_ranges"));
        holds::<Complete>(of("complete"));
        holds::<Completed>(of("completed"));
        holds::<Receipt>(of("receipt"));
        holds::<Recording>(of("recording"));
        holds::<Note>(of("note"));
        holds::<DeviceReport>(of("device_report"));
        holds::<Event>(of("event"));
        holds::<Problem>(of("problem"));
        let header = messages["segment_header"].as_str().unwrap();
        assert_eq!(SegmentHeader::parse(header).unwrap().to_value(), header, "{release}");
    }
}

/// The server keeps the digest of what it reads of a creating request, to tell a repeat from a conflict: a release
/// that writes one byte more would call every repeat across the upgrade a conflict.
#[test]
fn a_creating_request_has_the_same_digest_in_every_release() {
    let known = [("0.1.0", "4f545ce132f1afdc0bba1071c05bae0c10ac8752dba63a6ca1d4f2f873326a9b")];
    for (release, digest) in known {
        let (_, messages) = releases().into_iter().find(|(name, _)| name == release).unwrap();
        let create: CreateRecording =
            serde_json::from_value(messages["create_recording"].clone()).unwrap();
        let bytes = serde_json::to_vec(&create).unwrap();
        assert_eq!(Digest::of(&bytes).to_string(), digest, "{release}");
    }
}

fn holds<T: DeserializeOwned + Serialize>((what, message): (String, &Value)) {
    let read: T = serde_json::from_value(message.clone())
        .unwrap_or_else(|error| panic!("{what} is not read: {error}"));
    let written = serde_json::to_value(&read).unwrap();
    assert!(has_all(&written, message), "{what} is written as {written}");
    if let Err(error) = serde_json::from_value::<T>(with_more(message)) {
        panic!("{what} with fields of a later release is not read: {error}");
    }
}

/// Whether everything of `old` is in `new`, with the same value.
fn has_all(new: &Value, old: &Value) -> bool {
    match (new, old) {
        (Value::Object(new), Value::Object(old)) => {
            old.iter().all(|(name, old)| new.get(name).is_some_and(|new| has_all(new, old)))
        }
        (Value::Array(new), Value::Array(old)) => {
            new.len() == old.len() && new.iter().zip(old).all(|(new, old)| has_all(new, old))
        }
        (new, old) => new == old,
    }
}

/// With a field that nobody knows in every object.
fn with_more(message: &Value) -> Value {
    match message {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), with_more(value)));
            let more = [("of_a_later_release".to_owned(), json!({ "some": [1, "thing"] }))];
            Value::Object(fields.chain(more).collect())
        }
        Value::Array(items) => items.iter().map(with_more).collect(),
        other => other.clone(),
    }
}
