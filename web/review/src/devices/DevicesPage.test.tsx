import { ApiProblem } from '@medrecord/core';
import { demoNotes, device, FakeNotes, sampleDevices } from '@medrecord/core/testing';
import { screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { openReview } from '../testing';

const rows = () => screen.getAllByTestId('device-row').map((row) => row.textContent);

function clinic() {
  const notes = new FakeNotes();
  notes.devicesHeld = sampleDevices();
  return notes;
}

it('shows those that need a look first and revoked ones last, each with its state in words', async () => {
  const { user } = openReview('/', clinic());
  await user.click(await screen.findByRole('link', { name: 'Workstations' }));
  expect(await screen.findByText('7 workstations · 3 need a look')).toBeVisible();
  const shown = rows();
  expect(shown[0]).toMatch(
    /Room 4.*linux.*could not be sent.*Its window says why, where it is and what to do\./,
  );
  expect(shown[1]).toMatch(/Room 5.*clock is 7 min fast.*Recordings are safe\. Set its clock\./);
  expect(shown[2]).toMatch(
    /Ward 2, left.*seen 3 days ago.*3 wait, oldest 4 days.*Kept on it\. Is it switched on/,
  );
  expect(shown[3]).toMatch(/Room 1.*0\.1\.0.*all on the server/);
  expect(shown.at(-1)).toMatch(/Lent notebook.*revoked 9 days ago/);
});

it('says what is safe before it revokes, and does it only when asked', async () => {
  const notes = clinic();
  const { user } = openReview('/workstations', notes);
  await user.click(await screen.findByRole('button', { name: 'Revoke Ward 2, left' }));
  const sheet = screen.getByRole('dialog');
  expect(sheet).toHaveTextContent(/unsent recordings stay encrypted on it and are sent once .* signed in/);
  expect(sheet).toHaveTextContent('3 recordings were waiting on it');
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(notes.devicesHeld[2]?.revoked_at).toBeNull();

  await user.click(screen.getByRole('button', { name: 'Revoke Ward 2, left' }));
  await user.click(screen.getByTestId('device-revoke-confirm'));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  const row = screen.getAllByTestId('device-row').find((found) => found.textContent.includes('Ward 2'));
  expect(row).toHaveTextContent('revoked');
  expect(within(row as HTMLElement).queryByTestId('device-revoke')).toBeNull();
});

it('renames by keyboard alone, and keeps the sheet when it fails', async () => {
  const notes = clinic();
  const { user } = openReview('/workstations', notes);
  await screen.findByText(/7 workstations/);
  await user.keyboard('{ArrowDown}{Enter}');
  const field = await screen.findByTestId('device-name');
  await user.clear(field);
  notes.failure = new ApiProblem('offline', 'The server cannot be reached.');
  await user.type(field, 'Theatre 1{Enter}');
  expect(await screen.findByText('The server cannot be reached.')).toBeVisible();
  notes.failure = null;
  await user.type(field, '{Enter}');
  expect(await screen.findByText('Theatre 1')).toBeVisible();
});

it('tells a clinician that others go on, and an admin that nobody does', async () => {
  const notes = clinic();
  const { user } = openReview('/workstations', notes);
  await user.click(await screen.findByRole('button', { name: 'Revoke Room 1' }));
  expect(screen.getByRole('dialog')).toHaveTextContent('Others who use it go on');
  await user.keyboard('{Escape}');
});

it('tells an admin that a revoked workstation stops for everybody', async () => {
  const notes = clinic();
  notes.who = { ...notes.who, role: 'admin' };
  const { user } = openReview('/workstations', notes);
  await user.click(await screen.findByRole('button', { name: 'Revoke Room 1' }));
  expect(screen.getByRole('dialog')).toHaveTextContent('for everybody who uses it');
});

it('says when there is none, when it is loading, and when it fails', async () => {
  const first = openReview('/workstations', new FakeNotes());
  expect(await screen.findByText('No workstations yet')).toBeVisible();
  first.notes.failure = new ApiProblem('forbidden', 'Ask your administrator.');
  openReview('/workstations', first.notes);
  expect(await screen.findByText('Ask your administrator.')).toBeVisible();
  openReview('/workstations', demoNotes('loading'));
  expect(await screen.findByRole('status', { name: 'Loading the workstations' })).toBeVisible();
});

it('shows a hundred of very many, more when asked, and finds each by its name', async () => {
  const notes = new FakeNotes();
  notes.devicesHeld = Array.from({ length: 1200 }, (_, number) => device(number + 1000));
  const { user } = openReview('/workstations', notes);
  expect(await screen.findByText('1200 workstations')).toBeVisible();
  expect(rows()).toHaveLength(100);
  await user.click(screen.getByRole('button', { name: 'Show more (1100 left)' }));
  expect(rows()).toHaveLength(200);
  await user.keyboard('/');
  await user.paste('Room 2150');
  await waitFor(() => expect(rows()).toHaveLength(1));
});
