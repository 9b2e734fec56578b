//! `verify`: whether what is here is what was recorded, and what the server signed for.

use anyhow::bail;
use clap::Args;
use medrecord_recorder::recorder::{AudioChain, ReceiptChain, Recorder, Verified};

use super::say;

#[derive(Debug, Args)]
pub(super) struct Verify {
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub(super) fn run(&self, recorder: &Recorder) -> anyhow::Result<()> {
        let all = recorder.verify()?;
        if self.json {
            say(serde_json::to_string(&all)?)?;
        } else {
            for one in &all {
                say(line(one))?;
            }
        }
        let broken = all.iter().filter(|one| !one.is_sound()).count();
        if broken > 0 {
            bail!(
                "{broken} of {} recordings are not what was recorded or signed for. Nothing was changed. What is \
                 damaged here may be whole on the server; send a report (`diagnostics`) to whoever looks after this \
                 computer.",
                all.len()
            );
        }
        Ok(())
    }
}

fn line(one: &Verified) -> String {
    let audio = match one.audio {
        AudioChain::Whole => "audio whole",
        AudioChain::Released => "audio deleted after its retention time",
        AudioChain::Damaged => "audio DAMAGED",
    };
    let receipt = match &one.receipt {
        ReceiptChain::Valid => "receipt valid".to_owned(),
        ReceiptChain::None => "not on the server yet".to_owned(),
        ReceiptChain::Wrong(why) => format!("receipt WRONG: {why}"),
    };
    format!("{}  {}  {audio}, {receipt}", one.recording, one.started_at.format("%Y-%m-%d %H:%M"))
}
