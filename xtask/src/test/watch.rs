//! What watches a server beside the health check: Prometheus' settings and alerts, and that alerts and board ask for what
//! the server tells.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::step::Steps;
use crate::{digest, paths, run, setup};

pub(super) fn run(steps: &mut Steps) {
    steps.check("Prometheus' settings and alerts", prometheus);
    steps.check("metrics of alerts and board are the server's", metrics);
}

fn prometheus() -> Result<()> {
    let promtool = setup::PROMTOOL.path()?;
    let mut tests = digest::files(&paths::root().join("ops/prometheus"), &[])?;
    tests.retain(|path| path.to_string_lossy().ends_with(".test.yml"));
    ensure!(tests.len() >= 2, "the tests of the alerts are not where they were");
    run::quiet(run::command(&promtool).args(["test", "rules"]).args(tests))?;
    // The file with the token is on the server.
    let arguments = ["check", "config", "--syntax-only", "ops/prometheus/scrape.yml"];
    run::quiet(run::command(promtool).args(arguments)).map(drop)
}

fn metrics() -> Result<()> {
    let read = |path: &str| fs::read_to_string(paths::root().join(path)).context(path.to_owned());
    let told = read("server/src/metrics/mod.rs")? + &read("server/src/metrics/requests.rs")?;
    let mut count = 0;
    for file in ["ops/prometheus/alerts.yml", "ops/prometheus/backup.yml", "ops/grafana/board.json"]
    {
        let text = read(file)?;
        let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
        for name in words.filter_map(|word| word.strip_prefix("medrecord_")) {
            // What OpenMetrics puts behind the name of a counter and of a histogram.
            let stem = name.strip_suffix("_total").or_else(|| name.strip_suffix("_bucket"));
            let stem = stem.unwrap_or(name);
            ensure!(
                told.contains(&format!("\"{stem}\"")),
                "{file} asks for medrecord_{name}, which the server does not tell"
            );
            count += 1;
        }
    }
    ensure!(count > 30, "the metrics are not where they were");
    Ok(())
}
