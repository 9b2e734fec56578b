//! Signing in and out, enrolling a workstation, renewing its tokens.

use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use medrecord_common::auth::{Clinician, Enrol, Enrolled, Refresh, SignIn, Tokens};
use medrecord_common::problem::Problem;

use super::devices::check_name;
use super::error::ApiError;
use super::extract::Json;
use super::identity::{Browser, CurrentRelease, Reader, SameOrigin};
use super::{ApiResult, cookie};
use crate::audit::{self, Act, Target, Who};
use crate::state::App;
use crate::{auth, db};

#[utoipa::path(post, path = "/sign-in", request_body = SignIn, responses(
    (status = 200, body = Clinician, description = "With the session cookie"),
    (status = 401, body = Problem)))]
pub(super) async fn sign_in(
    State(app): State<App>,
    _: SameOrigin,
    jar: CookieJar,
    Json(body): Json<SignIn>,
) -> ApiResult<(CookieJar, axum::Json<Clinician>)> {
    let clinician = auth::sign_in(&app, &body.email, body.password).await?;
    let clinician = clinician.ok_or(ApiError::SignInFailed)?;
    let who = Who { clinician: Some(clinician.id), device: None };
    let mut tx = app.pool.begin().await?;
    let token = auth::begin_session(&app, &mut tx, clinician.id).await?;
    audit::record(&mut tx, app.clock.now(), who, Act::SignIn, Target::default()).await?;
    tx.commit().await?;
    Ok((cookie::set(&app.config, jar, token), axum::Json(clinician)))
}

#[utoipa::path(post, path = "/sign-out", responses((status = 204), (status = 401, body = Problem)))]
pub(super) async fn sign_out(
    State(app): State<App>,
    browser: Browser,
    jar: CookieJar,
) -> ApiResult<(StatusCode, CookieJar)> {
    let now = app.clock.now();
    let mut tx = app.pool.begin().await?;
    db::session::revoke(&mut *tx, &browser.token_hash, now).await?;
    audit::record(&mut tx, now, browser.who(), Act::SignOut, Target::default()).await?;
    tx.commit().await?;
    app.wake.events(browser.clinician);
    Ok((StatusCode::NO_CONTENT, cookie::clear(&app.config, jar)))
}

#[utoipa::path(get, path = "/me", responses(
    (status = 200, body = Clinician), (status = 401, body = Problem)))]
pub(super) async fn me(State(app): State<App>, reader: Reader) -> ApiResult<axum::Json<Clinician>> {
    let row = db::clinician::find(&app.pool, reader.clinician()).await?;
    Ok(axum::Json(row.ok_or(ApiError::Unauthenticated)?.clinician))
}

#[utoipa::path(post, path = "/devices", request_body = Enrol, responses(
    (status = 201, body = Enrolled), (status = 401, body = Problem),
    (status = 422, body = Problem),
    (status = 426, body = Problem, description = "The desktop is too old: nothing was signed in or enrolled")))]
pub(super) async fn enrol(
    State(app): State<App>,
    _: SameOrigin,
    _: CurrentRelease,
    Json(mut body): Json<Enrol>,
) -> ApiResult<(StatusCode, axum::Json<Enrolled>)> {
    for (field, text) in [
        ("/device_name", &body.device_name),
        ("/platform", &body.platform),
        ("/version", &body.version),
    ] {
        check_name(field, text)?;
    }
    let password = std::mem::take(&mut body.password);
    let clinician = auth::sign_in(&app, &body.email, password).await?;
    let clinician = clinician.ok_or(ApiError::SignInFailed)?;
    let enrolled = auth::enrol(&app, clinician, &body).await?;
    Ok((StatusCode::CREATED, axum::Json(enrolled)))
}

#[utoipa::path(post, path = "/auth/refresh", request_body = Refresh, responses(
    (status = 200, body = Tokens), (status = 401, body = Problem)))]
pub(super) async fn refresh(
    State(app): State<App>,
    Json(body): Json<Refresh>,
) -> ApiResult<axum::Json<Tokens>> {
    Ok(axum::Json(auth::refresh(&app, &body).await?))
}
