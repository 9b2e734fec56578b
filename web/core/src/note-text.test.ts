import { expect, it } from 'vitest';
import { draftText, noteText, sectionText } from './note-text';
import { sampleNote } from './testing/samples';

const firstLine = (text: string) => text.split('\n')[0];

it('says in the first line of a copy that the draft is not signed', () => {
  const note = sampleNote();
  expect(firstLine(noteText(note, note.content.sections))).toMatch(/^DRAFT.*not signed/);
  expect(note.content.sections.map((section) => firstLine(sectionText(note, section)))).toEqual(
    Array(5).fill(expect.stringMatching(/^DRAFT.*not signed/)),
  );
  expect(firstLine(draftText('Plan\nRest.'))).toMatch(/^DRAFT/);
  expect(draftText(draftText('Plan'))).toBe(draftText('Plan'));
});

it('names the signer instead once the note is signed', () => {
  const signature = { clinician: '', name: 'Dr. Ada Okafor', at: '2026-11-24T14:05:00Z', sha256: '' };
  const note = { ...sampleNote(), signature };
  const text = noteText(note, note.content.sections);
  expect(firstLine(text)).toMatch(/^Signed by Dr. Ada Okafor/);
  expect(text).not.toContain('DRAFT');
});

it('copies every section, and says of an empty one that nothing was said', () => {
  const note = sampleNote();
  const text = noteText(note, note.content.sections);
  expect(text).toContain('Hale, Robert · 3 Mar 1958 · MRN 004512');
  expect(text).toContain('Plan\nStart metoprolol succinate 25 mg daily. Raise atorvastatin to 40 mg.');
  expect(text).toContain('Patient instructions\nNothing was said about this.');
});
