//! Segments a second with one server and with two: docker-compose.prod.yml as it is, the same load on the same machine, one
//! after the other. Audio goes to the disk, rows to PostgreSQL; no worker runs, so that nothing is transcribed meanwhile.

use anyhow::{Result, ensure};

use super::engine::Engine;
use super::machine::{Taken, Watch};
use super::recording::Clinician;
use super::secrets;
use super::stack::{ONE_MACHINE, Stack};
use super::uploads::{self, CONNECTIONS, SECONDS, Segment, Sent};
use crate::step::Steps;

const WARM_UP: &str = "5s";
const MEASURED: &str = "30s";

/// Servers, and the CPUs that each may take: as the file has it, and so few that two of them leave some to the others.
const CASES: [(usize, &str); 4] = [(1, "1.5"), (2, "1.5"), (1, "0.4"), (2, "0.4")];

pub(crate) fn run(steps: &mut Steps, engine: &Engine) -> Result<()> {
    let mut stack = Stack::new(engine, &ONE_MACHINE)?;
    stack.prepare()?;
    // Every workstation says that it comes from an address of its own, as workstations of many clinics do.
    stack.set("TRUSTED_PROXIES", "0.0.0.0/0");
    // Nobody is asked for a transcript, and no built-in engine is loaded either.
    stack.set("SPEECH_PROVIDER", "openai");
    secrets::put(&stack.secrets().join("openai_api_key"), "none", secrets::SERVER)?;
    let result = cases(steps, &mut stack);
    steps.check("down", || stack.down());
    result
}

fn cases(steps: &mut Steps, stack: &mut Stack<'_>) -> Result<()> {
    let segment = Segment::make(stack)?;
    let (mut tokens, mut rows) = (Vec::new(), Vec::new());
    for (servers, cpus) in CASES {
        stack.set("SERVER_CPUS", cpus);
        let scale = format!("server={servers}");
        steps.run(&format!("servers: {servers}, of {cpus} CPUs each"), || {
            stack.up_with(&["--scale", "worker=0", "--scale", &scale])
        })?;
        if tokens.is_empty() {
            let clinician = steps.run("a clinician", || Clinician::add(stack))?;
            tokens = steps.run("workstations", || uploads::enrol(stack, &clinician))?;
        }
        let row = steps.run("segments as fast as they are answered", || {
            measure(stack, &segment, &tokens, servers)
        })?;
        rows.push(format!("{servers:>7} {cpus:>6} {row}"));
        if rows.len() == CASES.len() {
            let size = "pg_total_relation_size('segment') + pg_total_relation_size('job')";
            let bytes = stack.query(&format!("select ({size}) / count(*) from segment"))?;
            println!("  PostgreSQL has {bytes} bytes for each segment and its job");
        }
        steps.run("down", || stack.down())?;
    }
    println!(
        "\n{CONNECTIONS} connections for {MEASURED}, each with its next segment of {SECONDS} s ({:.0} kB) when the last is \
         acknowledged.\n\n{HEAD}\n{}\n",
        segment.bytes as f64 / 1e3,
        rows.join("\n")
    );
    Ok(())
}

fn measure(
    stack: &Stack<'_>,
    segment: &Segment,
    tokens: &[String],
    servers: usize,
) -> Result<String> {
    let recordings = uploads::create(stack, tokens)?;
    segment.send(stack, &recordings, WARM_UP, 0)?;
    let count = || -> Result<u64> { Ok(stack.query("select count(*) from segment")?.parse()?) };
    let before = count()?;
    let watch = Watch::begin(stack, servers)?;
    let sent = segment.send(stack, &recordings, MEASURED, 1_000)?;
    let taken = watch.end()?;
    // What was under way when wrk ended was stored and not counted.
    let stored = count()? - before;
    ensure!(
        (sent.answers..=sent.answers + CONNECTIONS as u64).contains(&stored),
        "{} segments were acknowledged, {stored} are stored",
        sent.answers
    );
    Ok(row(&sent, segment.bytes, &taken))
}

const HEAD: &str = "                                              |       CPU, in cores              | machine      | MB
servers   each segments/s  MB/s  p50 ms  p99 ms | nginx servers PostgreSQL the rest | idle on disk | nginx a server PostgreSQL";

fn row(sent: &Sent, bytes: u64, taken: &Taken) -> String {
    let Taken { nginx, servers, postgres, others, idle, waiting } = taken;
    let rate = sent.answers as f64 / sent.seconds;
    format!(
        "{rate:>10.1} {:>5.1} {:>7.0} {:>7.0} | {:>5.2} {:>7.2} {:>10.2} {others:>8.2} | {:>2.0} % {:>5.0} % | {:>5.0} {:>8.0} {:>10.0}",
        rate * bytes as f64 / 1e6,
        sent.p50,
        sent.p99,
        nginx.cores,
        servers.cores,
        postgres.cores,
        idle * 100.0,
        waiting * 100.0,
        nginx.megabytes,
        servers.megabytes,
        postgres.megabytes,
    )
}
