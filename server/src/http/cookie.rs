//! The session cookie: no script can read it, no other site can send it.

use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::config::Config;

/// `__Host-` binds it to this host and to TLS; a browser on loopback without TLS would not take it.
const fn name(is_plain_http: bool) -> &'static str {
    if is_plain_http { "session" } else { "__Host-session" }
}

/// The session's token, as the browser sent it.
pub(super) fn read(config: &Config, jar: &CookieJar) -> Option<String> {
    jar.get(name(config.is_plain_http())).map(|cookie| cookie.value().to_owned())
}

/// Sets the cookie; it ends with the browser.
pub(super) fn set(config: &Config, jar: CookieJar, token: String) -> CookieJar {
    jar.add(build(config, token))
}

/// Takes the cookie back.
pub(super) fn clear(config: &Config, jar: CookieJar) -> CookieJar {
    let mut cookie = build(config, String::new());
    cookie.make_removal();
    jar.add(cookie)
}

fn build(config: &Config, value: String) -> Cookie<'static> {
    let is_plain_http = config.is_plain_http();
    Cookie::build((name(is_plain_http), value))
        .path("/")
        .secure(!is_plain_http)
        .http_only(true)
        .same_site(SameSite::Strict)
        .build()
}
