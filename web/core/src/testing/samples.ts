// A dictation with its transcript and note, as the server would send them.
import type {
  Clinician,
  Evidence,
  Note,
  Patient,
  Recording,
  Sentence,
  Transcript,
  WorklistItem,
} from '../generated/wire';

export const clinician: Clinician = {
  id: '0193b1a0-0000-7000-8000-000000000001',
  name: 'Dr. Ada Okafor',
  email: 'okafor@clinic.example',
  role: 'clinician',
};

export const recordingId = '0193b1a0-0000-7000-8000-0000000000a1';
export const noteId = '0193b1a0-0000-7000-8000-0000000000b1';

export function patient(name: string, mrn: string | null, birthDate: string | null = null): Patient {
  return {
    id: `0193b1a0-0000-7000-8000-${(mrn ?? name).slice(0, 12).padStart(12, '0')}`,
    name,
    mrn,
    birth_date: birthDate,
    sex: null,
  };
}

export const hale = patient('Hale, Robert', '004512', '1958-03-03');

const spoken = [
  'Progress note. Subjective. Mr. Hale returns for follow up of hypertension and type two diabetes.',
  'He reports chest tightness when he climbs two flights of stairs. It eases within two minutes of rest.',
  'He has been taking metformin 1000 milligrams twice a day and lisinopril 20 milligrams once a day.',
  'Objective. Blood pressure 148 over 86, pulse 72 and regular. Lungs clear. No edema.',
  '',
  'Hemoglobin A1c is 7.9 percent. Assessment. Stable angina, new. Hypertension above target.',
  'Plan. Start metoprolol succinate 25 milligrams daily. Raise atorvastatin to 40 milligrams. Stress test this week.',
];

export function sampleTranscript(recording: string = recordingId, done: number = spoken.length): Transcript {
  let start = 0;
  const segments = spoken.map((text, seq) => {
    const length = text === '' ? 6000 : 9000 + text.length * 60;
    const isDone = seq < done;
    const segment = {
      seq,
      start_ms: start,
      duration_ms: length,
      speech_ms: text === '' ? 0 : length - 2000,
      state: text === '' ? ('no_speech' as const) : isDone ? ('done' as const) : ('waiting' as const),
      text: isDone ? text : '',
    };
    start += length;
    return segment;
  });
  return { recording, segments };
}

function sentence(text: string, ...seqs: number[]): Sentence {
  const evidence: Evidence[] = seqs.map((seq) => ({ recording: recordingId, seq }));
  return { text, kind: seqs.length > 0 ? 'dictated' : 'template', evidence };
}

export function sampleNote(): Note {
  return {
    id: noteId,
    version: 3,
    state: 'draft',
    patient: hale,
    recordings: [recordingId],
    recorded_at: new Date(Date.now() - 40 * 60_000).toISOString(),
    updated_at: new Date().toISOString(),
    signature: null,
    basis: 'current',
    later: [],
    content: {
      template: 'progress_note',
      sections: [
        {
          title: 'Subjective',
          sentences: [
            sentence('Mr. Hale returns for follow-up of hypertension and type 2 diabetes.', 0),
            sentence(
              'He reports chest tightness when he climbs two flights of stairs; it eases within two minutes of rest.',
              1,
            ),
            sentence('He takes metformin 1000 mg twice a day and lisinopril 20 mg once a day.', 2),
            sentence('The patient was seen in person and identified by name and date of birth.'),
          ],
        },
        {
          title: 'Objective',
          sentences: [
            sentence('Blood pressure 148/86, pulse 72 and regular.', 3),
            sentence('Lungs clear, no edema.', 3),
            sentence('Hemoglobin A1c 7.9 %.', 5),
          ],
        },
        {
          title: 'Assessment',
          sentences: [
            sentence('Stable angina, new onset.', 1, 5),
            sentence('Hypertension above target.', 3, 5),
          ],
        },
        {
          title: 'Plan',
          sentences: [
            sentence('Start metoprolol succinate 25 mg daily.', 6),
            sentence('Raise atorvastatin to 40 mg.', 6),
            sentence('Stress test this week.', 6),
          ],
        },
        { title: 'Patient instructions', sentences: [] },
      ],
    },
  };
}

export function sampleRecording(): Recording {
  const last = sampleTranscript().segments.at(-1);
  return {
    id: recordingId,
    kind: 'dictation',
    language: 'en',
    patient: hale,
    encounter: null,
    started_at: new Date(Date.now() - 40 * 60_000).toISOString(),
    continues: null,
    replaces: null,
    stage: 'ready',
    reason: null,
    duration_ms: last ? last.start_ms + last.duration_ms : 0,
    segments: spoken.length,
    transcribed: spoken.length,
    gaps: [],
    consent: null,
    trimmed_ms: null,
    note: noteId,
  };
}

export function worklistItem(number: number, item: Partial<WorklistItem>): WorklistItem {
  const id = String(number).padStart(12, '0');
  return {
    recording: `0193b1a0-0000-7000-8000-${id}`,
    note: null,
    note_state: null,
    template: null,
    patient: null,
    recorded_at: new Date(Date.now() - number * 35 * 60_000).toISOString(),
    duration_ms: 60_000 + number * 17_000,
    stage: 'receiving',
    reason: null,
    segments: 9,
    transcribed: 0,
    ...item,
  };
}

/** A row whose note is ready. */
export function readyItem(number: number, who: Patient | null, signed = false): WorklistItem {
  return worklistItem(number, {
    patient: who,
    stage: 'ready',
    note: noteId,
    note_state: signed ? 'signed' : 'draft',
    template: 'progress_note',
    transcribed: 9,
  });
}
