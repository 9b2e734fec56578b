//! What a browser meets: TLS, headers, pages, redirect, names that are not ours.

use anyhow::{Result, ensure};

use super::client::{Answer, Client};
use super::stack::Stack;
use crate::{run, setup};

/// On every answer, nginx's own and the server's.
const HEADERS: [&str; 7] = [
    "strict-transport-security",
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "permissions-policy",
];

/// Mozilla's intermediate profile, by sslyze.
pub(crate) fn tls(stack: &Stack<'_>) -> Result<()> {
    let mut sslyze = setup::SSLYZE.command()?;
    sslyze.arg(format!("localhost:{}", stack.https_port));
    sslyze.args(["--mozilla_config", "intermediate", "--certinfo_ca_file"]).arg(stack.authority());
    let said = run::quiet(&mut sslyze)?;
    ensure!(said.contains("OK - Compliant"), "sslyze does not say that TLS complies:\n{said}");
    Ok(())
}

/// Pages and headers.
pub(crate) fn pages(stack: &Stack<'_>) -> Result<()> {
    let client = stack.client();
    let page = client.get("/")?;
    ensure!(page.status == 200 && page.body.contains("<div id=\"root\">"), "there is no page");
    ensure!(page.header("cache-control") == Some("no-store"), "the page is kept");
    let csp = page.header("content-security-policy").unwrap_or_default();
    ensure!(csp.contains("default-src 'self'") && !csp.contains("unsafe-inline"), "CSP: {csp}");
    ensure!(client.get("/worklist")?.body == page.body, "an address of the page is not the page");

    let asset =
        page.body.split('"').find(|word| word.starts_with("/assets/") && word.ends_with(".js"));
    let asset = asset.ok_or_else(|| anyhow::anyhow!("the page names no script"))?;
    compressed(&client, asset)?;
    let missing = client.get("/assets/none.js")?;
    ensure!(
        missing.status == 404 && missing.problem().as_deref() == Some("not_found"),
        "no problem"
    );
    ensure!(client.get("/metrics")?.status == 404, "metrics can be read from outside");

    let from_server = client.get("/api/v1/me")?;
    ensure!(from_server.status == 401, "the server does not answer: {}", from_server.status);
    for (answer, of) in
        [(&page, "the page"), (&missing, "a problem of nginx"), (&from_server, "the server's")]
    {
        complete(answer, of)?;
    }
    let health = client.get("/health")?;
    ensure!(
        health.status == 200 && health.body.contains("\"healthy\""),
        "/health: {}",
        health.status
    );
    Ok(())
}

/// Each header once: two that differ would be none.
fn complete(answer: &Answer, of: &str) -> Result<()> {
    for header in HEADERS {
        let count = answer.headers.iter().filter(|(name, _)| name == header).count();
        ensure!(count == 1, "{of}: {header} comes {count} times");
    }
    let server = answer.header("server").unwrap_or_default();
    ensure!(!server.contains('/'), "{of}: the release of nginx is told: {server}");
    Ok(())
}

fn compressed(client: &Client, asset: &str) -> Result<()> {
    let mut lengths = Vec::new();
    for (accepted, got) in [("br, gzip", Some("br")), ("gzip", Some("gzip")), ("identity", None)] {
        let accept = format!("Accept-Encoding: {accepted}");
        let answer = client.ask(asset, &["--head", "--header", &accept])?;
        ensure!(
            answer.header("content-encoding") == got,
            "{accepted}: {:?}",
            answer.header("content-encoding")
        );
        let kept = answer.header("cache-control").unwrap_or_default();
        ensure!(kept.contains("immutable"), "{asset} is not kept: {kept}");
        lengths.push(answer.header("content-length").unwrap_or_default().parse::<u64>()?);
    }
    ensure!(lengths[0] < lengths[1] && lengths[1] < lengths[2], "sizes by encoding: {lengths:?}");
    println!(
        "  {asset}: {} bytes by brotli, {} by gzip, {} plain",
        lengths[0], lengths[1], lengths[2]
    );
    Ok(())
}

/// Plain HTTP leads to TLS, and other names nowhere.
pub(crate) fn names(stack: &Stack<'_>) -> Result<()> {
    let plain = format!("http://localhost:{}", stack.http_port);
    let ask = |arguments: &[&str]| {
        let mut curl = run::command("curl");
        curl.args(["--silent", "--max-time", "10", "--output", "/dev/null"]);
        curl.args(["--write-out", "%{http_code} %{redirect_url}"]).args(arguments);
        String::from_utf8_lossy(&curl.output().map(|output| output.stdout).unwrap_or_default())
            .into_owned()
    };
    let said = ask(&[&format!("{plain}/worklist")]);
    ensure!(said == format!("301 {}/worklist", stack.origin()), "the redirect: {said}");
    let said = ask(&["--header", "Host: other.example", &plain]);
    ensure!(said.starts_with("000"), "another name is answered: {said}");
    // The handshake is refused: not even a certificate is shown.
    let said = ask(&["--insecure", &format!("https://127.0.0.1:{}/", stack.https_port)]);
    ensure!(said.starts_with("000"), "TLS without the name: {said}");
    let challenge = stack.data().join("acme/.well-known/acme-challenge");
    std::fs::create_dir_all(&challenge)?;
    std::fs::write(challenge.join("token"), "proof")?;
    let said = ask(&[&format!("{plain}/.well-known/acme-challenge/token")]);
    ensure!(said.starts_with("200"), "an ACME challenge: {said}");
    Ok(())
}
