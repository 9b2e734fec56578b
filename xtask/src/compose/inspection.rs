//! What the running containers are: asked of the engine, and of the kernel inside each. One line for each thing that holds.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::stack::{SERVICES, Stack};
use crate::run;

/// What a service must be.
struct Wanted {
    service: &'static str,
    user: u32,
    memory_mb: u64,
    processes: u64,
    networks: &'static [&'static str],
}

const WANTED: [Wanted; 4] = [
    Wanted { service: "nginx", user: 10_002, memory_mb: 256, processes: 64, networks: &["edge"] },
    Wanted {
        service: "server",
        user: 10_001,
        memory_mb: 768,
        processes: 640,
        networks: &["edge", "internal"],
    },
    Wanted {
        service: "worker",
        user: 10_001,
        memory_mb: 1_536,
        processes: 640,
        networks: &["egress", "internal"],
    },
    Wanted {
        service: "postgres",
        user: 999,
        memory_mb: 1_024,
        processes: 256,
        networks: &["internal"],
    },
];

/// Holds every container against the list; prints what was asserted.
pub(crate) fn run(stack: &Stack<'_>) -> Result<()> {
    ensure!(WANTED.len() == SERVICES.len(), "a service is not inspected");
    let mut asserted = 0;
    for wanted in &WANTED {
        let mut inspect = stack.engine.docker();
        let said = run::stdout(inspect.arg("inspect").arg(stack.container(wanted.service)?.id))?;
        let container: Value = serde_json::from_str(&said)?;
        let mut holds = |what: &str, is_so: bool| {
            ensure!(is_so, "{}: not so: {what}", wanted.service);
            asserted += 1;
            Ok(())
        };
        by_engine(wanted, &container[0], stack, &mut holds)?;
        by_kernel(wanted, stack, &mut holds)?;
    }
    no_way_out(stack)?;
    println!("  {asserted} things asserted of {} containers", WANTED.len());
    Ok(())
}

fn by_engine(
    wanted: &Wanted,
    container: &Value,
    stack: &Stack<'_>,
    holds: &mut impl FnMut(&str, bool) -> Result<()>,
) -> Result<()> {
    let (host, config) = (&container["HostConfig"], &container["Config"]);
    let user = format!("{0}:{0}", wanted.user);
    holds(&format!("user {user}"), config["User"] == user.as_str())?;
    holds("read-only root", host["ReadonlyRootfs"] == true)?;
    holds("not privileged", host["Privileged"] == false)?;
    holds("no capability added", list(&host["CapAdd"]).is_empty())?;
    holds("capabilities dropped", !list(&host["CapDrop"]).is_empty())?;
    let options = list(&host["SecurityOpt"]);
    holds(
        "no new privileges",
        options.iter().any(|option| option.starts_with("no-new-privileges")),
    )?;
    holds("memory limit", host["Memory"] == wanted.memory_mb << 20)?;
    let cpus = host["NanoCpus"].as_u64().unwrap_or(0);
    holds("CPU limit", cpus > 0 && cpus <= 2_000_000_000)?;
    holds("process limit", host["PidsLimit"] == wanted.processes)?;
    holds("restarted", host["RestartPolicy"]["Name"] == "unless-stopped")?;
    holds("a health check", !config["Healthcheck"]["Test"].is_null())?;
    holds("healthy", container["State"]["Health"]["Status"] == "healthy")?;
    holds("processes of its own", host["PidMode"] != "host")?;
    let binds = list(&host["Binds"]);
    holds("no socket of the engine", !binds.iter().any(|bind| bind.contains(".sock")))?;
    let mut networks: Vec<_> = keys(&container["NetworkSettings"]["Networks"]);
    networks.sort();
    let expected: Vec<_> =
        wanted.networks.iter().map(|name| format!("medrecord-compose-test_{name}")).collect();
    holds(&format!("networks {expected:?}, found {networks:?}"), networks == expected)?;
    let mut ports = published(&host["PortBindings"]);
    ports.sort_unstable();
    let mut allowed = vec![stack.http_port, stack.https_port, stack.https_port];
    allowed.sort_unstable();
    let allowed = if wanted.service == "nginx" { allowed } else { Vec::new() };
    holds(&format!("ports {allowed:?}, found {ports:?}"), ports == allowed)
}

/// What the kernel says of the first process, whatever the engine believes.
fn by_kernel(
    wanted: &Wanted,
    stack: &Stack<'_>,
    holds: &mut impl FnMut(&str, bool) -> Result<()>,
) -> Result<()> {
    let status = stack.exec(wanted.service, &["cat", "/proc/1/status"])?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_default().split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let user = wanted.user.to_string();
    holds("uid, in every of its four kinds", field("Uid").iter().all(|uid| *uid == user))?;
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        holds(set, field(set) == ["0000000000000000"])?;
    }
    holds("NoNewPrivs", field("NoNewPrivs") == ["1"])?;
    holds("a seccomp filter", field("Seccomp") == ["2"])?;
    for place in ["/made", "/usr/made", "/etc/made"] {
        let written = stack.exec(wanted.service, &["touch", place]).is_ok();
        holds(&format!("{place} cannot be written"), !written)?;
    }
    Ok(())
}

/// The database's network leads nowhere.
fn no_way_out(stack: &Stack<'_>) -> Result<()> {
    let connect = "exec 3<>/dev/tcp/deb.debian.org/80";
    let out = stack.exec("postgres", &["timeout", "5", "bash", "-c", connect]);
    ensure!(out.is_err(), "PostgreSQL's container reaches the internet");
    Ok(())
}

fn list(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn keys(value: &Value) -> Vec<String> {
    value.as_object().into_iter().flat_map(|object| object.keys().cloned()).collect()
}

fn published(bindings: &Value) -> Vec<u16> {
    let all = bindings.as_object().into_iter().flat_map(|ports| ports.values());
    let all = all.filter_map(Value::as_array).flatten();
    all.filter_map(|binding| binding["HostPort"].as_str()?.parse().ok()).collect()
}
