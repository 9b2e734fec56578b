//! Every state of the recorder's window, as its own pages show it: held against axe-core in both schemes,
//! at the window's size, and twice as large in one of 640 px.

use crate::SOON;
use crate::bench::{Bench, Page, project};

/// What has to be moved sideways to be read.
const WIDE: &str = "return [...document.querySelectorAll('body, main, header, section, ul')] \
    .filter((part) => part.scrollWidth > part.clientWidth + 1) \
    .map((part) => `${part.tagName} ${part.className}`).join(', ')";

/// Chromium's own words for `prefers-color-scheme`.
const SCHEMES: [(&str, &str); 2] = [("light", "1"), ("dark", "0")];

#[tokio::test(flavor = "multi_thread")]
async fn no_state_of_the_window_has_a_finding_or_is_cut_off() {
    let mut bench = Bench::start();
    let pages = project().join("web/desktop/dist-fake/index.html");
    assert!(pages.is_file(), "`cargo xtask test` builds the pages");
    let address = format!("file://{}", pages.display());
    let mut findings = Vec::new();
    for (scheme, number) in SCHEMES {
        let preferred = format!("--blink-settings=preferredColorScheme={number}");
        let arguments = ["--allow-file-access-from-files", &preferred];
        let page = bench.open_page(&address, &arguments).await;
        let dark = page.run("return matchMedia('(prefers-color-scheme: dark)').matches").await;
        assert_eq!(dark, scheme == "dark", "the scheme that was asked for");
        for scene in scenes(&page).await {
            page.goto(&format!("{address}?scene={scene}")).await;
            page.find_css("main", SOON).await;
            for (zoom, width) in [("1", 420), ("2", 640)] {
                page.resize(width, 960).await;
                page.run(&format!("document.documentElement.style.zoom = '{zoom}'")).await;
                let name = format!("{scene}, {scheme}, {zoom} times as large");
                let found = page.accessibility_findings().await;
                findings.extend(found.into_iter().map(|finding| format!("{name}: {finding}")));
                let wide = page.run(WIDE).await;
                if wide != "" {
                    findings.push(format!("{name}: wider than the window: {wide}"));
                }
                page.picture(&format!("states/{scene}-{scheme}-{zoom}.png")).await;
            }
        }
        page.close().await;
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

async fn scenes(page: &Page) -> Vec<String> {
    let names = page.value_when("document.documentElement.dataset.scenes", SOON).await;
    names.as_str().unwrap().split(' ').map(ToOwned::to_owned).collect()
}
