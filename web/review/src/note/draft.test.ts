import { ApiProblem } from '@medrecord/core';
import { FakeNotes, noteId } from '@medrecord/core/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Draft } from './draft';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(notes: FakeNotes): Draft {
  return new Draft(structuredClone(notes.stored), {
    load: () => notes.note(noteId),
    save: (version, sections) => notes.saveNote(noteId, version, { sections }),
  });
}

function type(draft: Draft, text: string, section = 0, sentence = 0): void {
  const key = draft.read().sections[section]?.sentences[sentence]?.key ?? '';
  draft.setText(key, text);
}

it('saves once, a moment after the last key, over the version that was read', async () => {
  const notes = new FakeNotes();
  const draft = open(notes);
  type(draft, 'Mr. Hale ret');
  type(draft, 'Mr. Hale returns.');
  expect(draft.read().save).toBe('unsaved');
  await vi.advanceTimersByTimeAsync(1000);
  expect(notes.saves.map((save) => save.version)).toEqual([3]);
  expect(draft.read()).toMatchObject({ save: 'saved', note: { version: 4 } });
});

it('keeps the evidence of a changed sentence, which no longer counts as dictated', async () => {
  const notes = new FakeNotes();
  const draft = open(notes);
  type(draft, 'Edited.', 0, 1);
  draft.setText(draft.add(3, null), 'Return in two weeks.');
  await draft.flush();
  const saved = notes.saves[0]?.edit.sections;
  expect(saved?.[0]?.sentences[1]).toMatchObject({
    text: 'Edited.',
    kind: 'written',
    evidence: [{ seq: 1 }],
  });
  expect(saved?.[3]?.sentences.at(-1)).toEqual({
    text: 'Return in two weeks.',
    kind: 'written',
    evidence: [],
  });
});

it('saves again what was typed while a save was on its way', async () => {
  const notes = new FakeNotes();
  const draft = open(notes);
  type(draft, 'One.');
  const first = draft.flush();
  type(draft, 'Two.');
  await first;
  await vi.advanceTimersByTimeAsync(1000);
  expect(notes.saves.map((save) => [save.version, save.edit.sections[0]?.sentences[0]?.text])).toEqual([
    [3, 'One.'],
    [4, 'Two.'],
  ]);
});

it('offers both versions when somebody else saved first, and saves the choice over theirs', async () => {
  const notes = new FakeNotes();
  const draft = open(notes);
  notes.editElsewhere((note) => (note.content.sections[1] = { title: 'Objective', sentences: [] }));
  type(draft, 'Mine.');
  await draft.flush();
  expect(draft.read()).toMatchObject({ save: 'conflict', theirs: { version: 4 } });
  expect(draft.read().sections[0]?.sentences[0]?.text).toBe('Mine.');
  await draft.resolve([{ title: 'Subjective', sentences: [] }]);
  expect(notes.saves.map((save) => save.version)).toEqual([3, 4]);
  expect(draft.read()).toMatchObject({ save: 'saved', theirs: null, note: { version: 5 } });
});

it('keeps what was typed while the server is away, and saves it when it is back', async () => {
  const notes = new FakeNotes();
  const draft = open(notes);
  notes.failure = ApiProblem.offline();
  type(draft, 'Typed in the lift.');
  await draft.flush();
  expect(draft.read().save).toBe('offline');
  notes.failure = null;
  await vi.advanceTimersByTimeAsync(2000);
  expect(draft.read().save).toBe('saved');
  expect(notes.stored.content.sections[0]?.sentences[0]?.text).toBe('Typed in the lift.');
});

it('never overwrites what is being typed with what the server sends', () => {
  const notes = new FakeNotes();
  const draft = open(notes);
  type(draft, 'Mine.');
  draft.adopt({ ...notes.stored, version: 9 });
  expect(draft.read().sections[0]?.sentences[0]?.text).toBe('Mine.');
});

it('shows the signed note, and keeps the rest to be copied, when it was signed meanwhile', async () => {
  const notes = new FakeNotes();
  const draft = open(notes);
  type(draft, 'Too late.');
  await notes.signNote(noteId, 3, 'correct horse');
  await draft.flush();
  expect(draft.read()).toMatchObject({ save: 'signed', note: { state: 'signed' } });
  expect(draft.read().sections[0]?.sentences[0]?.text).not.toBe('Too late.');
  expect(draft.read().unsent?.[0]?.sentences[0]?.text).toBe('Too late.');
});
