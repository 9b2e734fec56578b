//! Whether points lie on a line.

/// With fewer points nothing is said.
const FEWEST: usize = 4;
/// Two before a step and two after it look like a line.
const FEWEST_OF_A_LINE: usize = 6;
/// So many make up for being spread.
const MANY: usize = 20;
/// How far (root mean square) they may be from a line that rises by 1.
const SPREAD: f64 = 0.05;

/// Points (time, value) that cover a stretch of time.
pub(super) struct Trend {
    points: Vec<(f64, f64)>,
}

impl Trend {
    /// None when they are too few, or cover less than most of `seconds`.
    pub(super) fn over(points: Vec<(f64, f64)>, seconds: f64) -> Option<Self> {
        let span = points.last()?.0 - points.first()?.0;
        (points.len() >= FEWEST && span >= 0.8 * seconds).then_some(Self { points })
    }

    pub(super) fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// The slope of the line that they lie on, when it is at least `least` either way; none when they
    /// lie on no line, but on stairs or all over. `tolerated` is how far they may be from it anyway.
    pub(super) fn steady_slope(&self, least: f64, tolerated: f64) -> Option<f64> {
        // Quick, for nearly always it is as it should be.
        if self.points.len() < FEWEST_OF_A_LINE || self.rise().abs() < 0.5 * least {
            return None;
        }
        let slope = self.median_slope();
        let offset = median(self.points.iter().map(|(at, value)| value - slope * at).collect());
        let squares = self.points.iter().map(|(at, value)| (value - slope * at - offset).powi(2));
        let spread = (squares.sum::<f64>() / self.points.len() as f64).sqrt();
        let span = self.points.last()?.0 - self.points.first()?.0;
        let straight = spread <= SPREAD * slope.abs() * span
            || spread <= tolerated && self.points.len() >= MANY;
        (slope.abs() >= least && straight).then_some(slope)
    }

    /// From the first third to the last.
    fn rise(&self) -> f64 {
        let third = self.points.len().div_ceil(3);
        let mean = |points: &[(f64, f64)]| {
            let sum = points.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            (sum.0 / points.len() as f64, sum.1 / points.len() as f64)
        };
        let first = mean(&self.points[..third]);
        let last = mean(&self.points[self.points.len() - third..]);
        (last.1 - first.1) / (last.0 - first.0)
    }

    /// Of all pairs of points (Theil and Sen): a few points that are far off do not matter.
    fn median_slope(&self) -> f64 {
        let mut slopes = Vec::new();
        for (index, (at, value)) in self.points.iter().enumerate() {
            let later = &self.points[index + 1..];
            slopes.extend(later.iter().map(|(later, other)| (other - value) / (later - at)));
        }
        median(slopes)
    }
}

/// 0 of nothing.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
