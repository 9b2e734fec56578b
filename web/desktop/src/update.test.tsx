import { demoRecorder, FakeRecorder, idleState } from '@medrecord/core/testing';
import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { App } from './App';

const ready = { state: 'ready', version: '0.2.0' } as const;

function open(recorder: FakeRecorder) {
  render(<App backend={recorder} />);
  return userEvent.setup();
}

it('says which version this is, and installs the next one only when it is told to', async () => {
  const recorder = new FakeRecorder();
  const user = open(recorder);
  expect(await screen.findByTestId('version')).toHaveTextContent('Version 0.1.0 · up to date');
  expect(screen.queryByTestId('install-update')).toBeNull();
  act(() => recorder.become({ update: ready }));
  expect(screen.getByTestId('version')).toHaveTextContent('Version 0.2.0 is ready to install');
  expect(recorder.commands).toEqual([]);
  await user.click(screen.getByTestId('install-update'));
  expect(recorder.commands).toEqual([['installUpdate']]);
  expect(screen.getByTestId('version')).toHaveTextContent('Getting version 0.2.0: 0 %');
  expect(screen.queryByTestId('install-update')).toBeNull();
});

it('says why it is not installed, and offers it again', async () => {
  const recorder = new FakeRecorder({ ...idleState(), update: ready });
  const user = open(recorder);
  const message =
    'Nothing was installed, and MedRecord works as before. The server did not give version 0.2.0.';
  recorder.refusal = { code: 'update_not_fetched', message };
  await user.click(await screen.findByTestId('install-update'));
  expect(await screen.findByText(message)).toBeVisible();
  expect(screen.getByTestId('install-update')).toBeEnabled();
});

it('shows nothing of updates while it records', async () => {
  const recorder = new FakeRecorder({ ...idleState(), update: ready });
  open(recorder);
  await screen.findByTestId('record');
  await act(() => recorder.start(null));
  expect(await screen.findByTestId('stop')).toBeVisible();
  expect(screen.queryByTestId('version')).toBeNull();
  expect(screen.queryByTestId('install-update')).toBeNull();
});

it('offers the update beside the word that this version is too old for the server', async () => {
  const recorder = demoRecorder('update-required');
  const user = open(recorder);
  const said = await screen.findByText(/too old for the server/);
  const notice = said.closest<HTMLElement>('[data-code=update_required]');
  if (!notice) throw new Error('the line has a code');
  await user.click(within(notice).getByTestId('install-update'));
  expect(recorder.commands).toEqual([['installUpdate']]);
});
