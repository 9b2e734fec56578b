// The review pages' scenes, for `npm run dev:fake` and for tests.
import { ApiProblem } from '../problem';
import { device, sampleDevices } from './device-samples';
import { FakeNotes, signed } from './fake-notes';
import {
  clinician,
  hale,
  noteId,
  patient,
  readyItem,
  sampleNote,
  sampleRecording,
  sampleTranscript,
  worklistItem,
} from './samples';

const STUCK =
  'Part of this recording could not be turned into text, so no note was written. The audio is safe. It can be tried again on its page; if that does not help, tell your administrator.';
const LONG_NAME = 'Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh, Maximiliana';

/** The review pages' scenes: `?scene=` of `npm run dev:fake`. */
export function demoNotes(scene: string): FakeNotes {
  const notes = new FakeNotes();
  notes.items = [
    worklistItem(0, {
      patient: patient('Abebe, Sara', '007731'),
      stage: 'receiving',
      transcribed: 4,
      segments: 5,
    }),
    readyItem(1, hale),
    readyItem(2, patient('Mori, Aiko', '001883')),
    worklistItem(3, {
      patient: patient('Lund, Per', '009120'),
      stage: 'transcribing',
      segments: 18,
      transcribed: 11,
    }),
    worklistItem(4, { stage: 'stuck', reason: STUCK }),
    readyItem(5, patient(LONG_NAME, '10000000000451')),
    worklistItem(6, {
      patient: patient('Novak, Jan', '002245'),
      stage: 'no_speech',
      reason: 'No speech was found in this recording.',
    }),
    readyItem(30, patient('Silva, Marta', '005510')),
    readyItem(45, patient('Okoye, Chidi', '004002')),
    readyItem(46, patient('Berg, Lisa', '003377'), true),
  ];
  const waiting = {
    ...sampleRecording(),
    id: notes.items[3]?.recording ?? '',
    stage: 'transcribing' as const,
    transcribed: 4,
    note: null,
  };
  notes.recordings.set(waiting.id, waiting);
  notes.transcripts.set(waiting.id, sampleTranscript(waiting.id, 4));
  const stuck = { ...waiting, id: notes.items[4]?.recording ?? '', stage: 'stuck' as const, reason: STUCK };
  notes.recordings.set(stuck.id, stuck);
  notes.transcripts.set(stuck.id, sampleTranscript(stuck.id, 4));
  notes.devicesHeld = sampleDevices();
  if (scene === 'sign-in') notes.signedIn = false;
  if (scene === 'admin' || scene === 'many') notes.who = { ...clinician, role: 'admin' };
  if (scene === 'many') notes.devicesHeld = Array.from({ length: 1200 }, (_, number) => device(number + 1));
  if (scene === 'empty') [notes.items, notes.devicesHeld] = [[], []];
  if (scene === 'loading') notes.isStuck = true;
  if (scene === 'error')
    notes.failure = new ApiProblem(
      'unavailable',
      'The database does not answer. Nothing is lost.',
      '0193b1a0-77aa',
    );
  if (scene === 'signed') notes.stored = signed(notes.stored);
  if (scene === 'changed') notes.stored = { ...notes.stored, basis: 'changed' };
  if (scene === 'later') notes.stored = { ...signed(notes.stored), later: [noteId] };
  if (scene === 'conflict') {
    notes.editElsewhere((note) => {
      const plan = note.content.sections[3]?.sentences[0];
      if (plan) plan.text = 'Start metoprolol succinate 50 mg daily.';
    });
    const first = notes.note.bind(notes);
    let calls = 0;
    notes.note = async (id) => (calls++ === 0 ? { ...sampleNote(), version: 3 } : first(id));
  }
  return notes;
}
