import { demoNotes, FakeNotes, PASSWORD, sampleTranscript } from '@medrecord/core/testing';
import { act, screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { NOTE_PATH, openReview, stepAudio } from '../testing';

const segments = sampleTranscript().segments;
const startOf = (seq: number) => (segments[seq]?.start_ms ?? 0) / 1000;
const endOf = (seq: number) => startOf(seq) + (segments[seq]?.duration_ms ?? 0) / 1000;
const player = () => screen.getByTestId<HTMLAudioElement>('player');
const sentence = (text: RegExp) =>
  screen.findByText(
    (_, element) =>
      element?.getAttribute('data-testid') === 'note-sentence' && text.test(element.textContent),
  );
const marked = () =>
  screen
    .getAllByTestId('transcript-segment')
    .filter((segment) => segment.dataset['active'] === 'true')
    .map((segment) => segment.dataset['seq']);

it('plays the stretch a sentence rests on, marks it, and stops at its end', async () => {
  const audio = stepAudio();
  const { user } = openReview(NOTE_PATH);
  await screen.findAllByTestId('transcript-segment');
  await user.click(await sentence(/metformin/));
  expect(player().currentTime).toBeCloseTo(startOf(2));
  expect(audio.play).toHaveBeenCalledOnce();
  expect(marked()).toEqual(['2']);
  act(() => audio.moveTo(player(), endOf(2) - 1));
  expect(audio.pause).not.toHaveBeenCalled();
  act(() => audio.moveTo(player(), endOf(2)));
  expect(audio.pause).toHaveBeenCalledOnce();
});

it('goes on with the second stretch when the evidence lies apart', async () => {
  const audio = stepAudio();
  const { user } = openReview(NOTE_PATH);
  await screen.findAllByTestId('transcript-segment');
  await user.click(await sentence(/Stable angina/));
  expect(marked()).toEqual(['1', '5']);
  act(() => audio.moveTo(player(), endOf(1)));
  expect(player().currentTime).toBeCloseTo(startOf(5));
  act(() => audio.moveTo(player(), endOf(5)));
  expect(audio.pause).toHaveBeenCalledOnce();
});

it('is worked by the keyboard alone: move, play, edit, leave', async () => {
  const audio = stepAudio();
  const { notes, user } = openReview(NOTE_PATH);
  await screen.findAllByTestId('transcript-segment');
  await user.keyboard('{ArrowDown}{ArrowDown}{Enter}');
  expect(document.activeElement).toHaveTextContent(/chest tightness/);
  expect(audio.play).toHaveBeenCalledOnce();
  await user.keyboard('{F2}');
  expect(screen.getByTestId('sentence-editor')).toHaveFocus();
  await user.keyboard(' No syncope.{Escape}');
  expect(document.activeElement).toHaveTextContent(/rest. No syncope. changed by hand$/);
  await waitFor(() => expect(screen.getByTestId('save-state')).toHaveTextContent('Saved'));
  expect(notes.stored.content.sections[0]?.sentences[1]?.text).toMatch(/No syncope\.$/);
  await user.keyboard('?');
  expect(await screen.findByRole('dialog', { name: 'Keys' })).toBeVisible();
});

it('sets apart in words what was not dictated', async () => {
  openReview(NOTE_PATH);
  const unsupported = await sentence(/seen in person/);
  expect(unsupported).toHaveTextContent(/not dictated$/);
  expect(unsupported.dataset['evidence']).toBe('');
});

it('offers both versions after a conflict and saves the choice', async () => {
  const notes = new FakeNotes();
  const { user } = openReview(NOTE_PATH, notes);
  await user.dblClick(await sentence(/metoprolol/));
  notes.editElsewhere((note) => {
    const plan = note.content.sections[3]?.sentences[0];
    if (plan) plan.text = 'Start metoprolol 50 mg.';
  });
  await user.keyboard(' With food.{Escape}');
  await user.click(await screen.findByTestId('compare'));
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByText(/With food/)).toBeVisible();
  expect(dialog.getByText(/50 mg/)).toBeVisible();
  await user.click(dialog.getByTestId('choose-theirs'));
  await user.click(dialog.getByTestId('resolve'));
  expect(await sentence(/50 mg/)).toBeVisible();
  await waitFor(() => expect(screen.getByTestId('save-state')).toHaveTextContent('Saved'));
});

it('signs with the password, then locks the note and says who signed', async () => {
  const { user } = openReview(NOTE_PATH);
  await user.click(await screen.findByTestId('sign'));
  await user.type(await screen.findByTestId('sign-password'), 'wrong{Enter}');
  expect(await screen.findByText(/not your password/)).toBeVisible();
  await user.clear(screen.getByTestId('sign-password'));
  await user.type(screen.getByTestId('sign-password'), `${PASSWORD}{Enter}`);
  expect(await screen.findByText(/Signed by Dr. Ada Okafor/)).toBeVisible();
  expect(screen.queryByTestId('sign')).toBeNull();
  await user.dblClick(await sentence(/metoprolol/));
  expect(screen.queryByTestId('sentence-editor')).toBeNull();
});

it('says when the recordings say something else by now, and has the note drafted anew', async () => {
  const { notes, user } = openReview(NOTE_PATH, demoNotes('changed'));
  await screen.findByText(/was trimmed, said again, added or discarded/);
  await user.click(screen.getByTestId('draft-anew'));
  await screen.findByText(/A new draft is being written/);
  act(() => {
    notes.editElsewhere((note) => {
      note.basis = 'current';
      const first = note.content.sections[0]?.sentences[0];
      if (first) first.text = 'He has asthma.';
    });
    notes.emit({ kind: 'note', note: notes.stored.id });
  });
  await sentence(/He has asthma/);
  expect(screen.queryByText(/A new draft is being written/)).toBeNull();
});

it('points from a signed note to what was said later', async () => {
  openReview(NOTE_PATH, demoNotes('later'));
  await screen.findByText(/after the note was signed/);
  expect(screen.getByTestId('open-later')).toBeVisible();
});
