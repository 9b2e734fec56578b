//! What goes wrong, in the real window: each is a line that says what is safe and what to do, and is gone when it ends.

use std::process::Command;
use std::time::Duration;

use crate::bench::{Bench, Key, Page, in_a_namespace_of_its_own};
use crate::{SOON, enrol_here, seconds, stop};

/// For what the recorder notices when it looks: the server every 15 s, the disk and the microphones oftener.
const NOTICED: Duration = Duration::from_secs(40);

/// A window in trouble, and what was found wrong with how it says so.
struct Trouble<'a> {
    window: &'a Page,
    findings: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_trouble_is_a_line_that_stays_until_it_ends() {
    let mut bench = Bench::start();
    let server = bench.serve();
    let window = bench.open_window(Key::File).await;
    let mut trouble = Trouble { window: &window, findings: Vec::new() };
    enrol(&window, &server).await;

    bench.sound.unplug();
    let none =
        "document.querySelector('[data-testid=microphone]').innerText.includes('No microphone')";
    window.value_when(none, NOTICED).await;
    trouble.looked_at("no-microphone").await;
    bench.sound.plug();
    window.value_when(&format!("!({none})"), NOTICED).await;

    // Nobody speaks into the virtual microphone: exact zeros.
    window.click("record").await;
    trouble.says("microphone_silent").await;
    trouble.looked_at("microphone-silent").await;
    bench.sound.unplug();
    trouble.says("microphone_lost").await;
    trouble.looked_at("microphone-lost").await;
    bench.sound.plug();
    trouble.ends("microphone_lost").await;
    stop(&window).await;

    bench.server().stop();
    let offline = record(&window).await;
    trouble.says("offline").await;
    window.find_css(&format!("[data-recording='{offline}'][data-state=waiting]"), SOON).await;
    trouble.looked_at("offline").await;

    // As if another recording had its number: refused for good.
    bench.server().execute(&taken(&offline));
    bench.server().start();
    window.find_css(&format!("[data-recording='{offline}'][data-state=wedged]"), NOTICED).await;
    trouble.says("recording_wedged").await;
    trouble.ends("offline").await;
    trouble.looked_at("wedged").await;

    window.click("record").await;
    window.text_when("timer", SOON, |text| seconds(text) >= 2).await;
    let findings = trouble.findings;
    bench.kill_window();
    drop(window);

    let window = bench.open_window(Key::File).await;
    let mut trouble = Trouble { window: &window, findings };
    let recovered = "[...document.querySelectorAll('[data-testid=recording-row]')]\
        .some((row) => row.innerText.includes('stopped during this recording'))";
    window.value_when(recovered, SOON).await;
    trouble.looked_at("recovered").await;
    let findings = trouble.findings;
    window.close().await;
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_is_said_in_time_and_while_it_records() {
    let test = "trouble::a_disk_that_fills_is_said_in_time_and_while_it_records";
    if !in_a_namespace_of_its_own(test) {
        return;
    }
    let mut bench = Bench::start();
    // Room for 50 minutes.
    let disk = bench.small_disk(110);
    let window = bench.open_window(Key::File).await;
    let mut trouble = Trouble { window: &window, findings: Vec::new() };
    window.click("enrol-later").await;
    trouble.says("disk_low").await;
    trouble.looked_at("disk-low").await;

    window.click("record").await;
    window.text_when("timer", SOON, |text| seconds(text) >= 1).await;
    disk.fill();
    trouble.says("disk").await;
    trouble.looked_at("disk-full").await;
    disk.free();
    trouble.ends("disk").await;
    stop(&window).await;

    // Not half an hour is left: no start.
    disk.fill();
    window
        .value_when(
            "document.querySelector('[data-code=disk_low]')?.innerText.includes('no new')",
            NOTICED,
        )
        .await;
    window.click("record").await;
    window.value_when("/room for .* minutes/i.test(document.body.innerText)", SOON).await;
    assert!(window.find_all("timer").await.is_empty(), "it does not record");
    trouble.looked_at("disk-no-start").await;
    let findings = trouble.findings;
    window.close().await;
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

async fn enrol(window: &Page, server: &str) {
    enrol_here(window, server).await;
    window.find("record").await;
}

/// Records for two seconds; gives the recording's id.
async fn record(window: &Page) -> String {
    let rows =
        "[...document.querySelectorAll('[data-recording]')].map((row) => row.dataset.recording)";
    let before = window.run(&format!("return {rows}")).await;
    window.click("record").await;
    window.text_when("timer", SOON, |text| seconds(text) >= 2).await;
    stop(window).await;
    let newest = format!("{rows}.find((id) => !{before}.includes(id)) ?? null");
    window.value_when(&newest, SOON).await.as_str().unwrap().to_owned()
}

/// Another clinician's recording with this id.
fn taken(id: &str) -> String {
    format!(
        "with other as (insert into clinician (id, email, name, role, password_hash) values
            (gen_random_uuid(), 'lund@example.org', 'Dr. Lund', 'clinician', '') returning id)
         insert into recording (id, clinician_id, device_id, kind, language, started_at, request_digest)
         select '{id}', other.id, (select id from device limit 1), 'dictation', 'en', now(), '' from other"
    )
}

impl Trouble<'_> {
    async fn says(&self, code: &str) {
        self.window.find_css(&format!("[data-code={code}]"), NOTICED).await;
    }

    async fn ends(&self, code: &str) {
        let gone = format!("document.querySelector('[data-code={code}]') === null");
        self.window.value_when(&gone, NOTICED).await;
    }

    /// A picture, and what axe-core says.
    async fn looked_at(&mut self, name: &str) {
        let still = "document.getAnimations().every((one) => one.playState !== 'running')";
        self.window.value_when(still, SOON).await;
        let found = self.window.accessibility_findings().await;
        self.findings.extend(found.into_iter().map(|finding| format!("{name}: {finding}")));
        self.window.picture(&format!("trouble/{name}.png")).await;
    }
}

/// The small disk of a workstation, mounted where only this test sees it.
pub(crate) struct SmallDisk {
    pub(crate) folder: std::path::PathBuf,
}

impl SmallDisk {
    pub(crate) fn mount(folder: std::path::PathBuf, megabytes: u32) -> Self {
        std::fs::create_dir(&folder).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "none"]).arg(&folder);
        assert!(mount.status().unwrap().success());
        Self { folder }
    }

    /// Up to the last page.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.folder.join("filler")).unwrap();
        let full = std::io::copy(&mut std::io::repeat(1), &mut file).unwrap_err();
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    }

    fn free(&self) {
        std::fs::remove_file(self.folder.join("filler")).unwrap();
    }
}
