//! The server's API, as the browser uses it: a session cookie and JSON.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use ureq::Agent;

/// A signed-in session.
pub(crate) struct Api {
    agent: Agent,
    url: String,
    cookie: String,
}

impl Api {
    /// Signs in with e-mail and password.
    pub(crate) fn sign_in(url: &str, email: &str, password: &str) -> Result<Self> {
        let config = Agent::config_builder().timeout_global(Some(Duration::from_secs(30)));
        let agent: Agent = config.http_status_as_error(false).build().into();
        let body = json!({ "email": email, "password": password });
        let mut answer =
            agent.post(format!("{url}/api/v1/sign-in")).send_json(&body).context("sign in")?;
        if !answer.status().is_success() {
            bail!(
                "sign-in was refused: {}",
                detail(&answer.body_mut().read_json().unwrap_or_default())
            );
        }
        let cookies = answer.headers().get_all("set-cookie").iter();
        let pairs =
            cookies.filter_map(|cookie| Some(cookie.to_str().ok()?.split(';').next()?.to_owned()));
        let cookie = pairs.collect::<Vec<_>>().join("; ");
        Ok(Self { agent, url: url.to_owned(), cookie })
    }

    /// `GET /api/v1/…`
    pub(crate) fn get(&self, path: &str) -> Result<Value> {
        let request =
            self.agent.get(format!("{}/api/v1/{path}", self.url)).header("cookie", &self.cookie);
        let mut answer = request.call().with_context(|| format!("GET {path}"))?;
        let body: Value = answer.body_mut().read_json().with_context(|| format!("GET {path}"))?;
        if !answer.status().is_success() {
            bail!("GET {path}: {}", detail(&body));
        }
        Ok(body)
    }
}

fn detail(problem: &Value) -> &str {
    problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or("no reason given")
}
