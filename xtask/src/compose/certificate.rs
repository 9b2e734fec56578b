//! An authority of our own and a certificate for `localhost`, as a clinic without a public name has them.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::secrets;
use crate::run;

/// Makes both: the authority stays in `authority`, nginx finds the rest in `tls`.
pub(super) fn make(authority: &Path, tls: &Path) -> Result<()> {
    fs::create_dir_all(authority)?;
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let openssl = |arguments: &[&str]| {
        let mut openssl = run::command("openssl");
        run::quiet(openssl.args(arguments).current_dir(authority)).map(drop)
    };
    let request = |subject: &'static str, files: &[&'static str]| {
        let mut arguments = vec!["req"];
        arguments.extend(key);
        arguments.extend(["-subj", subject]);
        arguments.extend(files);
        arguments
    };
    openssl(&request(
        "/CN=compose-test authority",
        &[
            "-x509",
            "-days",
            "2",
            "-addext",
            "basicConstraints=critical,CA:TRUE",
            "-addext",
            "keyUsage=critical,keyCertSign,cRLSign",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
        ],
    ))?;
    openssl(&request("/CN=localhost", &["-keyout", "privkey.pem", "-out", "leaf.csr"]))?;
    let extensions =
        "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n";
    fs::write(authority.join("leaf.cnf"), extensions)?;
    openssl(&[
        "x509",
        "-req",
        "-in",
        "leaf.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        "leaf.cnf",
        "-out",
        "fullchain.pem",
    ])?;
    for file in ["fullchain.pem", "privkey.pem"] {
        fs::copy(authority.join(file), tls.join(file))?;
        secrets::give_to(&tls.join(file), secrets::NGINX)?;
    }
    Ok(())
}
