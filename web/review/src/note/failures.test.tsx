// What a clinician reads in a note when something fails: what is safe, what happened, what to do.
import { ApiProblem } from '@medrecord/core';
import { PASSWORD } from '@medrecord/core/testing';
import { fireEvent, screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { NOTE_PATH, openReview } from '../testing';

const broken = new ApiProblem(
  'internal',
  'Something went wrong on the server. Nothing that was saved is lost.',
  '0193b1a0-77aa',
);

async function openNote() {
  const opened = openReview(NOTE_PATH);
  await screen.findAllByTestId('note-sentence');
  return opened;
}

async function type(user: Awaited<ReturnType<typeof openNote>>['user']) {
  screen.getAllByTestId('note-sentence')[0]?.focus();
  await user.keyboard('e');
  await user.type(screen.getByRole('textbox', { name: 'Edit the sentence' }), ' More.');
}

it('keeps what is typed while the server is away, and asks to leave the window open', async () => {
  const { notes, user } = await openNote();
  notes.failure = ApiProblem.offline();
  await type(user);
  expect(
    await screen.findByText(
      /^This is not saved yet\. What you typed is kept in this window .* leave it open\.$/,
    ),
  ).toBeVisible();
});

it('says that it is still here when it is refused, why, and offers to try again', async () => {
  const { notes, user } = await openNote();
  notes.failure = new ApiProblem('invalid', 'Nothing was changed: at most 100 sections.');
  await type(user);
  const line = await screen.findByText(
    'What you typed is still here, but it is not saved. Nothing was changed: at most 100 sections.',
  );
  expect(line).toBeVisible();
  expect(screen.getByRole('button', { name: 'Try again' })).toBeVisible();
});

it('says that the note is not signed, and gives the reference that support asks for', async () => {
  const { notes, user } = await openNote();
  await user.click(screen.getByRole('button', { name: 'Sign…' }));
  notes.failure = broken;
  await user.type(await screen.findByTestId('sign-password'), `${PASSWORD}{Enter}`);
  const sheet = within(screen.getByRole('dialog'));
  expect(
    await sheet.findByText(
      'The note is not signed. Something went wrong on the server. Nothing that was saved is lost. Reference for support: 0193b1a0-77aa.',
    ),
  ).toBeVisible();
});

it('says that the sound is safe when it cannot be loaded', async () => {
  await openNote();
  fireEvent.error(screen.getByTestId('player'));
  expect(await screen.findByText(/could not be loaded\. The recording is safe on the server/)).toBeVisible();
});
