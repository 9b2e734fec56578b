//! What the soak found, as one table in plain words and as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::life::Life;
use super::loss::{self, LIMIT_MS};
use super::plan::Phase;
use super::workstation::Outcome;
use crate::step::human;

/// A run of the soak.
pub(super) struct Figures {
    pub(super) seed: u64,
    pub(super) recorders: usize,
    /// Kills that were asked for.
    pub(super) asked: usize,
    pub(super) took: Duration,
    pub(super) outcomes: Vec<Outcome>,
}

impl Figures {
    fn lives(&self) -> impl Iterator<Item = &Life> {
        self.outcomes.iter().flat_map(|outcome| &outcome.lives)
    }

    pub(super) fn killed(&self) -> Vec<&Life> {
        self.lives().filter(|life| life.killed).collect()
    }

    /// Everything that must not be, the losses beyond the limit apart.
    pub(super) fn problems(&self) -> Vec<String> {
        let of_lives = self.lives().flat_map(|life| {
            let about = format!("{} ({}, {} ×)", life.id, life.phase.in_words(), life.speed);
            life.problems.iter().map(move |problem| format!("{about}: {problem}"))
        });
        of_lives.chain(self.outcomes.iter().flat_map(|o| o.problems.clone())).collect()
    }

    pub(super) fn beyond_limit(&self) -> usize {
        self.lives().filter(|life| loss::corrected_ms(life) > LIMIT_MS).count()
    }

    fn sum(&self, of: impl Fn(&Outcome) -> u64) -> u64 {
        self.outcomes.iter().map(of).sum()
    }

    fn recovery_kills(&self) -> u64 {
        self.lives().map(|life| life.recovery_kills).sum()
    }

    pub(super) fn print(&self) {
        let killed = self.killed();
        println!(
            "\n{} kills of {} asked for, {} recorders side by side, {}, seed {}\n",
            killed.len(),
            self.asked,
            self.recorders,
            human(self.took),
            self.seed
        );
        println!(
            "{:34} {:>6} {:>10} {:>12} {:>9}",
            "killed", "kills", "recovered", "lost: median", "at most"
        );
        for phase in Phase::ALL {
            let of_phase: Vec<_> = killed.iter().copied().filter(|l| l.phase == phase).collect();
            row(phase.in_words(), &of_phase, loss::corrected_ms);
        }
        row("in all", &killed, loss::corrected_ms);
        let life: Vec<_> = killed.iter().copied().filter(|life| life.speed == 1.0).collect();
        row("of these at the speed of life", &life, loss::plain_ms);
        println!(
            "\nLost: speech by our clock when the kill fell (or Stop), less what was recovered. What is beyond the"
        );
        println!(
            "half second under way is divided by the speed (1, 2, 4 or 8 times life): it is time on the way to disk."
        );
        println!(
            "More kills: {} while starting, {} while recovering.",
            self.sum(|o| o.start_kills),
            self.recovery_kills()
        );
        let samples: usize = self.lives().map(|life| life.recovered).sum();
        let ended = self.lives().count() - killed.len();
        println!(
            "{samples} samples recovered, each compared with its source; {ended} recordings had ended before their kill."
        );
        println!(
            "{} recordings exported and compared once more at the end.",
            self.sum(|o| o.compared_again as u64)
        );
        for problem in self.problems() {
            println!("NOT GOOD: {problem}");
        }
        if self.beyond_limit() > 0 {
            println!("{} losses of more than {LIMIT_MS:.0} ms", self.beyond_limit());
        }
    }

    pub(super) fn json(&self) -> Value {
        let killed = self.killed();
        let of = |lives: &[&Life], lost: fn(&Life) -> f64| {
            let lost = sorted(lives, lost);
            json!({ "kills": lives.len(), "recovered": sound(lives), "lost_ms_median": median(&lost), "lost_ms_max": lost.last() })
        };
        let phases: Vec<_> = Phase::ALL
            .map(|phase| {
                let lives: Vec<_> = killed.iter().copied().filter(|l| l.phase == phase).collect();
                json!({ "killed": phase.in_words(), "figures": of(&lives, loss::corrected_ms) })
            })
            .into();
        let life: Vec<_> = killed.iter().copied().filter(|life| life.speed == 1.0).collect();
        json!({
            "seed": self.seed, "recorders": self.recorders, "seconds": self.took.as_secs(),
            "all": of(&killed, loss::corrected_ms), "at_the_speed_of_life": of(&life, loss::plain_ms),
            "phases": phases, "kills_while_starting": self.sum(|o| o.start_kills),
            "kills_while_recovering": self.recovery_kills(),
            "compared_again": self.sum(|o| o.compared_again as u64), "problems": self.problems(),
        })
    }
}

fn row(name: &str, lives: &[&Life], lost: fn(&Life) -> f64) {
    let lost = sorted(lives, lost);
    let recovered = format!("{} of {}", sound(lives), lives.len());
    let (median, most) = (median(&lost), lost.last().copied().unwrap_or(0.0));
    println!("{name:34} {:>6} {recovered:>10} {median:>9.0} ms {most:>6.0} ms", lives.len());
}

fn sound(lives: &[&Life]) -> usize {
    lives.iter().filter(|life| life.problems.is_empty()).count()
}

fn sorted(lives: &[&Life], lost: fn(&Life) -> f64) -> Vec<f64> {
    let mut lost: Vec<_> = lives.iter().map(|life| lost(life)).collect();
    lost.sort_by(f64::total_cmp);
    lost
}

fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}
