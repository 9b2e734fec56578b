//! Adds people who sign in.

use std::io::BufRead as _;

use anyhow::{Context as _, bail};
use clap::{Subcommand, ValueEnum};
use medrecord_common::auth::{Clinician, Role};
use medrecord_common::ids::ClinicianId;

use super::serve;
use crate::auth::{MIN_PASSWORD_LENGTH, Passwords};
use crate::db;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Add a person; the password comes from MEDRECORD_PASSWORD, or from standard input.
    Add {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        #[arg(long, default_value = "clinician")]
        role: RoleArgument,
        /// Words the speech engine should know, e.g. "metformin, lisinopril".
        #[arg(long, default_value = "")]
        vocabulary: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum RoleArgument {
    Clinician,
    Admin,
}

impl Command {
    #[expect(clippy::print_stdout, reason = "the answer of a command goes to the terminal")]
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self::Add { email, name, role, vocabulary } = self;
        if !email.contains('@') || name.trim().is_empty() {
            bail!("An e-mail address and a name are needed.");
        }
        let password = password()?;
        if password.chars().count() < MIN_PASSWORD_LENGTH {
            bail!("The password is too short: at least {MIN_PASSWORD_LENGTH} characters.");
        }
        let role = match role {
            RoleArgument::Clinician => Role::Clinician,
            RoleArgument::Admin => Role::Admin,
        };
        let words = vocabulary.split(',').map(|word| word.trim().to_owned());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        let clinician = Clinician { id: ClinicianId::new(), name, email, role };
        let hash = Passwords::new()?.hash(password).await?;
        let pool = serve::connect(&serve::database_url()?).await?;
        let added = db::clinician::insert(&pool, &clinician, &hash, &words).await;
        if let Err(sqlx::Error::Database(error)) = &added
            && error.constraint() == Some("clinician_email_key")
        {
            bail!("There is someone with this e-mail address already.");
        }
        added?;
        println!("{}", clinician.id);
        Ok(())
    }
}

fn password() -> anyhow::Result<String> {
    if let Ok(password) = std::env::var("MEDRECORD_PASSWORD") {
        return Ok(password);
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("reading the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
