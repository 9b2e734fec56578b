import { FakeRecorder, hale, idleState, localRecording, lund, okafor } from '@medrecord/core/testing';
import { act, fireEvent, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it, vi } from 'vitest';
import { App } from './App';
import { AUTO_LOCK_MS } from './use-auto-lock';

const withPin = { ...okafor, pin: true };
const locked = { ...idleState(), account: withPin, accounts: [withPin, lund], locked: true };

function open(recorder: FakeRecorder) {
  render(<App backend={recorder} />);
  return userEvent.setup();
}

afterEach(() => vi.useRealTimers());

it('opens with the PIN of whoever it is, by keyboard alone', async () => {
  const recorder = new FakeRecorder(locked);
  const user = open(recorder);
  await user.click(await screen.findByRole('radio', { name: lund.name }));
  await user.type(screen.getByTestId('pin'), '2222{Enter}');
  expect(recorder.commands).toEqual([['unlock', lund.clinician, '2222']]);
  expect(await screen.findByTestId('record')).toHaveTextContent('Record');
  expect(screen.queryByTestId('lock-screen')).toBeNull();
});

it('says that a PIN is wrong, and clears it', async () => {
  const recorder = new FakeRecorder(locked);
  const user = open(recorder);
  recorder.refusal = { code: 'wrong_pin', message: 'This PIN is not the right one.' };
  await user.type(await screen.findByTestId('pin'), '0000{Enter}');
  expect(await screen.findByText('This PIN is not the right one.')).toBeVisible();
  expect(screen.getByTestId('pin')).toHaveValue('');
});

it('records behind the lock, and shows the recording without its patient', async () => {
  const recorder = new FakeRecorder(locked);
  const user = open(recorder);
  await user.click(await screen.findByRole('button', { name: `Record for ${okafor.name}` }));
  expect(recorder.commands).toEqual([['start', null]]);
  expect(await screen.findByTestId('stop')).toBeVisible();
  expect(screen.getByText('Patient hidden')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Add patient' })).toBeNull();
});

it('names whose recording goes on when someone else took over', async () => {
  const take = {
    recording: 'r1',
    whose: lund.name,
    patient: null,
    state: 'recording' as const,
    microphone: 'Yeti Nano',
    recorded_ms: 1000,
    on_disk_ms: 1000,
    on_server_ms: 0,
    level: { peak_db: -10, rms_db: -20, verdict: 'good' as const },
    consent: null,
    continues: null,
    replaces: null,
  };
  open(new FakeRecorder({ ...idleState(), take }));
  expect(await screen.findByText(`Recording of ${lund.name}`)).toBeVisible();
});

it('is handed over from the menu, and back', async () => {
  const recorder = new FakeRecorder({
    ...idleState(),
    account: withPin,
    accounts: [withPin, lund],
    today: [localRecording({ patient: hale })],
  });
  const user = open(recorder);
  await user.click(await screen.findByRole('button', { name: new RegExp(okafor.name) }));
  await user.click(screen.getByRole('menuitem', { name: 'Switch clinician' }));
  expect(screen.queryByText('Hale, Robert')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Back' }));
  expect(screen.getByText('Hale, Robert')).toBeVisible();
});

it('takes a PIN', async () => {
  const recorder = new FakeRecorder();
  const user = open(recorder);
  await user.click(await screen.findByRole('button', { name: new RegExp(okafor.name) }));
  await user.click(screen.getByRole('menuitem', { name: 'Choose a PIN…' }));
  await user.type(screen.getByTestId('new-pin'), '4711{Enter}');
  expect(recorder.commands).toEqual([['setPin', '4711']]);
});

it('makes a report for support, also before anyone has signed in', async () => {
  const recorder = new FakeRecorder({ ...idleState(), account: null, accounts: [], take: null });
  const user = open(recorder);
  await user.click(await screen.findByRole('button', { name: 'Record now, sign in later' }));
  await user.click(screen.getByRole('button', { name: /You and this window/ }));
  expect(screen.queryByRole('menuitem', { name: 'Switch clinician' })).toBeNull();
  await user.click(screen.getByRole('menuitem', { name: 'Report for support' }));
  expect(recorder.commands).toEqual([['saveDiagnostics']]);
});

it('locks by itself when nobody has touched it for ten minutes, and not before', async () => {
  vi.useFakeTimers();
  const recorder = new FakeRecorder({ ...idleState(), account: withPin, accounts: [withPin] });
  await act(async () => render(<App backend={recorder} />));
  await act(() => vi.advanceTimersByTimeAsync(AUTO_LOCK_MS - 1));
  fireEvent.keyDown(window, { key: 'a' });
  await act(() => vi.advanceTimersByTimeAsync(AUTO_LOCK_MS - 1));
  expect(recorder.commands).toEqual([]);
  await act(() => vi.advanceTimersByTimeAsync(1));
  expect(recorder.commands).toEqual([['lock']]);
  expect(screen.getByTestId('lock-screen')).toBeVisible();
});
