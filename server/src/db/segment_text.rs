//! The transcript's texts: one a segment, edits as versions.

use medrecord_common::PatientText;
use medrecord_common::audio::samples_to_ms;
use medrecord_common::ids::RecordingId;
use medrecord_common::transcript::{TextState, TranscriptSegment};
use sqlx::PgExecutor;

use super::{number, signed};

/// Stores what the provider heard; a text that is there already stays.
pub(crate) async fn insert_heard(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
    seq: u32,
    text: &PatientText,
    provider: &str,
    model: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into segment_text (recording_id, seq, version, text, provider, model)
         values ($1, $2, 1, $3, $4, $5) on conflict do nothing",
        recording.0,
        signed::<i32, _>(seq)?,
        text.as_str(),
        provider,
        model
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The text of the nearest segment before this one that has any.
pub(crate) async fn text_before(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
    seq: u32,
) -> sqlx::Result<Option<PatientText>> {
    let text = sqlx::query_scalar!(
        "select text from segment_text
         where recording_id = $1 and seq < $2 and text <> ''
         order by seq desc, version desc limit 1",
        recording.0,
        signed::<i32, _>(seq)?
    )
    .fetch_optional(db)
    .await?;
    Ok(text.map(PatientText::from))
}

/// Every segment with the highest version of its text, in order.
pub(crate) async fn transcript(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
) -> sqlx::Result<Vec<TranscriptSegment>> {
    let rows = sqlx::query!(
        r#"select s.seq, s.start, s.samples, s.speech,
            (select t.text from segment_text t
             where t.recording_id = s.recording_id and t.seq = s.seq
             order by t.version desc limit 1) as text,
            exists (select from job j where j.recording_id = s.recording_id
                and j.kind = 'transcribe' and j.seq = s.seq and j.state = 'dead') as "failed!"
         from segment s where s.recording_id = $1 order by s.seq"#,
        recording.0
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let state = match (&row.text, row.speech, row.failed) {
                (Some(_), ..) => TextState::Done,
                (None, 0, _) => TextState::NoSpeech,
                (None, _, true) => TextState::Failed,
                (None, _, false) => TextState::Waiting,
            };
            let ms = |samples: i32| number(samples_to_ms(number(samples)?));
            Ok(TranscriptSegment {
                seq: number(row.seq)?,
                start_ms: samples_to_ms(number(row.start)?),
                duration_ms: ms(row.samples)?,
                speech_ms: ms(row.speech)?,
                state,
                text: row.text.unwrap_or_default().into(),
            })
        })
        .collect()
}
