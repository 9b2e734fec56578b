//! Past one machine: two servers and two workers behind nginx, PostgreSQL behind a pooler, S3. Each of the four is killed
//! under load, one of each is told to end; then everything is counted, and everything must have become a note.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::container::Container;
use super::engine::Engine;
use super::load::{self, BETWEEN, OF_LOAD, Sent};
use super::machine::Service;
use super::recording::{Clinician, sample};
use super::stack::Stack;
use super::wait::{pause, wait_until};
use super::{bases, elsewhere};
use crate::step::Steps;

/// With one of two away.
const ALONE: Duration = Duration::from_secs(8);

/// Brings a stack of its own up, and down in the end.
pub(crate) fn run(steps: &mut Steps, engine: &Engine) -> Result<()> {
    steps.run("image of the pooler", || bases::pooler(engine))?;
    let stack = steps.run("PostgreSQL, pooler and S3 elsewhere", || {
        let stack = elsewhere::prepare(engine)?;
        elsewhere::up(&stack).map(|()| stack)
    })?;
    let result = all(steps, &stack);
    steps.check("down", || stack.down());
    result
}

fn all(steps: &mut Steps, stack: &Stack<'_>) -> Result<()> {
    steps.run("two servers and two workers, healthy", || stack.up())?;
    let clinician = steps.run("a clinician", || Clinician::add(stack))?;
    let empty = size(stack)?;
    let four = [stack.containers("server", 2)?, stack.containers("worker", 2)?].concat();
    let sent = steps.run("each killed under load, one of each stopped", || {
        load::during(stack, &clinician, || blows(&four))
    })?;
    steps.run("everything is transcribed, once", || transcribed(stack, &sent))?;
    let a_recording = (size(stack)? - empty) / sent.recordings;
    let events = stack.query("select count(*) from event")?;
    println!(
        "  PostgreSQL: {a_recording} bytes for a recording of one segment and its note, {events} events"
    );
    steps.check("both servers answered, both workers worked", || worked(&four));
    steps.check("requests that one server left to the other", || passed_on(stack));
    steps.check("sessions of PostgreSQL", || elsewhere::sessions(stack));
    steps.check("the built-in engine's processor time", || speech(stack, &clinician));
    Ok(())
}

fn blows(four: &[Container<'_>]) -> Result<()> {
    for container in four {
        pause(BETWEEN);
        container.kill()?;
        let healthy = container.until_healthy()?;
        println!("  {}: healthy {:.1} s after a kill", container.name, healthy.as_secs_f64());
    }
    for container in [&four[0], &four[3]] {
        pause(BETWEEN);
        container.stop()?;
        pause(ALONE);
        container.start()?;
        container.until_healthy()?;
        println!("  {}: ended by itself when told to, and came back", container.name);
    }
    pause(BETWEEN);
    Ok(())
}

/// Every segment with speech has one text, every recording is in one note, and no job gave up.
fn transcribed(stack: &Stack<'_>, sent: &Sent) -> Result<()> {
    let count = |what: &str| -> Result<u64> {
        Ok(stack.query(&format!("select count(*) from {what}"))?.parse()?)
    };
    wait_until("the workers are done", Duration::from_secs(300), || {
        Ok(count("job where state in ('queued', 'running')")? == 0)
    })?;
    let spoken = count(&format!("segment where speech > 0 and recording_id in ({OF_LOAD})"))?;
    let texts = count(&format!("segment_text where recording_id in ({OF_LOAD})"))?;
    let notes = count(&format!("note_recording where recording_id in ({OF_LOAD})"))?;
    let versions = count("note_version")?;
    let again = count("job where attempt > 1")?;
    println!(
        "  {spoken} segments with speech, {texts} texts; {} recordings, {notes} notes in {versions} versions; {again} jobs were \
         begun more than once",
        sent.recordings
    );
    ensure!(count("job where state = 'dead'")? == 0, "a job was given up");
    ensure!(spoken > 0 && spoken <= sent.segments, "nothing was said");
    ensure!(texts == spoken, "not every segment was transcribed once");
    ensure!(notes == sent.recordings, "not every recording became a note");
    ensure!(versions == notes && count("note")? == notes, "a note was made twice");
    Ok(())
}

/// Of the database, in bytes.
fn size(stack: &Stack<'_>) -> Result<u64> {
    Ok(stack.query("select pg_database_size(current_database())")?.parse()?)
}

/// What both workers take to transcribe the shipped sample and to draft its note.
fn speech(stack: &Stack<'_>, clinician: &Clinician) -> Result<()> {
    let workstation = clinician.workstation(stack, "speaker")?;
    let id = workstation.import(&sample())?;
    let workers = Service::of(stack, "worker", 2)?;
    workstation.sync_until_done()?;
    let taken = workers.taken()?;
    let spoken = format!("from segment where speech > 0 and recording_id = '{id}'");
    let seconds = stack.query(&format!("select sum(samples) / 16000 {spoken}"))?;
    println!(
        "  {taken:.1} s of processor for {seconds} s of speech, with the workers' own polling"
    );
    Ok(())
}

fn worked(four: &[Container<'_>]) -> Result<()> {
    for container in four {
        let (what, words) = if container.name.starts_with("server") {
            ("segments answered", ["\"answered\"", "segments/{seq}"])
        } else {
            ("jobs done", ["\"message\":\"done\"", "\"job\""])
        };
        let lines = container.logged(&words)?;
        println!("  {}: {lines} {what}", container.name);
        ensure!(lines > 0, "{} did no part of the work", container.name);
    }
    Ok(())
}

/// By nginx's log: those that one server did not take and the other answered, and those that nobody did.
fn passed_on(stack: &Stack<'_>) -> Result<()> {
    let log = stack.access_log()?;
    let upstream = |line: &&str, what: &str| line.contains(&format!("\"upstream\":\"{what}"));
    let proxied: Vec<_> = log.lines().filter(|line| !upstream(line, "\"")).collect();
    let twice = proxied.iter().filter(|line| line.contains(":3001, ")).count();
    let failed = proxied.iter().filter(|line| line.contains("\"status\":50")).count();
    println!(
        "  {} requests; {twice} went to the other server, {failed} were answered with an error of the kind that is repeated",
        proxied.len()
    );
    Ok(())
}
