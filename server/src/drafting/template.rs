//! What note types are made of: sections in order, each with its LOINC code and the ways its heading is spoken.

/// A kind of note.
#[derive(Debug, PartialEq, Eq)]
pub struct Template {
    /// Stable name, kept with every note.
    pub name: &'static str,
    pub title: &'static str,
    /// In the order of the finished note.
    pub sections: &'static [TemplateSection],
}

/// A section that a note of this kind may have.
#[derive(Debug, PartialEq, Eq)]
pub struct TemplateSection {
    pub key: &'static str,
    pub title: &'static str,
    pub loinc: &'static str,
    /// A note without it says so with an empty section.
    pub required: bool,
    /// What belongs here, for the model that files it.
    pub guidance: &'static str,
}

const fn section(
    key: &'static str,
    title: &'static str,
    loinc: &'static str,
    required: bool,
    guidance: &'static str,
) -> TemplateSection {
    TemplateSection { key, title, loinc, required, guidance }
}

const ASSESSMENT: TemplateSection = section(
    "assessment",
    "Assessment",
    "51848-0",
    true,
    "Diagnoses and how certain they are, each as its own sentence; only those that were spoken",
);
const PLAN: TemplateSection = section(
    "plan",
    "Plan",
    "18776-5",
    true,
    "Orders, medication changes with dose and frequency, advice, follow-up",
);
const EXAM: TemplateSection =
    section("exam", "Examination", "29545-1", false, "Findings of the physical examination");
const VITALS: TemplateSection =
    section("vitals", "Vital signs", "8716-3", false, "Measured vital signs and weight");
const RESULTS: TemplateSection =
    section("results", "Results", "30954-2", false, "Laboratory, imaging and other results");
const MEDICATIONS: TemplateSection = section(
    "medications",
    "Medications",
    "10160-0",
    false,
    "What the patient takes now, with dose and frequency, and what was stopped",
);
const ALLERGIES: TemplateSection = section(
    "allergies",
    "Allergies",
    "48765-2",
    false,
    "Allergies with their reaction, or that there are none",
);
const HISTORY: TemplateSection = section(
    "pmh",
    "Past medical history",
    "11348-0",
    false,
    "Earlier and long-standing conditions, operations",
);

/// An outpatient progress note.
pub const PROGRESS_NOTE: Template = Template {
    name: "progress_note",
    title: "Progress note",
    sections: &[
        section(
            "chief_complaint",
            "Chief complaint",
            "10154-3",
            false,
            "Why the patient came, in few words",
        ),
        section(
            "hpi",
            "History of present illness",
            "10164-2",
            true,
            "The course of the complaint as told",
        ),
        HISTORY,
        MEDICATIONS,
        ALLERGIES,
        section(
            "ros",
            "Review of systems",
            "10187-3",
            false,
            "Symptoms asked for, present or denied",
        ),
        VITALS,
        EXAM,
        RESULTS,
        ASSESSMENT,
        PLAN,
    ],
};

/// A report on an imaging study.
pub const RADIOLOGY_REPORT: Template = Template {
    name: "radiology_report",
    title: "Radiology report",
    sections: &[
        section("examination", "Examination", "55111-9", true, "Study, body part, side, contrast"),
        section(
            "clinical_history",
            "Clinical history",
            "11329-0",
            false,
            "Why the study was asked for",
        ),
        section(
            "comparison",
            "Comparison",
            "18834-2",
            false,
            "Earlier studies compared with, or none",
        ),
        section("technique", "Technique", "55111-9", false, "How the study was done"),
        section(
            "findings",
            "Findings",
            "59776-5",
            true,
            "What is seen, structure by structure, with sizes",
        ),
        section("impression", "Impression", "19005-8", true, "The conclusions, numbered as spoken"),
        section("recommendation", "Recommendation", "18783-1", false, "What is advised next"),
    ],
};

/// A note of the emergency department.
pub const EMERGENCY_NOTE: Template = Template {
    name: "emergency_note",
    title: "Emergency department note",
    sections: &[
        section("history", "History", "10164-2", true, "What happened and since when, as told"),
        HISTORY,
        MEDICATIONS,
        ALLERGIES,
        VITALS,
        EXAM,
        RESULTS,
        section(
            "course",
            "Course",
            "8648-8",
            false,
            "What was done in the department and how it went",
        ),
        ASSESSMENT,
        PLAN,
    ],
};

/// Anything else: free text under one heading.
pub const DICTATION: Template = Template {
    name: "dictation",
    title: "Dictation",
    sections: &[section("text", "Dictation", "11506-3", true, "What was said")],
};

/// All of them.
pub const ALL: [&Template; 4] = [&PROGRESS_NOTE, &RADIOLOGY_REPORT, &EMERGENCY_NOTE, &DICTATION];

/// The template of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Template> {
    ALL.into_iter().find(|template| template.name == name)
}

/// The kind of note that a beginning announces, or that the spoken headings (lower case) show.
#[must_use]
pub fn choose(beginning: &str, headings: &[String]) -> &'static Template {
    let beginning = beginning.to_lowercase();
    let announced = |words: &[&str]| words.iter().any(|word| beginning.contains(word));
    let spoken = |names: &[&str]| {
        names.iter().filter(|name| headings.iter().any(|heading| heading == *name)).count()
    };
    if announced(&["radiology report", "imaging report"])
        || spoken(&["findings", "impression"]) == 2
    {
        return &RADIOLOGY_REPORT;
    }
    if announced(&["emergency department note", "emergency room note", "emergency note"]) {
        return &EMERGENCY_NOTE;
    }
    let soap = ["subjective", "objective", "assessment", "plan", "assessment and plan"];
    if announced(&["progress note", "follow-up note", "soap note"]) || spoken(&soap) >= 2 {
        return &PROGRESS_NOTE;
    }
    &DICTATION
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_announced_is_believed() {
        assert_eq!(choose("Radiology report.", &[]).name, "radiology_report");
        assert_eq!(choose("Emergency department note.", &["plan".into()]).name, "emergency_note");
        assert_eq!(choose("Progress note for Robert Hale", &[]).name, "progress_note");
    }

    #[test]
    fn headings_tell_what_nobody_announced() {
        let headings = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(choose("", &headings(&["findings", "impression"])).name, "radiology_report");
        assert_eq!(choose("", &headings(&["subjective", "plan"])).name, "progress_note");
        assert_eq!(choose("He fell.", &[]).name, "dictation");
        assert_eq!(choose("", &headings(&["plan"])).name, "dictation");
    }

    #[test]
    fn keys_are_unique_in_each_template() {
        for template in ALL {
            let mut keys: Vec<_> = template.sections.iter().map(|section| section.key).collect();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), template.sections.len(), "{}", template.name);
        }
    }
}
