//! A whole day in the real window by the keyboard alone: the focus is never lost, always to be seen, and
//! after each step axe-core finds nothing.

use std::time::Duration;

use crate::bench::{Bench, EMAIL, Key, PASSWORD, Page, project};
use crate::{SOON, seconds};

const TAB: char = '\u{e004}';
const ENTER: char = '\u{e007}';
const ESCAPE: char = '\u{e00c}';
const DOWN: char = '\u{e015}';
const RIGHT: char = '\u{e014}';
/// As long as the window listens, and more.
const TRIAL: Duration = Duration::from_secs(30);
const PIN: &str = "274951";

/// Whether something has the keyboard that is on the screen, and whether one sees that it has.
const PLACE: &str = "(() => {
    const at = document.activeElement;
    if (at === null || at === document.body) return false;
    if (!at.checkVisibility()) return false;
    const style = getComputedStyle(at);
    const isSeen = (one) => one.outlineStyle !== 'none' || one.boxShadow !== 'none';
    return isSeen(style) || isSeen(getComputedStyle(at.parentElement));
})()";

/// What was tried, and what was wrong with it.
struct Day<'a> {
    window: &'a Page,
    steps: u32,
    findings: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_day_goes_by_the_keyboard_alone() {
    let mut bench = Bench::start();
    let server = bench.serve();
    let window = bench.open_window(Key::File).await;
    let mut day = Day { window: &window, steps: 0, findings: Vec::new() };
    day.begins(&server).await;
    day.records().await;
    day.listens_and_says_again().await;
    day.goes_on_and_throws_away().await;
    day.takes_out_and_in().await;
    day.locks().await;
    let findings = day.findings;
    window.close().await;
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

impl Day<'_> {
    async fn begins(&mut self, server: &str) {
        self.window.find("enrol-server").await;
        self.ends("first-start").await;
        for (field, text) in
            [("enrol-server", server), ("enrol-email", EMAIL), ("enrol-password", PASSWORD)]
        {
            self.go(&id(field)).await;
            self.types(text).await;
        }
        self.press(ENTER).await;
        self.window.find("record").await;
        self.ends("idle").await;
        self.enter(&id("microphone-test")).await;
        self.window.find_css(&id("microphone-playback"), TRIAL).await;
        self.ends("microphone").await;
    }

    async fn records(&mut self) {
        self.go(&id("patient-name")).await;
        self.types("Robert Hale").await;
        self.go(&id("patient-mrn")).await;
        self.types("004512").await;
        self.ends("patient").await;
        self.enter(&id("record")).await;
        self.takes_for(2).await;
        self.ends("recording").await;
        self.enter(&id("consent-given")).await;
        self.window.find_css("[data-testid=consent][data-given=true]", SOON).await;
        self.ends("consent").await;
        self.enter("[data-testid=stop] ~ button").await;
        self.ends("marked").await;
        self.enter(&id("pause")).await;
        self.window.find_css("[data-state=paused]", SOON).await;
        self.ends("paused").await;
        self.enter(&id("pause")).await;
        self.window.find_css("[data-state=recording]", SOON).await;
        self.ends("resumed").await;
        self.stops("stopped").await;
    }

    async fn listens_and_says_again(&mut self) {
        self.enter(&id("more")).await;
        self.enter(&id("listen")).await;
        self.enter(&id("listen-play")).await;
        self.ends("played-back").await;
        self.go("input[type=range]").await;
        self.press(RIGHT).await;
        self.enter(&id("say-again")).await;
        self.takes_for(2).await;
        self.ends("saying-again").await;
        self.stops("said-again").await;
    }

    async fn goes_on_and_throws_away(&mut self) {
        if self.window.find_all("row-actions").await.is_empty() {
            self.enter(&id("more")).await;
        }
        self.enter(&id("continue")).await;
        self.takes_for(2).await;
        self.ends("going-on").await;
        self.stops("went-on").await;
        if self.window.find_all("row-actions").await.is_empty() {
            self.enter(&id("more")).await;
        }
        self.enter(&id("discard")).await;
        self.window.find("undo-discard").await;
        self.ends("discarded").await;
        self.enter(&id("open-trash")).await;
        self.window.find("trash-row").await;
        self.ends("trash").await;
        self.enter("[data-testid=trash-row] button").await;
        self.window
            .value_when("document.querySelector('[data-testid=trash-row]') === null", SOON)
            .await;
        self.ends("restored").await;
        self.press(ESCAPE).await;
        self.window.value_when("document.querySelector('[role=dialog]') === null", SOON).await;
        self.ends("trash-closed").await;
    }

    /// The chooser of files is the desktop's own; the file is put into the field that it fills.
    async fn takes_out_and_in(&mut self) {
        if self.window.find_all("row-actions").await.is_empty() {
            self.enter(&id("more")).await;
        }
        self.enter(&id("export-wav")).await;
        self.window.value_when("/Saved as/.test(document.body.innerText)", SOON).await;
        self.ends("exported").await;
        let rows = self.window.find_all("recording-row").await.len();
        self.go(&id("import")).await;
        let file = project().join("fixtures/progress-note.flac");
        let chooser = self.window.find_css("input[type=file]", SOON).await;
        chooser.send_keys(file.to_str().unwrap()).await.unwrap();
        let more = format!("document.querySelectorAll('{}').length > {rows}", id("recording-row"));
        self.window.value_when(&more, TRIAL).await;
        // The driver's way into the chooser takes the keyboard there; the chooser itself gives it back.
        self.go(&id("import")).await;
        self.ends("imported").await;
    }

    async fn locks(&mut self) {
        self.chooses("PIN").await;
        self.window.find("new-pin").await;
        self.ends("choosing-a-pin").await;
        self.types(PIN).await;
        self.press(ENTER).await;
        self.window.value_when("document.querySelector('[role=dialog]') === null", SOON).await;
        self.ends("pin").await;
        self.chooses("Lock").await;
        self.window.find("pin").await;
        self.ends("locked").await;
        self.types(PIN).await;
        self.press(ENTER).await;
        self.window.find("patient-name").await;
        self.ends("unlocked").await;
        self.go(&id("cap")).await;
        self.press('8').await;
        self.ends("settings").await;
    }

    async fn chooses(&self, item: &str) {
        self.enter("header button").await;
        let at = format!("document.activeElement.innerText?.includes('{item}')");
        self.window.find_css("[role=menuitem]", SOON).await;
        for _ in 0..8 {
            if self.window.run(&format!("return {at}")).await == true {
                return self.press(ENTER).await;
            }
            self.press(DOWN).await;
        }
        panic!("no item {item} in the menu");
    }

    async fn takes_for(&self, least: u64) {
        self.window.text_when("timer", SOON, |text| seconds(text) >= least).await;
    }

    async fn stops(&mut self, name: &str) {
        self.enter(&id("stop")).await;
        self.window.find("patient-name").await;
        self.window.find("more").await;
        self.ends(name).await;
    }

    async fn enter(&self, css: &str) {
        self.go(css).await;
        self.press(ENTER).await;
    }

    /// By Tab, or back by Shift and Tab, to the first element that the selector finds.
    async fn go(&self, css: &str) {
        self.window.find_css(css, SOON).await;
        let way = format!(
            "const to = document.querySelector({css:?}); const at = document.activeElement; \
             if (at === to) return 0; \
             return at.compareDocumentPosition(to) & Node.DOCUMENT_POSITION_FOLLOWING ? 1 : -1"
        );
        for _ in 0..80 {
            match self.window.run(&way).await.as_i64() {
                Some(0) => return,
                Some(1) => self.press(TAB).await,
                _ => self.window.press_with_shift(TAB).await,
            }
        }
        panic!("the keyboard does not come to {css}; it is at {}", self.at().await);
    }

    async fn types(&self, text: &str) {
        for key in text.chars() {
            self.press(key).await;
        }
    }

    async fn press(&self, key: char) {
        self.window.press(key).await;
    }

    async fn at(&self) -> String {
        self.window.run("return document.activeElement?.outerHTML.slice(0, 300)").await.to_string()
    }

    /// After each step: where the keyboard is, what axe-core says, and a picture.
    async fn ends(&mut self, name: &str) {
        self.steps += 1;
        // A place may need a frame or two to be given on.
        let mut has_place = false;
        for _ in 0..20 {
            has_place = self.window.run(&format!("return {PLACE}")).await == true;
            if has_place {
                break;
            }
            self.window.awaited("new Promise((done) => requestAnimationFrame(done))").await;
        }
        if !has_place {
            self.findings
                .push(format!("{name}: the focus is lost or not seen: {}", self.at().await));
        }
        // What fades out has the contrast of a ghost.
        let still = "document.getAnimations().every((one) => one.playState !== 'running')";
        self.window.value_when(still, SOON).await;
        let found = self.window.accessibility_findings().await;
        self.findings.extend(found.into_iter().map(|finding| format!("{name}: {finding}")));
        self.window.picture(&format!("day/{:02}-{name}.png", self.steps)).await;
    }
}

fn id(name: &str) -> String {
    format!("[data-testid={name}]")
}
