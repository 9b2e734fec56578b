// A recording that is stuck: said where it is shown, and tried again from there.
import { ApiProblem } from '@medrecord/core';
import { demoNotes, FakeNotes, hale, readyItem, recordingId, sampleRecording } from '@medrecord/core/testing';
import { screen, waitFor } from '@testing-library/react';
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
