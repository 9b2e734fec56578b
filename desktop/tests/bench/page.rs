//! A page under test, by its test ids; waits for conditions with a deadline, never for a time.

use std::path::Path;
use std::time::Duration;

use fantoccini::actions::KeyAction::{self, Down, Up};
use fantoccini::actions::{InputSource as _, KeyActions};
use fantoccini::elements::Element;
use fantoccini::{Client, Locator};
use serde_json::Value;
use tokio::time::Instant;

/// For what a page does by itself.
const SOON: Duration = Duration::from_secs(20);

pub(crate) struct Page {
    client: Client,
}

impl Page {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The first element with this test id, once it is there.
    pub(crate) async fn find(&self, id: &str) -> Element {
        self.find_css(&by_id(id), SOON).await
    }

    pub(crate) async fn find_css(&self, css: &str, within: Duration) -> Element {
        let found = self.client.wait().at_most(within).for_element(Locator::Css(css)).await;
        match found {
            Ok(element) => element,
            Err(error) => {
                panic!("no {css} on the page ({error}). It reads: {}", self.all_text().await)
            }
        }
    }

    pub(crate) async fn find_all(&self, id: &str) -> Vec<Element> {
        self.client.find_all(Locator::Css(&by_id(id))).await.unwrap()
    }

    pub(crate) async fn click(&self, id: &str) {
        self.find(id).await.click().await.unwrap();
    }

    /// Empties a field and types into it.
    pub(crate) async fn fill(&self, id: &str, text: &str) {
        let field = self.find(id).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// The text of an element; empty while it is not there.
    pub(crate) async fn text(&self, id: &str) -> String {
        match self.find_all(id).await.first() {
            Some(element) => element.text().await.unwrap_or_default(),
            None => String::new(),
        }
    }

    /// Waits until the text of an element is as wanted, and gives it.
    pub(crate) async fn text_when(
        &self,
        id: &str,
        within: Duration,
        wanted: impl Fn(&str) -> bool,
    ) -> String {
        let deadline = Instant::now() + within;
        loop {
            let text = self.text(id).await;
            if wanted(&text) {
                return text;
            }
            if Instant::now() > deadline {
                panic!(
                    "{id} still reads {text:?} after {within:?}. The page: {}",
                    self.all_text().await
                );
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until a JavaScript expression gives something else than null or false.
    pub(crate) async fn value_when(&self, expression: &str, within: Duration) -> Value {
        let deadline = Instant::now() + within;
        loop {
            let value =
                self.client.execute(&format!("return {expression}"), Vec::new()).await.unwrap();
            if value != Value::Null && value != Value::Bool(false) {
                return value;
            }
            if Instant::now() > deadline {
                panic!(
                    "{expression} is {value} after {within:?}. The page: {}",
                    self.all_text().await
                );
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// What an asynchronous JavaScript expression comes to.
    pub(crate) async fn awaited(&self, expression: &str) -> Value {
        let script = format!(
            "const done = arguments[0]; ({expression}).then(done, (error) => done(String(error)))"
        );
        self.client.execute_async(&script, Vec::new()).await.unwrap()
    }

    /// Presses and releases a key; those without a character have the code points of WebDriver.
    pub(crate) async fn press(&self, key: char) {
        self.keys([Down { value: key }, Up { value: key }]).await;
    }

    pub(crate) async fn press_with_shift(&self, key: char) {
        let shift = char::from(fantoccini::key::Key::Shift);
        let keys =
            [Down { value: shift }, Down { value: key }, Up { value: key }, Up { value: shift }];
        self.keys(keys).await;
    }

    async fn keys(&self, actions: impl IntoIterator<Item = KeyAction>) {
        let keyboard = KeyActions::new("keyboard".to_owned());
        let keys = actions.into_iter().fold(keyboard, |keys, action| keys.then(action));
        self.client.perform_actions(keys).await.unwrap();
    }

    pub(crate) async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    /// Writes a picture into the folder that `MEDRECORD_SCREENSHOTS` names, if it does.
    pub(crate) async fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("MEDRECORD_SCREENSHOTS") else { return };
        // Two frames, else the picture is of the page before.
        let frames = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(true)))";
        self.client.execute_async(frames, Vec::new()).await.unwrap();
        let picture = Path::new(&folder).join(name);
        std::fs::create_dir_all(picture.parent().unwrap()).unwrap();
        std::fs::write(picture, self.client.screenshot().await.unwrap()).unwrap();
    }

    pub(crate) async fn goto(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    pub(crate) async fn resize(&self, width: u32, height: u32) {
        self.client.set_window_size(width, height).await.unwrap();
    }

    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// What axe-core finds wrong with the page as it is, one line a finding: rule, then where.
    pub(crate) async fn accessibility_findings(&self) -> Vec<String> {
        let axe = super::project().join("web/node_modules/axe-core/axe.min.js");
        self.run(&std::fs::read_to_string(axe).unwrap()).await;
        let found = self
            .awaited(
                "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => \
                 violations.map(({ id, nodes }) => \
                 id + ': ' + nodes.map((node) => node.target.join(' ')).join(', ')))",
            )
            .await;
        serde_json::from_value(found.clone())
            .unwrap_or_else(|_| panic!("axe-core does not run here: {found}"))
    }

    pub(crate) async fn close(self) {
        self.client.close().await.unwrap();
    }

    async fn all_text(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }
}

/// Whether this run is there to take pictures too.
pub(crate) fn takes_pictures() -> bool {
    std::env::var_os("MEDRECORD_SCREENSHOTS").is_some()
}

fn by_id(id: &str) -> String {
    format!("[data-testid=\"{id}\"]")
}
