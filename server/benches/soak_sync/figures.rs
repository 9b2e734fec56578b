//! What the soak found, as a table in plain words and as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::check::Checked;
use super::faults::Failed;
use super::proxy::Seen;
use super::workstation::Found;

pub(crate) struct Figures {
    pub(crate) seed: u64,
    pub(crate) workstations: u64,
    /// Segments that were made.
    pub(crate) made: u64,
    pub(crate) took: Duration,
    /// From the moment the line was good again to the last receipt.
    pub(crate) drained: Duration,
    pub(crate) own_disk: bool,
    pub(crate) seen: Seen,
    pub(crate) failed: Failed,
    pub(crate) found: Vec<Found>,
    pub(crate) checked: Checked,
    /// What the workstations showed.
    pub(crate) shown: Vec<String>,
}

impl Figures {
    /// Everything that must not be.
    pub(crate) fn problems(&self) -> Vec<&String> {
        let found = [&self.seen.problems, &self.failed.problems];
        found.into_iter().chain([&self.checked.problems, &self.shown]).flatten().collect()
    }

    fn kills(&self) -> u64 {
        self.failed.faults.iter().map(|(fault, times)| fault.kills() * times).sum()
    }

    fn sum(&self, of: impl Fn(&Found) -> u64) -> u64 {
        self.found.iter().map(of).sum()
    }

    /// The time within which so many of 100 answers of the server came.
    fn percentile(&self, percent: usize) -> f64 {
        let mut answers = self.seen.answers.clone();
        answers.sort_unstable();
        let at = (answers.len() * percent / 100).min(answers.len().saturating_sub(1));
        answers.get(at).map_or(0.0, Duration::as_secs_f64) * 1_000.0
    }

    pub(crate) fn print(&self) {
        let (took, checked) = (self.took.as_secs(), &self.checked);
        println!(
            "\n{} segments made by {} workstations in {took} s, seed {}\n",
            self.made, self.workstations, self.seed
        );
        for (mood, times) in &self.seen.moods {
            println!("{times:>9} requests  {}", mood.in_words());
        }
        println!("{:>9} passes    to a name that does not resolve", self.sum(|it| it.no_name));
        println!("{:>9} passes    to what speaks no TLS", self.sum(|it| it.no_tls));
        for (fault, times) in &self.failed.faults {
            println!("{times:>9} times     {}", fault.in_words());
        }
        let disk = if self.own_disk { "our own, filled" } else { "the folder out of reach" };
        println!(
            "\n{} kills by SIGKILL; after each fault acknowledged segments were looked for, {} in all. \
             Disk full: {disk}.",
            self.kills(),
            self.failed.looked_for
        );
        self.print_power();
        println!(
            "{} passes ended in a failure, {} did not; {} times someone had to sign in again, after {} renewals that \
             came again when their successors were in use.",
            self.sum(|it| it.failed),
            self.sum(|it| it.passes),
            self.sum(|it| it.signed_in_again),
            self.checked.replays
        );
        println!(
            "Once the line was good, all was there after {:.1} s. The server's answers: median {:.0} ms, \
             p99 {:.0} ms, on this machine with all that ran on it.",
            self.drained.as_secs_f64(),
            self.percentile(50),
            self.percentile(99)
        );
        println!(
            "\n{} of {} segments delivered, right in every sample; {} rows; {} recordings with {} valid \
             receipts; {} objects that no row names.",
            checked.delivered,
            self.made,
            checked.rows,
            checked.recordings,
            checked.receipts,
            checked.objects.saturating_sub(checked.rows)
        );
        for problem in self.problems().iter().take(20) {
            println!("MUST NOT BE: {problem}");
        }
    }

    fn print_power(&self) {
        if !self.own_disk {
            println!(
                "The power was never lost: there is no FUSE here, so that what is not synced cannot be taken."
            );
            return;
        }
        let (failed, lost) = (&self.failed, self.failed.lost);
        println!(
            "Of what was not synced when the power went, {} pages were lost, {} torn and {} kept, and {} names and \
             sizes lost; {} acknowledged segments were then played and compared.",
            lost.pages, lost.torn, lost.kept, lost.steps, failed.listened_to
        );
    }

    pub(crate) fn json(&self) -> Value {
        let moods = self.seen.moods.iter().map(|(mood, times)| (mood.in_words(), json!(times)));
        let faults = self.failed.faults.iter().map(|(it, times)| (it.in_words(), json!(times)));
        let collected = |pairs: Vec<(&str, Value)>| {
            Value::Object(pairs.into_iter().map(|(name, it)| (name.to_owned(), it)).collect())
        };
        json!({
            "seed": self.seed,
            "workstations": self.workstations,
            "seconds": self.took.as_secs_f64(),
            "drained_seconds": self.drained.as_secs_f64(),
            "made": self.made,
            "delivered": self.checked.delivered,
            "rows": self.checked.rows,
            "receipts": self.checked.receipts,
            "orphans": self.checked.objects.saturating_sub(self.checked.rows),
            "kills": self.kills(),
            "looked_for": self.failed.looked_for,
            "own_disk": self.own_disk,
            "listened_to": self.failed.listened_to,
            "pages_lost": self.failed.lost.pages,
            "pages_torn": self.failed.lost.torn,
            "pages_kept": self.failed.lost.kept,
            "names_and_sizes_lost": self.failed.lost.steps,
            "signed_in_again": self.sum(|it| it.signed_in_again),
            "replays": self.checked.replays,
            "no_name": self.sum(|it| it.no_name),
            "no_tls": self.sum(|it| it.no_tls),
            "answers_p50_ms": self.percentile(50),
            "answers_p99_ms": self.percentile(99),
            "requests": collected(moods.collect()),
            "faults": collected(faults.collect()),
            "problems": self.problems(),
        })
    }
}
