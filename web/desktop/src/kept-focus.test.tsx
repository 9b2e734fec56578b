import { FakeRecorder, hale, idleState, localRecording } from '@medrecord/core/testing';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { App } from './App';

const hasPlace = () => {
  expect(document.activeElement).not.toBe(document.body);
  expect(document.activeElement).toBeVisible();
};

it('keeps the keyboard’s place from Record to Stop', async () => {
  render(<App backend={new FakeRecorder(idleState())} />);
  const user = userEvent.setup();
  (await screen.findByTestId('record')).focus();
  await user.keyboard('{Enter}');
  await screen.findByTestId('stop');
  await waitFor(hasPlace);
  screen.getByTestId('consent-given').focus();
  await user.keyboard('{Enter}');
  await waitFor(() => expect(screen.queryByTestId('consent-given')).toBeNull());
  await waitFor(hasPlace);
  screen.getByTestId('stop').focus();
  await user.keyboard('{Enter}');
  await screen.findByTestId('record');
  await waitFor(hasPlace);
});

it('goes to Undo after Discard', async () => {
  const today = [localRecording({ id: 'r1', patient: hale })];
  render(<App backend={new FakeRecorder({ ...idleState(), today })} />);
  const user = userEvent.setup();
  await user.click(await screen.findByTestId('more'));
  screen.getByTestId('discard').focus();
  await user.keyboard('{Enter}');
  await waitFor(() => expect(screen.getByTestId('undo-discard')).toHaveFocus());
});
