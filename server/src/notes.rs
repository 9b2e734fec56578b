//! What may be done to a note: edited while it is a draft, signed once.

use medrecord_common::event::EventKind;
use medrecord_common::ids::NoteId;
use medrecord_common::note::{EditNote, Note, NoteContent, NoteState};
use medrecord_common::problem::FieldError;
use sqlx::PgConnection;

use crate::audit::{self, Act};
use crate::auth;
use crate::db;
use crate::http::ApiResult;
use crate::http::error::ApiError;
use crate::http::identity::Browser;
use crate::state::App;

const MAX_SECTIONS: usize = 100;
const MAX_SENTENCES: usize = 1_000;
const MAX_CHARACTERS: usize = 10_000;

/// Saves an edit as a new version; an edit that changes nothing makes none.
pub(crate) async fn edit(
    app: &App,
    browser: &Browser,
    id: NoteId,
    version: ApiResult<u32>,
    edit: EditNote,
) -> ApiResult<Note> {
    let (mut tx, now) = (app.pool.begin().await?, app.clock.now());
    let mut note = lock_draft(&mut tx, browser, id, version).await?;
    let content = NoteContent { template: note.content.template.clone(), sections: edit.sections };
    let content = content.with_kinds_of(db::note::draft(&mut *tx, id).await?.as_ref());
    check(&mut tx, id, &content).await?;
    if content != note.content {
        note.version += 1;
        db::note::add_version(&mut tx, id, note.version, &content, browser.clinician, now).await?;
        let (kind, recording) = (EventKind::Note, note.recordings.first().copied());
        db::event::insert(&mut *tx, browser.clinician, kind, recording, Some(id), now).await?;
    }
    audit::record(&mut tx, now, browser.who(), Act::EditNote, id).await?;
    commit_and_read(tx, browser, id).await
}

/// Has the version that was read drafted anew, from what its recordings say by now.
pub(crate) async fn draft(
    app: &App,
    browser: &Browser,
    id: NoteId,
    version: ApiResult<u32>,
) -> ApiResult<Note> {
    let (mut tx, now) = (app.pool.begin().await?, app.clock.now());
    // Recordings first, as the draft job does.
    let note = db::note::find(&mut *tx, id, browser.clinician).await?.ok_or(ApiError::NotFound)?;
    db::source::lock(&mut tx, &note.recordings).await?;
    lock_draft(&mut tx, browser, id, version).await?;
    db::note::ask_redraft(&mut *tx, id, now).await?;
    for recording in &note.recordings {
        db::job::draft(&mut tx, *recording, now).await?;
    }
    let recording = note.recordings.first().copied();
    db::event::insert(&mut *tx, browser.clinician, EventKind::Note, recording, Some(id), now)
        .await?;
    audit::record(&mut tx, now, browser.who(), Act::DraftNote, id).await?;
    commit_and_read(tx, browser, id).await
}

/// Signs the version that was read. The password again: signing needs the person.
pub(crate) async fn sign(
    app: &App,
    browser: &Browser,
    id: NoteId,
    version: ApiResult<u32>,
    password: String,
) -> ApiResult<Note> {
    // Before the lock, which should not be held while a password is hashed.
    if db::note::find(&app.pool, id, browser.clinician).await?.is_none() {
        return Err(ApiError::NotFound);
    }
    if !auth::confirm_password(app, browser.clinician, password).await? {
        return Err(ApiError::SignInFailed);
    }
    let (mut tx, now) = (app.pool.begin().await?, app.clock.now());
    let note = lock_draft(&mut tx, browser, id, version).await?;
    db::session::authenticated(&mut *tx, &browser.token_hash, now).await?;
    db::note::sign(&mut *tx, id, browser.clinician, note.content.digest(), now).await?;
    let (kind, recording) = (EventKind::Note, note.recordings.first().copied());
    db::event::insert(&mut *tx, browser.clinician, kind, recording, Some(id), now).await?;
    audit::record(&mut tx, now, browser.who(), Act::SignNote, id).await?;
    commit_and_read(tx, browser, id).await
}

/// The clinician's own note, locked: a draft, in the version that the client read.
async fn lock_draft(
    tx: &mut PgConnection,
    browser: &Browser,
    id: NoteId,
    version: ApiResult<u32>,
) -> ApiResult<Note> {
    let head = db::note::lock(&mut *tx, id, browser.clinician).await?.ok_or(ApiError::NotFound)?;
    if head.state == NoteState::Signed {
        return Err(ApiError::NoteSigned);
    }
    if head.version != version? {
        return Err(ApiError::VersionConflict);
    }
    db::note::find(tx, id, browser.clinician).await?.ok_or(ApiError::NotFound)
}

async fn commit_and_read(
    mut tx: sqlx::Transaction<'_, sqlx::Postgres>,
    browser: &Browser,
    id: NoteId,
) -> ApiResult<Note> {
    let note = db::note::find(&mut *tx, id, browser.clinician).await?.ok_or(ApiError::NotFound)?;
    tx.commit().await?;
    Ok(note)
}

/// Sizes, and that all evidence is a segment of the note's own recordings.
async fn check(tx: &mut PgConnection, id: NoteId, content: &NoteContent) -> ApiResult<()> {
    let mut errors = Vec::new();
    let mut fault = |field: String, message: &str| {
        errors.push(FieldError { field, message: message.to_owned() });
    };
    if content.sections.len() > MAX_SECTIONS {
        fault("/sections".to_owned(), "at most 100 sections");
    }
    for (index, section) in content.sections.iter().enumerate() {
        let field = |part: &str| format!("/sections/{index}/{part}");
        if section.title.chars().count() > 200 || section.title.contains('\0') {
            fault(field("title"), "at most 200 characters, none of them NUL");
        }
        if section.sentences.len() > MAX_SENTENCES {
            fault(field("sentences"), "at most 1,000 sentences");
        }
        for (index, sentence) in section.sentences.iter().enumerate() {
            let text = sentence.text.as_str();
            if text.chars().count() > MAX_CHARACTERS || text.contains('\0') {
                fault(
                    field(&format!("sentences/{index}/text")),
                    "at most 10,000 characters, none of them NUL",
                );
            }
        }
    }
    let evidence: Vec<_> = content.evidence().collect();
    if !db::note::unknown_evidence(tx, id, &evidence).await?.is_empty() {
        fault("/sections".to_owned(), "evidence names a segment that is not the note's");
    }
    if errors.is_empty() { Ok(()) } else { Err(ApiError::Invalid(errors)) }
}
