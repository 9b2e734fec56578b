import { FakeRecorder, hale, idleState, localRecording } from '@medrecord/core/testing';
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { App } from './App';

const row = localRecording({ id: 'r1', patient: hale, started_at: '2026-11-24T09:00:00Z' });

function open(state = { ...idleState(), today: [row] }) {
  const recorder = new FakeRecorder(state);
  render(<App backend={recorder} />);
  return { recorder, user: userEvent.setup() };
}

it('discards a recording into the trash, and takes it back at once', async () => {
  const { recorder, user } = open();
  await user.click(await screen.findByTestId('more'));
  await user.click(screen.getByTestId('discard'));
  expect(screen.queryByTestId('recording-row')).toBeNull();
  expect(screen.getByText(/Discarded: Hale, Robert/)).toBeVisible();
  await user.click(screen.getByTestId('undo-discard'));
  expect(screen.getByTestId('recording-row')).toBeVisible();
  expect(recorder.commands).toEqual([
    ['discard', 'r1'],
    ['restore', 'r1'],
  ]);
});

it('says when a discarded recording goes, and restores it from the trash', async () => {
  const { recorder, user } = open();
  await user.click(await screen.findByTestId('more'));
  await user.click(screen.getByTestId('discard'));
  await user.click(screen.getByTestId('open-trash'));
  const trashed = within(await screen.findByTestId('trash-row'));
  expect(trashed.getByText(/goes on 24 Dec 2026/)).toBeVisible();
  await user.click(trashed.getByRole('button', { name: 'Restore Hale, Robert' }));
  expect(recorder.commands.at(-1)).toEqual(['restore', 'r1']);
  expect(await screen.findByText('The trash is empty.')).toBeVisible();
});

it('offers no Discard while recording', async () => {
  const running = localRecording({ id: 'r2', state: 'recording' });
  open({ ...idleState(), today: [running] });
  await screen.findByTestId('recording-row');
  expect(screen.queryByTestId('more')).toBeNull();
  expect(screen.queryByTestId('discard')).toBeNull();
});
