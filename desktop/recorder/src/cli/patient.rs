//! Who a recording is about, as said on the command line.

use clap::Args;
use medrecord_common::PatientText;
use medrecord_common::ids::PatientId;
use medrecord_common::patient::Patient;

#[derive(Debug, Args)]
pub(super) struct PatientArguments {
    /// Name of the patient.
    #[arg(long, value_name = "NAME")]
    patient: Option<String>,
    /// Medical record number of the patient.
    #[arg(long, value_name = "MRN")]
    mrn: Option<String>,
}

impl PatientArguments {
    pub(super) fn patient(&self) -> Option<Patient> {
        if self.patient.is_none() && self.mrn.is_none() {
            return None;
        }
        Some(Patient {
            id: PatientId::new(),
            name: self.patient.clone().unwrap_or_default().into(),
            mrn: self.mrn.clone().map(PatientText::from),
            birth_date: None,
            sex: None,
        })
    }
}
