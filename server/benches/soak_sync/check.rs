//! What is on the server, compared with what was made: rows, receipts, and every sample that it plays.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use medrecord_common::ids::RecordingId;
use medrecord_recorder::sync::receipt;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::browser::Browser;
use super::fleet::{Fleet, Made, said};
use super::installation::Installation;

/// What was found at the end.
#[derive(Default)]
pub(crate) struct Checked {
    pub(crate) recordings: u64,
    /// Segments whose row has the digest of what was made, and whose samples the server plays.
    pub(crate) delivered: u64,
    pub(crate) receipts: u64,
    pub(crate) rows: u64,
    /// Files of encrypted audio; those beyond the rows were stored just before a kill, and named by nothing.
    pub(crate) objects: u64,
    /// Credentials that ended because a renewal came a second time after its successor was in use: the proxy delivers
    /// some that late, and from a thief's they cannot be told.
    pub(crate) replays: u64,
    pub(crate) problems: Vec<String>,
}

/// Which of these segments the server does not have.
pub(crate) async fn are_there(
    options: &PgConnectOptions,
    segments: &[(RecordingId, u32)],
) -> Result<Vec<String>> {
    let rows = rows(options, &segments.iter().map(|(id, _)| id.0).collect::<Vec<_>>()).await?;
    let lost = segments.iter().filter(|(id, seq)| !rows.contains_key(&(id.0, *seq as i32)));
    Ok(lost.map(|(id, seq)| format!("{id} {seq}: acknowledged, and lost")).collect())
}

/// Which of these segments the server does not play, sample for sample.
pub(crate) async fn are_played(
    browser: &Browser,
    made: &[Made],
    segments: &[(RecordingId, u32)],
) -> Result<Vec<String>> {
    let mut lost = Vec::new();
    for made in made {
        let of_it: Vec<_> = segments.iter().filter(|(id, _)| *id == made.id).collect();
        if of_it.is_empty() {
            continue;
        }
        let made = *made;
        let cuts = tokio::task::spawn_blocking(move || said(made)).await??;
        let played = browser.audio(made.id).await;
        for (id, seq) in of_it {
            let cut = &cuts[*seq as usize];
            let (start, length) = (cut.header.start as usize, cut.pcm.len());
            match &played {
                Ok(played) if played.get(start..start + length) == Some(&cut.pcm[..]) => {}
                Ok(_) => lost.push(format!("{id} {seq}: acknowledged, and played wrong")),
                Err(error) => {
                    lost.push(format!("{id} {seq}: acknowledged, and not played: {error:#}"));
                }
            }
        }
    }
    Ok(lost)
}

/// Checks everything, through the server itself and in its database.
pub(crate) async fn all(installation: &Installation, fleet: &Fleet) -> Result<Checked> {
    let made = fleet.made();
    let ids: Vec<Uuid> = made.iter().map(|made| made.id.0).collect();
    let options = installation.postgres.options("soak")?;
    let rows = rows(&options, &ids).await?;
    let mut checked = Checked { objects: files(&installation.audio())?, ..Checked::default() };
    let mut connection = PgConnection::connect_with(&options).await?;
    let counts: (i64, i64) =
        sqlx::query_as("select (select count(*) from recording), (select count(*) from segment)")
            .fetch_one(&mut connection)
            .await?;
    (checked.recordings, checked.rows) = (counts.0 as u64, counts.1 as u64);
    let replays = "select count(*) from audit_event where action = 'refresh_token_reused'";
    checked.replays =
        sqlx::query_scalar::<_, i64>(replays).fetch_one(&mut connection).await? as u64;
    let made_by = |id| {
        let mut all = fleet.workstations.iter();
        all.find(|workstation| workstation.outbox().recording(id).is_ok())
    };
    let browser = Browser::sign_in(&installation.address()).await?;
    for made in &made {
        let workstation = made_by(made.id).context("invariant: some workstation made it")?;
        let jws = workstation.outbox().recording(made.id)?.receipt.unwrap_or_default();
        let manifest = workstation.outbox().manifest(made.id)?;
        let keys = &workstation.account().receipt_keys;
        match receipt::verify(&jws, keys, made.id, &manifest) {
            Ok(_) => checked.receipts += 1,
            Err(error) => checked.problems.push(format!("{}: receipt: {error}", made.id)),
        }
        match compare(*made, &rows, &browser).await? {
            Ok(segments) => checked.delivered += segments,
            Err(problem) => checked.problems.push(format!("{}: {problem}", made.id)),
        }
    }
    let (there, expected) = (checked.recordings, made.len() as u64);
    if there != expected {
        checked.problems.push(format!("{there} recordings are there, {expected} were made"));
    }
    if checked.rows != checked.delivered {
        let (rows, delivered) = (checked.rows, checked.delivered);
        checked.problems.push(format!("{rows} segments are there, {delivered} are right"));
    }
    let again: u64 = fleet.workstations.iter().map(|one| one.found().signed_in_again).sum();
    if again > 0 && checked.replays == 0 {
        checked
            .problems
            .push(format!("{again} times someone had to sign in again, and for nothing"));
    }
    Ok(checked)
}

type Rows = HashMap<(Uuid, i32), Vec<u8>>;

/// How many segments are there and right; the inner error says what is not.
async fn compare(made: Made, rows: &Rows, browser: &Browser) -> Result<Result<u64, String>> {
    let cuts = tokio::task::spawn_blocking(move || said(made)).await??;
    for (cut, seq) in cuts.iter().zip(0..) {
        let there = rows.get(&(made.id.0, seq)).map(|digest| digest[..] == cut.digest.0);
        if there != Some(true) {
            return Ok(Err(format!("segment {seq}: right in its row: {there:?}")));
        }
    }
    let said: Vec<i16> = cuts.iter().flat_map(|cut| cut.pcm.iter().copied()).collect();
    let played = match browser.audio(made.id).await {
        Ok(played) => played,
        Err(error) => return Ok(Err(format!("not played: {error:#}"))),
    };
    if played != said {
        return Ok(Err(format!("{} samples said, {} played", said.len(), played.len())));
    }
    Ok(Ok(cuts.len() as u64))
}

async fn rows(options: &PgConnectOptions, ids: &[Uuid]) -> Result<Rows> {
    let mut connection = PgConnection::connect_with(options).await?;
    let sql = "select recording_id, seq, sha256 from segment where recording_id = any($1)";
    let rows: Vec<(Uuid, i32, Vec<u8>)> =
        sqlx::query_as(sql).bind(ids).fetch_all(&mut connection).await?;
    Ok(rows.into_iter().map(|(id, seq, digest)| ((id, seq), digest)).collect())
}

fn files(folder: &std::path::Path) -> Result<u64> {
    let mut count = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        count += if entry.file_type()?.is_dir() { files(&entry.path())? } else { 1 };
    }
    Ok(count)
}
