//! The review pages, the headers around them, the health check.

use medrecord_common::health::Health;
use reqwest::StatusCode;
use sqlx::PgPool;

use crate::support::app::TestApp;
use crate::support::client::Answer;

async fn get(app: &TestApp, path: &str) -> Answer {
    Answer::of(reqwest::Client::builder().build().unwrap().get(format!("{}{path}", app.url))).await
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn pages_that_are_not_built_say_how_to_build_them(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let answer = get(&app, "/").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.text().contains("npm run build"));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn assets_are_kept_and_the_page_is_not(pool: PgPool) {
    let app = TestApp::start_with(pool, |config| {
        let assets = config.review_dir.join("assets");
        std::fs::create_dir_all(&assets).unwrap();
        std::fs::write(assets.join("index-1f2e.js"), "1").unwrap();
        std::fs::write(config.review_dir.join("index.html"), "<p>pages").unwrap();
    })
    .await;
    let asset = get(&app, "/assets/index-1f2e.js").await;
    assert_eq!(asset.headers["cache-control"], "public, max-age=31536000, immutable");
    for path in ["/", "/notes/0198", "/index.html"] {
        let page = get(&app, path).await;
        assert_eq!((page.status, page.text().as_str()), (StatusCode::OK, "<p>pages"), "{path}");
        assert_eq!(page.headers["cache-control"], "no-store");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'self'"));
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
        assert_eq!(page.headers["x-frame-options"], "DENY");
    }
    assert_eq!(get(&app, "/assets/gone.js").await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&app, "/../Cargo.toml").await.text(), "<p>pages", "nothing outside the folder");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn health_says_when_the_database_is_gone(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let answer = get(&app, "/api/health").await;
    assert_eq!(answer.status, StatusCode::OK);
    let health: Health = answer.json();
    assert_eq!((health.status.as_str(), health.services.queue.waiting), ("healthy", Some(0)));
    app.app.pool.close().await;
    let answer = get(&app, "/api/health").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let health: Health = answer.json();
    assert_eq!(health.services.database, "unreachable");
    let answer = get(&app, "/api/v1/auth/refresh").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "the rest still answers");
}
