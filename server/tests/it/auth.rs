//! Signing in, enrolling, refreshing: who gets in, and who does not any more.

use chrono::TimeDelta;
use medrecord_common::auth::{Clinician, Enrolled, Tokens};
use medrecord_common::problem::ErrorCode;
use reqwest::{Method, StatusCode};
use serde_json::json;
use sqlx::PgPool;

use crate::support::app::{PASSWORD, TestApp};
use crate::support::client::{Answer, Client};

async fn refresh(client: &Client, token: &str) -> Answer {
    client.post("/auth/refresh", &json!({ "refresh_token": token })).await
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_browser_signs_in_and_out(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let browser = app.browser(&okafor).await;
    assert_eq!(browser.get("/me").await.json::<Clinician>(), okafor);

    assert_eq!(browser.post("/sign-out", &json!({})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(browser.get("/me").await.fault(), (401, ErrorCode::Unauthenticated));
    assert_eq!(app.audited("sign_in").await, 1);
    assert_eq!(app.audited("sign_out").await, 1);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_wrong_password_and_an_unknown_address_look_alike(pool: PgPool) {
    let app = TestApp::start(pool).await;
    app.add("okafor").await;
    let mut details = Vec::new();
    for (email, password) in [("okafor@clinic.test", "wrong"), ("nobody@clinic.test", PASSWORD)] {
        let body = json!({ "email": email, "password": password });
        let answer = app.anyone().post("/sign-in", &body).await;
        assert_eq!(answer.fault(), (401, ErrorCode::SignInFailed));
        assert!(answer.headers.get("set-cookie").is_none());
        details.push(answer.problem().detail);
    }
    assert_eq!(details[0], details[1]);
    assert_eq!(app.audited("sign_in_failed").await, 2);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites(pool: PgPool) {
    let app = TestApp::start_with(pool, |config| {
        config.frontend_url = "https://medrecord.example.com".to_owned();
    })
    .await;
    app.add("okafor").await;
    let body = json!({ "email": "Okafor@Clinic.test", "password": PASSWORD });
    let answer = app.anyone().post("/sign-in", &body).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
        assert!(cookie.contains(attribute), "{attribute} is missing in {cookie}");
    }
    assert!(answer.headers.contains_key("strict-transport-security"));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn another_site_cannot_use_the_cookie(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let browser = app.browser(&okafor).await;
    for site in ["cross-site", "same-site", "none"] {
        let forged = browser.clone().with_header("sec-fetch-site", site);
        let answer = forged.post("/sign-out", &json!({})).await;
        assert_eq!(answer.fault(), (403, ErrorCode::Forbidden), "{site}");
    }
    let body = json!({ "email": okafor.email, "password": PASSWORD });
    let forged = app.anyone().with_header("origin", "https://evil.example");
    assert_eq!(forged.post("/sign-in", &body).await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.get("/me").await.status, StatusCode::OK, "still signed in");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn an_idle_session_ends(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let browser = app.browser(&okafor).await;
    for _ in 0..10 {
        app.clock.advance(TimeDelta::minutes(29));
        assert_eq!(browser.get("/me").await.status, StatusCode::OK, "in use");
    }
    app.clock.advance(TimeDelta::minutes(31));
    assert_eq!(browser.get("/me").await.fault(), (401, ErrorCode::Unauthenticated));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_session_in_use_ends_after_ten_hours(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let browser = app.browser(&okafor).await;
    for _ in 0..20 {
        app.clock.advance(TimeDelta::minutes(29));
        assert_eq!(browser.get("/me").await.status, StatusCode::OK, "in use");
    }
    app.clock.advance(TimeDelta::minutes(29));
    assert_eq!(browser.get("/me").await.status, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_device_is_given_the_recovery_key_when_it_enrols(pool: PgPool) {
    let key = age::x25519::Identity::generate().to_public().to_string();
    let app = TestApp::start_with(pool, |config| config.recovery_key = Some(key.clone())).await;
    let okafor = app.add("okafor").await;
    assert_eq!(app.enrol(&okafor).await.recovery_key, Some(key));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_device_enrols_and_its_access_token_holds_ten_minutes(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let enrolled: Enrolled = app.enrol(&okafor).await;
    assert_eq!(enrolled.clinician, okafor);
    assert_eq!(enrolled.tokens.expires_in, 600);
    let device = app.anyone().with_token(&enrolled.tokens.access_token);
    assert_eq!(device.get("/me").await.json::<Clinician>(), okafor);

    app.clock.advance(TimeDelta::minutes(10));
    assert_eq!(device.get("/me").await.fault(), (401, ErrorCode::Unauthenticated));
    let answer = refresh(&device, &enrolled.tokens.refresh_token).await;
    let renewed = app.anyone().with_token(&answer.json::<Tokens>().access_token);
    assert_eq!(renewed.get("/me").await.status, StatusCode::OK);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_device_cannot_do_what_takes_a_person(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let device = app.device(&okafor).await;
    let path = format!("/notes/{}", medrecord_common::ids::NoteId::new());
    let edit = device.change(Method::PUT, &path, 1, &json!({ "sections": [] })).await;
    assert_eq!(edit.fault(), (401, ErrorCode::Unauthenticated));
    let sign = device.change(Method::POST, &(path + "/sign"), 1, &json!({})).await;
    assert_eq!(sign.fault(), (401, ErrorCode::Unauthenticated));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_lost_answer_does_not_lock_the_device_out(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let first = app.enrol(&okafor).await.tokens.refresh_token;
    let client = app.anyone();
    let _lost: Tokens = refresh(&client, &first).await.json();
    let _lost_too: Tokens = refresh(&client, &first).await.json();
    let second: Tokens = refresh(&client, &first).await.json();
    let third: Tokens = refresh(&client, &second.refresh_token).await.json();
    assert_eq!(refresh(&client, &third.refresh_token).await.status, StatusCode::OK);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_token_used_after_its_successor_ends_the_family(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let first = app.enrol(&okafor).await.tokens.refresh_token;
    let client = app.anyone();
    let second: Tokens = refresh(&client, &first).await.json();
    let third: Tokens = refresh(&client, &second.refresh_token).await.json();
    let device = client.clone().with_token(&third.access_token);
    assert_eq!(device.get("/me").await.status, StatusCode::OK);

    assert_eq!(refresh(&client, &first).await.fault(), (401, ErrorCode::DeviceRevoked));

    let answer = refresh(&client, &third.refresh_token).await;
    assert_eq!(answer.fault(), (401, ErrorCode::DeviceRevoked));
    let answer = device.get("/me").await;
    assert_eq!(answer.fault(), (401, ErrorCode::DeviceRevoked), "at once, not when it expires");
    assert_eq!(app.audited("refresh_token_reused").await, 1);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_voided_successor_is_worth_nothing(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let first = app.enrol(&okafor).await.tokens.refresh_token;
    let client = app.anyone();
    let voided: Tokens = refresh(&client, &first).await.json();
    let _current: Tokens = refresh(&client, &first).await.json();
    let answer = refresh(&client, &voided.refresh_token).await;
    assert_eq!(answer.fault(), (401, ErrorCode::DeviceRevoked));
    let answer = refresh(&client, "made up").await;
    assert_eq!(answer.fault(), (401, ErrorCode::Unauthenticated));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_second_clinician_on_a_workstation_has_a_credential_of_their_own(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let (okafor, lindqvist) = (app.add("okafor").await, app.add("lindqvist").await);
    let first = app.enrol(&okafor).await;
    let body = json!({ "email": lindqvist.email, "password": PASSWORD, "device_name": "Room 4",
        "platform": "linux", "version": "0.1.0", "device": first.device });
    let second: Enrolled = app.anyone().post("/devices", &body).await.json();
    assert_eq!(second.device, first.device);
    for (tokens, clinician) in [(first.tokens, okafor), (second.tokens, lindqvist)] {
        let device = app.anyone().with_token(&tokens.access_token);
        assert_eq!(device.get("/me").await.json::<Clinician>(), clinician);
    }
}
