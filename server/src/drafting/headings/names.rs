//! The names of headings, and the words around them that tell a heading from a sentence.

/// Headings that hardly begin a sentence otherwise: at its beginning they count with a comma or, before what
/// looks like a new sentence, with nothing after them.
pub(super) const STRONG: [&str; 22] = [
    "assessment",
    "assessment and plan",
    "chief complaint",
    "clinical history",
    "current medications",
    "emergency department course",
    "family history",
    "findings",
    "history of present illness",
    "impression",
    "medical decision making",
    "objective",
    "past medical history",
    "past surgical history",
    "physical exam",
    "physical examination",
    "plan",
    "reason for visit",
    "review of systems",
    "social history",
    "subjective",
    "vital signs",
];

/// Everyday words: they count only when they stand alone or before a colon, or before a comma and a capital.
pub(super) const WEAK: [&str; 26] = [
    "allergies",
    "comparison",
    "complications",
    "course",
    "diagnosis",
    "discharge instructions",
    "disposition",
    "exam",
    "examination",
    "follow up",
    "follow-up",
    "history",
    "hospital course",
    "hpi",
    "imaging",
    "indication",
    "instructions",
    "laboratory",
    "labs",
    "medications",
    "procedure",
    "recommendation",
    "recommendations",
    "results",
    "technique",
    "vitals",
];

/// A heading and those that come before it: once one of them was spoken, this one is waited for.
pub(super) const FOLLOWS: [(&str, &[&str]); 5] = [
    ("objective", &["subjective"]),
    ("assessment", &["objective", "examination", "physical examination", "exam", "course"]),
    ("plan", &["assessment", "impression"]),
    ("findings", &["examination", "comparison", "technique", "clinical history"]),
    ("impression", &["findings"]),
];

/// Words after which a new sentence under a heading begins, though nothing shows it.
pub(super) const OPENERS: [&str; 10] =
    ["first", "number", "one", "1", "there", "he", "she", "this", "patient", "the patient"];

/// "The plan.", "a treatment plan.", "his assessment.": no heading, at the end of a sentence either.
pub(super) const BEFORE_A_NOUN: [&str; 36] = [
    "a",
    "an",
    "and",
    "any",
    "by",
    "care",
    "clinical",
    "current",
    "discharge",
    "each",
    "every",
    "for",
    "further",
    "her",
    "his",
    "in",
    "initial",
    "its",
    "my",
    "new",
    "no",
    "of",
    "on",
    "or",
    "our",
    "pain",
    "per",
    "risk",
    "same",
    "that",
    "the",
    "their",
    "this",
    "to",
    "treatment",
    "with",
];
