//! A browser's session, without the browser: cookie and same-origin headers.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::programs::{EMAIL, PASSWORD};

pub(crate) struct Browser {
    http: reqwest::Client,
    url: String,
    cookie: String,
}

impl Browser {
    pub(crate) async fn sign_in(url: &str) -> Self {
        let http = reqwest::Client::builder().build().unwrap();
        let mut browser = Self { http, url: url.to_owned(), cookie: String::new() };
        let body = serde_json::json!({ "email": EMAIL, "password": PASSWORD });
        let answer = browser.request(Method::POST, "/sign-in").json(&body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "sign in");
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        browser.cookie = cookie.split(';').next().unwrap().to_owned();
        browser
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}/api/v1{path}", self.url))
            .header("cookie", &self.cookie)
            .header("origin", &self.url)
            .header("sec-fetch-site", "same-origin")
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let answer = self.request(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "GET {path}");
        answer.json().await.unwrap()
    }

    /// PUT with `If-Match`; the status is the test's business.
    pub(crate) async fn put(&self, path: &str, version: u32, body: &impl Serialize) -> StatusCode {
        let request = self.request(Method::PUT, path).header("if-match", format!("\"{version}\""));
        request.json(body).send().await.unwrap().status()
    }
}
