//! What is called: each of our own scripts and programs, Compose, kubectl, and the units of systemd.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::help::{self, Help};
use crate::{digest, paths, run, setup};

/// Refuses a command that could not work. Others' programs are left to who knows them.
pub(super) fn check(words: &[String]) -> Result<()> {
    let (program, arguments) = words.split_first().context("a command has a word")?;
    units(words)?;
    match program.as_str() {
        "docker" if arguments.first().is_some_and(|word| word == "compose") => {
            compose(&arguments[1..])
        }
        "medrecord-server" | "medrecord-recorder" => ours(program, arguments),
        "kubectl" => kubectl(arguments),
        _ if program.ends_with(".sh") => script(program, arguments),
        _ => Ok(()),
    }
}

/// A script's options and subcommands are the arms of its `case`s.
fn script(program: &str, arguments: &[String]) -> Result<()> {
    let path = paths::root().join(program);
    let mut source = fs::read_to_string(path).with_context(|| format!("there is no {program}"))?;
    if program.ends_with("deploy.sh") {
        for part in digest::files(&paths::root().join("ops/deploy"), &[])? {
            source.push_str(&fs::read_to_string(part)?);
        }
    }
    let first = arguments.first().filter(|word| word.chars().all(|l| l.is_ascii_lowercase()));
    let options = arguments.iter().filter(|word| word.starts_with("--"));
    for word in options.chain(first) {
        let arms = [format!("{word})"), format!("{word} | ")];
        let is_known = arms.iter().any(|arm| source.contains(arm));
        ensure!(is_known, "{program} does not know {word}");
    }
    Ok(())
}

/// Subcommand by subcommand, as the built program tells them.
fn ours(program: &str, arguments: &[String]) -> Result<()> {
    let path = paths::program(program);
    ensure!(path.is_file(), "{} is not built", path.display());
    let (mut called, mut rest) = (Vec::<String>::new(), arguments);
    loop {
        let help = help::ask(run::command(&path).args(&called).arg("--help"))?;
        let subcommands = help.subcommands();
        match rest.split_first() {
            Some((word, others)) if !subcommands.is_empty() && !word.starts_with('-') => {
                ensure!(
                    subcommands.contains(&word.as_str()),
                    "{program} {} has no {word}",
                    called.join(" ")
                );
                called.push(word.clone());
                rest = others;
            }
            _ => {
                let whose = format!("{program} {}", called.join(" "));
                let mut options = rest.iter().filter(|word| word.starts_with("--"));
                return options.try_for_each(|option| help.know(option, &whose));
            }
        }
    }
}

fn compose(arguments: &[String]) -> Result<()> {
    let ask = |subcommand: &[&str]| {
        help::ask(run::command(setup::COMPOSE.path()?).args(subcommand).arg("--help"))
    };
    let arguments = ask(&[])?.after_options(arguments, "docker compose")?;
    let Some((subcommand, arguments)) = arguments.split_first() else { return Ok(()) };
    let help = ask(&[subcommand.as_str()])?;
    let usage = format!("docker compose {subcommand} ");
    ensure!(help.text.contains(&usage), "docker compose has no {subcommand}");
    let rest = help.after_options(arguments, &usage)?;
    let services = services()?;
    match (subcommand.as_str(), rest.split_first()) {
        ("run" | "exec", Some((service, command))) => {
            known_service(service, &services)?;
            inside(subcommand, service, command)
        }
        _ => rest
            .iter()
            .filter(|word| !word.starts_with('-'))
            .try_for_each(|service| known_service(service, &services)),
    }
}

/// A container of the server's image begins with the server; into one that runs, a program is named.
fn inside(how: &str, service: &str, command: &[String]) -> Result<()> {
    let is_server = ["server", "worker", "migrate"].contains(&service);
    match command.split_first() {
        Some((program, arguments)) if how == "exec" && program == "medrecord-server" => {
            ours(program, arguments)
        }
        Some(_) if how == "run" && is_server => ours("medrecord-server", command),
        _ => Ok(()),
    }
}

fn services() -> Result<Vec<String>> {
    let mut compose = run::command(setup::COMPOSE.path()?);
    compose.args(["--env-file", ".env.example", "--file", "docker-compose.prod.yml"]);
    let said = run::stdout(compose.args(["config", "--services"]))?;
    Ok(said.lines().map(str::to_owned).collect())
}

/// NAME stands for any of them.
fn known_service(word: &str, services: &[String]) -> Result<()> {
    let is_any = word.chars().all(|letter| letter.is_ascii_uppercase() || letter == '…');
    ensure!(
        is_any || services.iter().any(|service| service == word),
        "docker-compose.prod.yml has no service {word}"
    );
    Ok(())
}

fn kubectl(arguments: &[String]) -> Result<()> {
    let ask = |words: &[String]| help::ask(run::command(setup::kubectl()?).args(words));
    let global = ask(&["options".to_owned()])?;
    let mut arguments = arguments;
    // Of the global ones only this is used, and it stands first.
    if let [option, _, rest @ ..] = arguments
        && option == "--namespace"
    {
        arguments = rest;
    }
    let ours_at = arguments.iter().position(|word| word == "--");
    let (arguments, inside) = arguments.split_at(ours_at.unwrap_or(arguments.len()));
    let named = arguments.iter().take_while(|word| !word.starts_with('-')).count().min(3);
    let help = (1..=named).rev().find_map(|length| {
        let mut words = arguments[..length].to_vec();
        words.push("--help".to_owned());
        let usage = format!("  kubectl {} ", arguments[..length].join(" "));
        ask(&words).ok().filter(|help: &Help| help.text.contains(&usage))
    });
    let help = help.with_context(|| format!("kubectl has no {:?}", arguments.first()))?;
    for option in arguments.iter().filter(|word| word.starts_with("--")) {
        help.know(option, "kubectl").or_else(|_| global.know(option, "kubectl"))?;
    }
    if inside.is_empty() { Ok(()) } else { check(&inside[1..]) }
}

/// Timers and services of ours that a command names.
fn units(words: &[String]) -> Result<()> {
    for word in words.iter().filter(|word| word.starts_with("medrecord-")) {
        if word.ends_with(".timer") || word.ends_with(".service") {
            let there = paths::root().join("ops/systemd").join(word).is_file();
            ensure!(there, "there is no unit {word}");
        }
    }
    Ok(())
}
