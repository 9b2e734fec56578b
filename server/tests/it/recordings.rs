//! Recordings: created, sent segment by segment, completed, read back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use medrecord_common::ids::RecordingId;
use medrecord_common::page::Page;
use medrecord_common::problem::ErrorCode;
use medrecord_common::receipt::{Completed, Receipt};
use medrecord_common::recording::{Gap, GapReason, Recording, Stage};
use medrecord_common::segment::{Digest, SegmentRanges};
use reqwest::{Method, StatusCode};
use serde_json::json;
use sqlx::PgPool;

use crate::support::app::TestApp;
use crate::support::client::{Answer, Client, dictation};
use crate::support::speaker::{SAMPLES, silent, spoken};

async fn okafors_device(app: &TestApp) -> Client {
    let okafor = app.add("okafor").await;
    app.device(&okafor).await
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn the_same_body_again_gives_the_same_answer(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    let path = format!("/recordings/{}", RecordingId::new());
    let first = device.put(&path, &dictation()).await;
    let again = device.put(&path, &dictation()).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::OK));
    assert_eq!(first.json::<Recording>(), again.json());
    let mut other = dictation();
    other["kind"] = json!("consultation");
    assert_eq!(device.put(&path, &other).await.fault(), (409, ErrorCode::Conflict));
    assert_eq!(app.audited("create_recording").await, 1);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn segments_arrive_in_any_order_and_twice_without_harm(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    let id = device.create().await;
    for seq in [3, 0, 1] {
        assert_eq!(device.send(id, &spoken(seq)).await.status, StatusCode::CREATED);
        assert_eq!(device.send(id, &spoken(seq)).await.status, StatusCode::OK);
    }
    let ranges: SegmentRanges = device.get(&format!("/recordings/{id}/segments")).await.json();
    let expected = SegmentRanges { ranges: vec![(0, 1), (3, 3)], changes: 0, complete: false };
    assert_eq!(ranges, expected);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn other_bytes_or_another_header_are_a_conflict(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    let id = device.create().await;
    device.send(id, &spoken(0)).await;
    let mut other_bytes = spoken(1);
    other_bytes.seq = 0;
    other_bytes.header = spoken(0).header;
    let answer = device.send(id, &other_bytes).await;
    assert_eq!(answer.fault(), (409, ErrorCode::SegmentConflict));
    let mut other_header = spoken(0);
    other_header.header.speech += 1;
    let answer = device.send(id, &other_header).await;
    assert_eq!(answer.fault(), (409, ErrorCode::SegmentConflict));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_segment_that_is_not_what_it_says_is_not_stored(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    let id = device.create().await;

    let mut flipped = spoken(0).flac;
    flipped[200] ^= 1;
    let request = device.segment_request(id, &spoken(0)).body(flipped);
    assert_eq!(Answer::of(request).await.fault(), (400, ErrorCode::DigestMismatch));

    let mut longer = spoken(0);
    longer.header.samples += 1;
    assert_eq!(device.send(id, &longer).await.fault(), (422, ErrorCode::Invalid));
    let mut shorter = spoken(0);
    shorter.header.samples -= 1;
    assert_eq!(device.send(id, &shorter).await.fault(), (422, ErrorCode::Invalid));

    let mut text = spoken(0);
    text.flac = b"this is no FLAC".to_vec();
    assert_eq!(device.send(id, &text).await.fault(), (415, ErrorCode::UnsupportedMediaType));

    let answer = device.send(RecordingId::new(), &spoken(0)).await;
    assert_eq!(answer.fault(), (404, ErrorCode::NotFound));
    let count: i64 =
        sqlx::query_scalar("select count(*) from segment").fetch_one(&app.app.pool).await.unwrap();
    assert_eq!(count, 0);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_body_without_a_length_is_cut_off_at_the_limit(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    let id = device.create().await;
    let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![0_u8; 65_536]));
    let endless = futures::StreamExt::take(endless, 64);
    let request = device.segment_request(id, &spoken(0)).body(reqwest::Body::wrap_stream(endless));
    assert_eq!(Answer::of(request).await.fault(), (413, ErrorCode::PayloadTooLarge));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn the_receipt_is_signed_over_the_manifest(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let enrolled = app.enrol(&okafor).await;
    let device = app.anyone().with_token(&enrolled.tokens.access_token);
    let segments = [spoken(0), silent(1)];
    let id = device.create().await;
    let missing = device.complete(id, &segments, &[]).await;
    assert_eq!(missing.fault(), (409, ErrorCode::SegmentsMissing));
    assert_eq!(missing.problem().missing, [0, 1]);
    for segment in &segments {
        device.send(id, segment).await;
    }
    let Completed { receipt } = device.complete(id, &segments, &[]).await.json();
    let again: Completed = device.complete(id, &segments, &[]).await.json();
    assert_eq!(again.receipt, receipt, "the same receipt again");

    let key = jsonwebtoken::DecodingKey::from_ed_components(&enrolled.receipt_key.x).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    let claims = jsonwebtoken::decode::<Receipt>(&receipt, &key, &validation).unwrap().claims;
    let pairs: Vec<_> =
        segments.iter().map(|segment| (segment.header, Digest::of(&segment.flac))).collect();
    let manifest = medrecord_common::manifest::text(&pairs, &[]);
    assert_eq!(claims.recording, id);
    assert_eq!(claims.manifest, Digest::of(manifest.as_bytes()).to_string());
    assert_eq!((claims.segments, claims.samples), (2, u64::from(2 * SAMPLES)));
    let header = receipt.split('.').next().unwrap();
    let header: serde_json::Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    assert_eq!(header["kid"], enrolled.receipt_key.kid);
    assert_eq!(app.audited("complete_recording").await, 1);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_manifest_that_differs_is_refused_and_nothing_is_closed(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    let id = device.create().await;
    device.send(id, &spoken(0)).await;
    device.send(id, &spoken(1)).await;
    let fewer = device.complete(id, &[spoken(0)], &[]).await;
    assert_eq!(fewer.fault(), (422, ErrorCode::Invalid));
    let body = json!({ "manifest": "segment 0 0 x", "changes": 7 });
    let path = format!("/recordings/{id}/complete");
    assert_eq!(device.post(&path, &body).await.fault(), (409, ErrorCode::Conflict));
    let whole = device.complete(id, &[spoken(0), spoken(1)], &[]).await;
    assert_eq!(whole.status, StatusCode::OK);
    let late = device.send(id, &spoken(2)).await;
    assert_eq!(late.fault(), (409, ErrorCode::Conflict), "it is closed now");
    assert_eq!(device.send(id, &spoken(1)).await.status, StatusCode::OK, "a repeat is no harm");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn changes_are_numbered_without_holes(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    let id = device.create().await;
    let path = format!("/recordings/{id}/changes");
    let marker = |number: u32, sample: u64| {
        json!({ "number": number, "at": "2026-08-03T09:00:01Z", "change": "marker",
            "sample": sample })
    };
    let send = async |body: serde_json::Value| device.post(&path, &body).await;
    assert_eq!(send(json!([marker(1, 5)])).await.fault(), (409, ErrorCode::Conflict));
    let both = json!([marker(0, 5), marker(1, 6)]);
    assert_eq!(send(both.clone()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(send(both).await.status, StatusCode::NO_CONTENT, "again");
    assert_eq!(send(json!([marker(1, 7)])).await.fault(), (409, ErrorCode::Conflict));
    let ranges: SegmentRanges = device.get(&format!("/recordings/{id}/segments")).await.json();
    assert_eq!(ranges.changes, 2);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn the_audio_is_sample_exact_with_gaps_as_silence(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    let id = device.create().await;
    let (first, mut second) = (spoken(0), spoken(1));
    let gap = Gap { start: SAMPLES.into(), samples: 50_000, reason: GapReason::Sleep };
    second.header.start += gap.samples;
    assert_eq!(device.gap(id, 0, gap).await.status, StatusCode::NO_CONTENT);
    device.send(id, &first).await;
    device.send(id, &second).await;
    let segments = [first, second];
    assert_eq!(device.complete(id, &segments, &[gap]).await.status, StatusCode::OK);

    let path = format!("/recordings/{id}/audio");
    let whole = device.get(&path).await;
    assert_eq!(whole.headers["content-type"], "audio/wav");
    let mut wav = hound::WavReader::new(&whole.bytes[..]).unwrap();
    assert_eq!((wav.spec().sample_rate, wav.spec().channels), (16_000, 1));
    let samples: Vec<i16> = wav.samples().map(Result::unwrap).collect();
    let silence = vec![0; 50_000];
    assert_eq!(samples, [&segments[0].pcm[..], &silence, &segments[1].pcm].concat());

    for (range, from, to) in
        [("bytes=0-99", 0, 100), ("bytes=30000-160000", 30_000, 160_001), ("bytes=-7", 0, 0)]
    {
        let part = Answer::of(device.request(Method::GET, &path).header("range", range)).await;
        assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
        let size = whole.bytes.len();
        let (from, to) = if to == 0 { (size - 7, size) } else { (from, to) };
        assert_eq!(part.bytes, whole.bytes[from..to], "{range}");
        let expected = format!("bytes {from}-{}/{size}", to - 1);
        assert_eq!(part.headers["content-range"].to_str().unwrap(), expected);
    }
    let request = device.request(Method::GET, &path).header("range", "bytes=99999999-");
    assert_eq!(Answer::of(request).await.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(app.audited("play_recording").await, 5);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn what_is_on_disk_is_not_audio(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    let id = device.create().await;
    device.send(id, &spoken(0)).await;
    let folder = app.dir.path().join("audio").join(id.to_string());
    let object = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&object).unwrap();
    assert!(bytes.starts_with(b"MR1"));
    assert!(!bytes.windows(4).any(|window| window == b"fLaC"), "FLAC in the clear");

    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&object, bytes).unwrap();
    app.app.run_due_jobs().await;
    assert!(app.engine.asked().is_empty(), "a changed object is not heard");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_discarded_recording_is_hidden_until_it_is_restored(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    let id = device.record(&[spoken(0)]).await;
    let path = format!("/recordings/{id}/changes");
    let change = |number: u32, what: &str| json!([{ "number": number, "at": "2026-08-03T09:00:01Z", "change": what }]);
    device.post(&path, &change(0, "discard")).await;
    assert_eq!(app.app.run_due_jobs().await, 0, "its jobs rest");
    let list = device.get("/recordings").await.json::<Page<Recording>>();
    assert_eq!(list.items, []);
    for part in ["audio", "transcript", "note"] {
        let answer = device.get(&format!("/recordings/{id}/{part}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{part}");
    }
    let recording: Recording = device.get(&format!("/recordings/{id}")).await.json();
    assert_eq!(recording.stage, Stage::Discarded, "the workstation is told");

    device.post(&path, &change(1, "restore")).await;
    assert_eq!(app.app.run_due_jobs().await, 2);
    let recording: Recording = device.get(&format!("/recordings/{id}")).await.json();
    assert_eq!(recording.stage, Stage::Ready);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_discarded_recording_is_deleted_after_thirty_days_and_not_before(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let device = app.device(&okafor).await;
    let (kept, thrown) = (device.record(&[spoken(0)]).await, device.record(&[spoken(0)]).await);
    app.app.run_due_jobs().await;
    let path = format!("/recordings/{thrown}/changes");
    let change = |number: u32, what: &str| json!([{ "number": number, "at": "2026-08-03T09:00:01Z", "change": what }]);
    device.post(&path, &change(0, "discard")).await;
    let objects = |id| {
        std::fs::read_dir(app.dir.path().join("audio").join(format!("{id}")))
            .map_or(0, Iterator::count)
    };
    let keys = || std::fs::read_dir(app.dir.path().join("keys/keys")).map_or(0, Iterator::count);
    app.app.clock.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
    assert_eq!(app.app.purge_discarded().await.unwrap(), 0);
    assert_eq!((objects(thrown), keys()), (1, 2));

    app.app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(app.app.purge_discarded().await.unwrap(), 1);
    assert_eq!(app.app.purge_discarded().await.unwrap(), 0, "once");
    assert_eq!((objects(thrown), objects(kept), keys()), (0, 1, 1));
    for sql in [
        "select count(*) from segment_text where recording_id = $1",
        "select count(*) from note_recording where recording_id = $1",
        "select count(*) from job where recording_id = $1",
    ] {
        let left =
            |id: RecordingId| sqlx::query_scalar::<_, i64>(sql).bind(id.0).fetch_one(&app.app.pool);
        assert_eq!(left(thrown).await.unwrap(), 0, "{sql}");
        assert_ne!(left(kept).await.unwrap(), 0, "{sql}");
    }
    let deleted = sqlx::query("delete from note_version").execute(&app.app.pool).await;
    assert!(deleted.is_err(), "nothing else deletes a version");
    // After a month the old credential no longer holds.
    let device = app.device(&okafor).await;
    let answer = device.post(&path, &change(1, "restore")).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn pages_of_a_list_follow_each_other_newest_first(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    let mut made = Vec::new();
    for _ in 0..53 {
        made.push(device.create().await);
    }
    made.reverse();
    let first: Page<Recording> = device.get("/recordings").await.json();
    let next = first.next.expect("there are more");
    let second: Page<Recording> = device.get(&format!("/recordings?cursor={next}")).await.json();
    let listed: Vec<_> = first.items.iter().chain(&second.items).map(|item| item.id).collect();
    assert_eq!(listed, made);
    assert_eq!(second.next, None);
    let answer = device.get("/worklist?cursor=nonsense").await;
    assert_eq!(answer.fault(), (400, ErrorCode::BadRequest));
}
