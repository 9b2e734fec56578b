import { ApiProblem } from '@medrecord/core';
import {
  demoNotes,
  FakeNotes,
  hale,
  patient,
  PASSWORD,
  readyItem,
  worklistItem,
} from '@medrecord/core/testing';
import { act, screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { openReview } from '../testing';
import { settle } from './settled';

const names = () => screen.getAllByTestId('worklist-row').map((row) => row.textContent);

it('shows recordings newest first, each with its state in words', async () => {
  openReview('/', demoNotes('day'));
  await screen.findByText('5 to sign');
  expect(names()[0]).toMatch(/Abebe, Sara.*arriving/);
  expect(names()[3]).toMatch(/Lund, Per.*transcribing 61 %/);
  expect(names()[4]).toMatch(/No patient.*needs you/);
});

it('takes news in by itself while nobody is on the list', async () => {
  const { notes } = openReview('/', demoNotes('day'));
  await screen.findByText('5 to sign');
  notes.items = [readyItem(99, patient('Zorn, Eva', '1')), ...notes.items];
  act(() => notes.emit({ kind: 'note' }));
  await waitFor(() => expect(names()[0]).toMatch(/Zorn, Eva/));
});

it('keeps rows where they are while one has the focus; news waits behind a button', async () => {
  const { notes, user } = openReview('/', demoNotes('day'));
  await screen.findByText('5 to sign');
  await user.keyboard('{ArrowDown}');
  notes.items = [readyItem(99, patient('Zorn, Eva', '1')), ...notes.items.slice(1)];
  act(() => notes.emit({ kind: 'note' }));
  const news = await screen.findByRole('button', { name: '1 new recording' });
  expect(names()[0]).not.toMatch(/Zorn, Eva/);
  await user.click(news);
  expect(names()[0]).toMatch(/Zorn, Eva/);
});

it('lets older rows in below, also under the pointer', () => {
  const items = [worklistItem(1, {}), worklistItem(2, {}), worklistItem(3, {})];
  const ids = items.map((item) => item.recording);
  expect(settle(ids.slice(0, 2), items, true)).toEqual({ order: ids, waiting: 0 });
});

it('opens a note by keyboard', async () => {
  const notes = new FakeNotes();
  notes.items = [readyItem(1, hale)];
  const { user } = openReview('/', notes);
  await screen.findByText('1 to sign');
  await user.keyboard('{ArrowDown}{Enter}');
  expect(await screen.findByTestId('sign')).toBeVisible();
});

it('says what to expect when there is nothing, and what to do when it fails', async () => {
  const { notes, user } = openReview('/', new FakeNotes());
  expect(await screen.findByText('Nothing to sign')).toBeVisible();
  notes.failure = new ApiProblem('forbidden', 'Ask your administrator.');
  openReview('/signed', notes);
  await user.click(await screen.findByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('Ask your administrator.')).toBeVisible();
});

it('asks for e-mail and password, and says when they are wrong', async () => {
  const { user } = openReview('/', demoNotes('sign-in'));
  await user.type(await screen.findByTestId('sign-in-email'), 'okafor@clinic.example');
  await user.type(screen.getByTestId('sign-in-password'), 'wrong{Enter}');
  expect(await screen.findByText(/not right/)).toBeVisible();
  await user.clear(screen.getByTestId('sign-in-password'));
  await user.type(screen.getByTestId('sign-in-password'), PASSWORD);
  await user.click(screen.getByTestId('sign-in-submit'));
  expect(await screen.findByText('5 to sign')).toBeVisible();
});

it('asks for the password above the page when the session ends midway', async () => {
  const { notes, user } = openReview('/', demoNotes('day'));
  await screen.findByText('5 to sign');
  notes.signedIn = false;
  act(() => notes.emit({ kind: 'recording' }));
  await user.type(await screen.findByTestId('sign-in-password'), `${PASSWORD}{Enter}`);
  await waitFor(() => expect(screen.queryByTestId('sign-in-password')).toBeNull());
  expect(screen.getByText('5 to sign')).toBeVisible();
});
