//! Chromium before the stack, by WebDriver: the page signs in, lists the recording and shows its note.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use ureq::Agent;

use super::recording::Clinician;
use super::stack::{Stack, free_port};
use super::wait::wait_until;
use crate::run;
use crate::service::{Service, Stop, Stream, bound_to_us};

const SOON: Duration = Duration::from_secs(15);
/// How WebDriver names an element in JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A session of a driver that ends with us.
struct Browser {
    agent: Agent,
    session: String,
    _driver: Service,
}

/// Chromium drops requests in hand when a network interface comes or goes, as other containers' do.
const ATTEMPTS: u32 = 5;

/// Signs in with a real page and reads the note.
pub(crate) fn reads_the_note(stack: &Stack<'_>, clinician: &Clinician) -> Result<()> {
    let browser = Browser::open(stack)?;
    for _ in 1..ATTEMPTS {
        match attempt(&browser, stack, clinician) {
            Err(error) => println!("  once more: {error:#}"),
            well => return well,
        }
    }
    attempt(&browser, stack, clinician)
}

fn attempt(browser: &Browser, stack: &Stack<'_>, clinician: &Clinician) -> Result<()> {
    browser.post("/url", &json!({ "url": stack.origin() }))?;
    if browser.find("sign-in-email").is_ok() {
        browser.fill("sign-in-email", clinician.email())?;
        browser.fill("sign-in-password", clinician.password())?;
        browser.click("sign-in-submit")?;
    }
    browser.click("worklist-row")?;
    browser.find("note-sentence")?;
    let sentences =
        browser.value("document.querySelectorAll('[data-testid=note-sentence]').length")?;
    let protocol =
        browser.value("performance.getEntriesByType('navigation')[0].nextHopProtocol")?;
    println!("  Chromium shows a note of {sentences} sentences, by {protocol}");
    ensure!(protocol == "h2", "not HTTP/2");
    let inline = "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = true'; \
                  document.body.append(s); return window.ran === true; })()";
    ensure!(browser.value(inline)? == false, "the policy lets an inline script run");
    Ok(())
}

impl Browser {
    fn open(stack: &Stack<'_>) -> Result<Self> {
        let port = free_port()?;
        let mut driver = bound_to_us(Path::new("chromedriver"), Stop::Terminate, false);
        driver.arg(format!("--port={port}"));
        let log = stack.path("chromedriver.log");
        let driver = Service::start("chromedriver", driver, &log, Stop::Terminate, Stream::Stdout)?;
        driver.wait_for(&log, SOON, |line| line.contains("started successfully").then_some(()))?;
        let config = Agent::config_builder().timeout_global(Some(Duration::from_secs(60)));
        let agent: Agent = config.http_status_as_error(false).build().into();
        let profile = stack.path("chromium");
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &format!("--user-data-dir={}", profile.display()),
            // The one key of the test's certificate is believed, as if its authority were installed.
            &format!("--ignore-certificate-errors-spki-list={}", key_digest(stack)?),
        ];
        let options = json!({ "binary": "/usr/bin/chromium", "args": arguments });
        let wanted =
            json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": options } } });
        let base = format!("http://127.0.0.1:{port}/session");
        let answer = post(&agent, &base, &wanted)?;
        let id = answer["sessionId"].as_str().context("chromedriver opened no session")?;
        Ok(Self { agent, session: format!("{base}/{id}"), _driver: driver })
    }

    /// The first element with this `data-testid`, when it is there.
    fn find(&self, name: &str) -> Result<String> {
        let query = json!({ "using": "css selector", "value": format!("[data-testid={name}]") });
        let mut found = None;
        wait_until(&format!("the page shows {name}"), SOON, || {
            found = self
                .post("/element", &query)
                .ok()
                .and_then(|it| Some(it[ELEMENT].as_str()?.to_owned()));
            Ok(found.is_some())
        })?;
        found.context("invariant: it was found")
    }

    fn fill(&self, name: &str, text: &str) -> Result<()> {
        let element = self.find(name)?;
        self.post(&format!("/element/{element}/value"), &json!({ "text": text })).map(drop)
    }

    fn click(&self, name: &str) -> Result<()> {
        let element = self.find(name)?;
        self.post(&format!("/element/{element}/click"), &json!({})).map(drop)
    }

    /// What an expression is worth in the page.
    fn value(&self, expression: &str) -> Result<Value> {
        self.post("/execute/sync", &json!({ "script": format!("return {expression}"), "args": [] }))
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        post(&self.agent, &format!("{}{path}", self.session), body)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.agent.delete(&self.session).call();
    }
}

fn post(agent: &Agent, url: &str, body: &Value) -> Result<Value> {
    let mut answer = agent.post(url).send_json(body)?;
    let said: Value = answer.body_mut().read_json()?;
    if !answer.status().is_success() {
        bail!("{}", said["value"]["message"].as_str().unwrap_or("chromedriver refused"));
    }
    Ok(said["value"].clone())
}

/// SHA-256 of the certificate's public key, in base64.
fn key_digest(stack: &Stack<'_>) -> Result<String> {
    let pipeline = "openssl x509 -in fullchain.pem -pubkey -noout | openssl pkey -pubin -outform der \
                    | openssl dgst -sha256 -binary | base64";
    run::stdout(run::command("sh").args(["-c", pipeline]).current_dir(stack.path("ca")))
}
