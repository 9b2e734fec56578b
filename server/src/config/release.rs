//! The release of a desktop: `MAJOR.MINOR.PATCH`, as its `User-Agent` says.

use std::str::FromStr;

/// The default is before every release.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release([u32; 3]);

impl Release {
    /// Of a desktop's `User-Agent`; none when it is no desktop's.
    #[must_use]
    pub fn of_agent(agent: &str) -> Option<Self> {
        agent.strip_prefix("medrecord-recorder/")?.split(' ').next()?.parse().ok()
    }
}

impl FromStr for Release {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('.').map(|part| part.parse::<u32>().ok());
        let mut next = || parts.next().flatten().ok_or("a release, e.g. 1.4.0");
        let release = Self([next()?, next()?, next()?]);
        if parts.next().is_none() { Ok(release) } else { Err("a release, e.g. 1.4.0") }
    }
}

#[cfg(test)]
mod tests {
    use super::Release;

    #[test]
    fn releases_are_ordered_by_number_and_not_by_letter() {
        let release = |text: &str| text.parse::<Release>().unwrap();
        assert!(release("0.9.0") < release("0.10.0"));
        assert!(Release::default() <= release("0.0.0"));
        assert_eq!(Release::of_agent("medrecord-recorder/1.2.3"), Some(release("1.2.3")));
        for other in ["curl/8.1.2", "medrecord-recorder/", "medrecord-recorder/1.2"] {
            assert_eq!(Release::of_agent(other), None, "{other}");
        }
    }
}
