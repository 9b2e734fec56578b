//! What a workstation reads of the server's answers: no more than it needs, so that a newer server may say more, and
//! say it in words that this release does not know.

use medrecord_common::PatientText;
use medrecord_common::ids::NoteId;
use medrecord_common::recording::Stage;
use serde::{Deserialize, Deserializer};

/// Of `medrecord_common::recording::Recording`.
#[derive(Debug, Deserialize)]
pub(super) struct RecordingRead {
    /// None: a word of a later release.
    #[serde(deserialize_with = "known")]
    pub(super) stage: Option<Stage>,
    #[serde(default)]
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) note: Option<NoteId>,
}

/// Of `medrecord_common::note::Note`.
#[derive(Debug, Deserialize)]
pub(super) struct NoteRead {
    content: Content,
}

#[derive(Debug, Deserialize)]
struct Content {
    sections: Vec<Section>,
}

#[derive(Debug, Deserialize)]
struct Section {
    title: String,
    sentences: Vec<Sentence>,
}

#[derive(Debug, Deserialize)]
struct Sentence {
    text: PatientText,
}

impl NoteRead {
    /// As plain text: a heading a line, its sentences under it.
    pub(super) fn text(&self) -> PatientText {
        let sections = self.content.sections.iter().map(|section| {
            let sentences: Vec<_> =
                section.sentences.iter().map(|sentence| sentence.text.as_str()).collect();
            format!("{}\n{}", section.title, sentences.join(" "))
        });
        sections.collect::<Vec<_>>().join("\n\n").into()
    }
}

fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Stage>, D::Error> {
    let word = String::deserialize(deserializer)?;
    Ok(serde_json::from_value(word.into()).ok())
}

#[cfg(test)]
mod tests {
    use medrecord_common::recording::Stage;

    use super::{NoteRead, RecordingRead};

    #[test]
    fn words_and_fields_of_a_later_release_are_passed_over() {
        let read = |stage: &str| {
            let json =
                format!(r#"{{"stage":"{stage}","priority":{{"of":"later"}},"kind":"letter"}}"#);
            serde_json::from_str::<RecordingRead>(&json).unwrap()
        };
        assert_eq!(read("ready").stage, Some(Stage::Ready));
        assert_eq!(read("translating").stage, None);
        let note = r#"{"state":"sealed","content":{"language":"fr","sections":[{"title":"Plan","loinc":"1",
            "sentences":[{"text":"Rest.","kind":"sung","mood":"calm"},{"text":"Return."}]}]}}"#;
        let note: NoteRead = serde_json::from_str(note).unwrap();
        assert_eq!(note.text().as_str(), "Plan\nRest. Return.");
    }
}
