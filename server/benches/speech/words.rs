//! Word errors: how far a text is from what was said, after spelling and numbers have been made alike.

/// Errors against a number of spoken words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Errors {
    pub(crate) wrong: usize,
    pub(crate) words: usize,
}

impl Errors {
    /// Words replaced, left out or put in, at the least.
    pub(crate) fn between(said: &str, heard: &str) -> Self {
        let (said, heard) = (normalised(said), normalised(heard));
        let mut above: Vec<usize> = (0..=heard.len()).collect();
        for (row, word) in said.iter().enumerate() {
            let mut below = vec![row + 1];
            for (column, other) in heard.iter().enumerate() {
                let replaced = above[column] + usize::from(word != other);
                below.push(replaced.min(above[column + 1] + 1).min(below[column] + 1));
            }
            above = below;
        }
        Self { wrong: above[heard.len()], words: said.len() }
    }

    pub(crate) fn percent(self) -> f64 {
        100.0 * self.wrong as f64 / self.words.max(1) as f64
    }
}

impl std::iter::Sum for Errors {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| Self {
            wrong: a.wrong + b.wrong,
            words: a.words + b.words,
        })
    }
}

/// Short for long, so that both count as the same word.
const SHORT: [(&str, &str); 20] = [
    ("mr", "mister"),
    ("mrs", "missus"),
    ("dr", "doctor"),
    ("%", "percent"),
    ("mg", "milligrams"),
    ("mcg", "micrograms"),
    ("ml", "milliliters"),
    ("kg", "kilograms"),
    ("mm", "millimeters"),
    ("cm", "centimeters"),
    ("bpm", "beats per minute"),
    ("can't", "cannot"),
    ("won't", "will not"),
    ("cc", "c c"),
    ("hpi", "h p i"),
    ("mri", "m r i"),
    ("okay", "ok"),
    ("xray", "x ray"),
    ("a1c", "a 1 c"),
    ("xrays", "x rays"),
];
const ENDINGS: [(&str, &str); 6] = [
    ("n't", " not"),
    ("'re", " are"),
    ("'ve", " have"),
    ("'ll", " will"),
    ("'m", " am"),
    ("'s", "s"),
];
const FILLERS: [&str; 5] = ["uh", "um", "hm", "hmm", "mmm"];

/// Lower case, no punctuation, number words as digits, contractions and units in full.
pub(crate) fn normalised(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let spaced = spaced(text);
    let spaced = spaced.split_whitespace().map(|word| unit_apart(word).unwrap_or(word.to_owned()));
    for piece in spaced.collect::<Vec<_>>().join(" ").split(' ') {
        let mut word = piece.to_owned();
        for (ending, full) in ENDINGS {
            if let Some(stem) = word.strip_suffix(ending) {
                word = format!("{stem}{full}");
                break;
            }
        }
        let full =
            SHORT.iter().find(|(short, _)| *short == piece).map(|(_, full)| (*full).to_owned());
        words.extend(full.unwrap_or(word).split(' ').map(str::to_owned));
    }
    words.retain(|word| !word.is_empty() && !FILLERS.contains(&word.as_str()));
    numbers(&words)
}

/// "25mg" → "25 mg".
fn unit_apart(word: &str) -> Option<String> {
    let digits = word.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|&at| at > 0)?;
    let (number, unit) = word.split_at(digits);
    SHORT.iter().any(|(short, _)| *short == unit).then(|| format!("{number} {unit}"))
}

/// Everything but letters, digits, an apostrophe in a word and a point in a number becomes space.
fn spaced(text: &str) -> String {
    let text: Vec<char> = text.to_lowercase().replace('’', "'").chars().collect();
    let digit = |index: Option<usize>| {
        index.and_then(|index| text.get(index)).is_some_and(char::is_ascii_digit)
    };
    let mut spaced = String::new();
    for (index, &letter) in text.iter().enumerate() {
        let inside_number = digit(index.checked_sub(1)) && digit(Some(index + 1));
        match letter {
            '/' if inside_number => spaced.push_str(" over "),
            // "1,000" and "7.8" are one word each.
            ',' if inside_number => {}
            '.' if inside_number => spaced.push('.'),
            '%' => spaced.push_str(" % "),
            letter if letter.is_alphanumeric() || letter == '\'' => spaced.push(letter),
            _ => spaced.push(' '),
        }
    }
    spaced.replace("x ray", "xray")
}

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] =
    ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

fn small(word: &str) -> Option<u64> {
    let small = SMALL.iter().position(|name| *name == word).map(|value| value as u64);
    small.or_else(|| TENS.iter().position(|name| *name == word).map(|tens| 20 + 10 * tens as u64))
}

/// "one hundred forty eight" → "148", "seven point eight" → "7.8", "nineteen fifty eight" → "1958".
fn numbers(words: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        let (number, used) = number(rest);
        if used == 0 {
            out.push(word.clone());
            rest = after;
        } else {
            out.push(number);
            rest = &rest[used..];
        }
    }
    out
}

/// The number that begins here, as digits, and how many words it takes; 0 if there is none.
fn number(words: &[String]) -> (String, usize) {
    let Some(first) = words.first().and_then(|word| small(word)) else { return (String::new(), 0) };
    let (mut value, mut last, mut used) = (first, first, 1);
    while let Some(word) = words.get(used) {
        match (word.as_str(), small(word)) {
            ("hundred", _) if last < 100 => (value, last) = (value - last + last * 100, last * 100),
            ("thousand", _) => (value, last) = (value * 1_000, value * 1_000),
            // Twenty one; one hundred one; one thousand one.
            (_, Some(next)) if next < 10 && (20..100).contains(&last) && last % 10 == 0 => {
                (value, last) = (value + next, last + next);
            }
            (_, Some(next)) if last >= 100 && next < 100 => (value, last) = (value + next, next),
            // Nineteen fifty eight.
            (_, Some(next)) if (10..100).contains(&value) && next >= 10 => {
                (value, last) = (value * 100 + next, next);
            }
            ("and", None)
                if last >= 100 && words.get(used + 1).is_some_and(|w| small(w).is_some()) => {}
            _ => break,
        }
        used += 1;
    }
    let mut digits = value.to_string();
    let decimals = |used: usize| words.get(used).and_then(|word| small(word)).filter(|&n| n < 10);
    if words.get(used).is_some_and(|word| word == "point") && decimals(used + 1).is_some() {
        digits.push('.');
        used += 1;
        while let Some(decimal) = decimals(used) {
            digits.push_str(&decimal.to_string());
            used += 1;
        }
    }
    (digits, used)
}
