//! `enrol`: this workstation gets a credential of its own.

use std::env;
use std::io::BufRead as _;

use clap::Args;
use medrecord_recorder::recorder::Recorder;
use secrecy::SecretString;

#[derive(Args)]
pub(super) struct Enrol {
    /// Address of the server, e.g. https://medrecord.example.com
    #[arg(long)]
    server: String,
    #[arg(long)]
    email: String,
    /// The workstation's name as people know it
    #[arg(long, default_value = "Workstation")]
    device_name: String,
}

impl Enrol {
    /// The password comes from MEDRECORD_PASSWORD or the first line of standard input.
    pub(super) async fn run(self, recorder: &Recorder) -> anyhow::Result<()> {
        let password = match env::var("MEDRECORD_PASSWORD") {
            Ok(password) => password,
            Err(_) => std::io::stdin().lock().lines().next().transpose()?.unwrap_or_default(),
        };
        let password = SecretString::from(password);
        let account =
            recorder.enrol(&self.server, &self.email, password, &self.device_name).await?;
        println!("{} is enrolled for {}", account.device_name, account.email);
        Ok(())
    }
}
