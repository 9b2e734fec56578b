// A note as plain text, for the clipboard. A copy of an unsigned draft says so in its first line.
import { dateAndClock, patientDetails, patientName } from './format';
import type { Note, Section } from './generated/wire';
import { words } from './messages';

/** What stands above a copy: who signed, or that nobody did. */
function standing(note: Pick<Note, 'signature'>): string {
  const { signature } = note;
  return signature ? words.copy.signed(signature.name, dateAndClock(signature.at)) : words.copy.unsigned;
}

function sectionLines(section: Section): string[] {
  const text = section.sentences.map((sentence) => sentence.text.trim()).filter(Boolean);
  return [section.title, text.length > 0 ? text.join(' ') : words.note.nothingSaid];
}

export function sectionText(note: Pick<Note, 'signature'>, section: Section): string {
  return [standing(note), '', ...sectionLines(section)].join('\n');
}

export function noteText(
  note: Pick<Note, 'signature' | 'patient' | 'recorded_at'>,
  sections: Section[],
): string {
  const patient = [patientName(note.patient), ...patientDetails(note.patient)].join(' · ');
  const head = [standing(note), '', patient, words.copy.recorded(dateAndClock(note.recorded_at))];
  return [...head, ...sections.flatMap((section) => ['', ...sectionLines(section)])].join('\n');
}

/** The recorder holds only a draft's text; its copy gets the same first line. */
export function draftText(text: string): string {
  return text.startsWith(words.copy.unsigned) ? text : `${words.copy.unsigned}\n\n${text}`;
}
