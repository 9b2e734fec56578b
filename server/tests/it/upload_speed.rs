//! The upload speed that was set: how much sync takes of the line, and who goes first on it.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use medrecord_common::ids::RecordingId;
use medrecord_recorder::audio::{Pace, open_file};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::clinic::Clinic;
use crate::support::programs::within;

/// Of the audio of a recording on the workstation.
fn bytes(clinic: &Clinic, id: RecordingId) -> usize {
    let outbox = clinic.recorder.outbox();
    let segments = outbox.segments(id).unwrap();
    segments.iter().map(|entry| outbox.segment(id, entry.seq).unwrap().flac.len()).sum()
}

fn limit(clinic: &Clinic, bytes: usize) {
    clinic.recorder.set_upload_limit(NonZeroU32::new(bytes as u32)).unwrap();
}

/// Begins a recording and waits until it has so many segments.
async fn record(clinic: &Clinic, speed: f64, segments: u32) -> RecordingId {
    let source = open_file(clinic.wav(), Pace::Times(speed));
    let id = clinic.recorder.start_from(source, None).unwrap();
    let (_, mut progress) = clinic.recorder.progress().unwrap();
    progress.wait_for(|progress| progress.segments >= segments).await.unwrap();
    id
}

/// The recordings whose segments the server stored, one entry a segment, in the order in which it stored them.
async fn stored(clinic: &Clinic) -> Vec<RecordingId> {
    let sql = "select recording_id from segment order by received_at";
    let ids: Vec<Uuid> = sqlx::query_scalar(sql).fetch_all(&clinic.app.app.pool).await.unwrap();
    ids.into_iter().map(RecordingId).collect()
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_recording_takes_the_time_that_the_limit_gives_it(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    clinic.enrol(&clinic.okafor).await;
    let id = clinic.import();
    let bytes = bytes(&clinic, id);
    // All of it in two seconds.
    limit(&clinic, bytes / 2);
    assert_eq!(clinic.recorder.state().upload_limit, NonZeroU32::new((bytes / 2) as u32));
    let began = Instant::now();

    assert_eq!(clinic.pass().await.acknowledged, 1);

    // The last quarter of a second is on its way when it is over.
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(1_700), "{bytes} bytes in {took:?}");
    clinic.assert_equal(&clinic.okafor, id).await;
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn what_is_recorded_now_goes_up_before_what_has_waited(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    clinic.enrol(&clinic.okafor).await;
    let backlog = [clinic.import(), clinic.import()];
    limit(&clinic, bytes(&clinic, backlog[0]) / 2);
    let live = record(&clinic, 20.0, 3).await;

    clinic.pass().await;

    let order = stored(&clinic).await;
    assert!(order[..3].iter().all(|id| *id == live), "{live} {order:?}");
    assert!(backlog.iter().all(|id| order.contains(id)), "{order:?}");
    clinic.recorder.stop().unwrap();
    clinic.pass().await;
    for id in [live, backlog[0], backlog[1]] {
        clinic.assert_equal(&clinic.okafor, id).await;
    }
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn what_one_clinician_records_now_goes_up_between_the_segments_of_another(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    let lund = clinic.app.add("lund").await;
    clinic.enrol(&clinic.okafor).await;
    let backlog = [clinic.import(), clinic.import()];
    clinic.enrol(&lund).await;
    limit(&clinic, bytes(&clinic, backlog[0]) / 3);
    let live = record(&clinic, 10.0, 1).await;

    let (cancel, sync) = (CancellationToken::new(), clinic.recorder.sync().clone());
    let running = tokio::spawn({
        let cancel = cancel.clone();
        async move { sync.run(cancel).await }
    });
    let all: usize =
        backlog.iter().map(|id| clinic.recorder.outbox().segments(*id).unwrap().len()).sum();
    let order = within(async {
        loop {
            let order = stored(&clinic).await;
            if order.iter().filter(|id| backlog.contains(id)).count() == all {
                break order;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    cancel.cancel();
    within(running).await.unwrap();

    assert_eq!(order[0], live, "it goes first: {order:?}");
    let theirs = order.iter().position(|id| *id != live).unwrap();
    assert!(order[theirs..].contains(&live), "and between theirs: {live} {order:?}");
    clinic.recorder.stop().unwrap();
}
