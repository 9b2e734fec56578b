// A recording that is stuck: said where it is shown, and tried again from there.
import { ApiProblem } from '@medrecord/core';
import { demoNotes, FakeNotes, hale, readyItem, recordingId, sampleRecording } from '@medrecord/core/testing';
import { screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { NOTE_PATH, openReview } from '../testing';

const STUCK = 4;

it('says on its page why it does not go on, and has it tried again', async () => {
  const notes = demoNotes('day');
  const { user } = openReview(`/recordings/${notes.items[STUCK]?.recording}`, notes);
  expect(await screen.findByText(/could not be turned into text.*The audio is safe/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull());
  expect(screen.queryByText(/could not be turned into text/)).toBeNull();
});

it('says what stands in the way when it cannot be asked for, and can be asked again', async () => {
  const notes = demoNotes('day');
  const { user } = openReview(`/recordings/${notes.items[STUCK]?.recording}`, notes);
  const button = await screen.findByRole('button', { name: 'Try again' });
  notes.failure = ApiProblem.offline();
  await user.click(button);
  expect(await screen.findByText(/^The server cannot be reached/)).toBeVisible();
  expect(screen.getByText(/could not be turned into text/)).toBeVisible();
  notes.failure = null;
  await user.click(button);
  await waitFor(() => expect(screen.queryByText(/could not be turned into text/)).toBeNull());
});

it('is tried again from the worklist by the keyboard, which stays in the row', async () => {
  const { user } = openReview('/', demoNotes('day'));
  await screen.findByText('5 to sign');
  expect(screen.getAllByRole('button', { name: 'Try again' })).toHaveLength(1);
  const row = screen.getAllByTestId('worklist-row')[STUCK];
  row?.focus();
  await user.tab();
  await user.keyboard('{Enter}');
  await waitFor(() => expect(row).toHaveTextContent('transcribing 0 %'));
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
  expect(row).toHaveFocus();
});

it('says in the row when it could not be asked for', async () => {
  const { notes, user } = openReview('/', demoNotes('day'));
  await screen.findByText('5 to sign');
  notes.failure = ApiProblem.offline();
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  const row = within(screen.getAllByTestId('worklist-row')[STUCK] ?? document.body);
  expect(await row.findByText(/^The server cannot be reached/)).toBeVisible();
});

it('says so beside a note that could not be drafted anew, instead of that it is being written', async () => {
  const notes = new FakeNotes();
  notes.items = [readyItem(1, hale)];
  notes.stored = { ...notes.stored, basis: 'drafting' };
  const reason = 'The note could not be written. The audio and the text are safe.';
  notes.recordings.set(recordingId, { ...sampleRecording(), stage: 'stuck', reason });
  const { user } = openReview(NOTE_PATH, notes);
  expect(await screen.findByText(reason)).toBeVisible();
  expect(screen.queryByText(/A new draft is being written/)).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText(/A new draft is being written/)).toBeVisible();
  expect(screen.queryByText(reason)).toBeNull();
});
