import { demoRecorder, FakeRecorder, hale, idleState, localRecording } from '@medrecord/core/testing';
import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { App } from './App';

const take = {
  recording: 'r1',
  whose: null,
  patient: hale,
  state: 'recording' as const,
  microphone: 'Yeti Nano',
  recorded_ms: 252_400,
  on_disk_ms: 252_000,
  on_server_ms: 230_000,
  level: { peak_db: -10, rms_db: -20, verdict: 'good' as const },
  consent: null,
  continues: null,
  replaces: null,
};

function open(recorder = new FakeRecorder()) {
  render(<App backend={recorder} />);
  return { recorder, user: userEvent.setup() };
}

it('starts with the patient that was typed, by Enter or by Record', async () => {
  const { recorder, user } = open();
  expect(await screen.findByTestId('patient-name')).toHaveFocus();
  await user.keyboard('Hale, Robert{Tab}004512');
  await user.click(screen.getByTestId('record'));
  expect(recorder.commands).toEqual([
    ['start', expect.objectContaining({ name: 'Hale, Robert', mrn: '004512' })],
  ]);
  expect(await screen.findByTestId('stop')).toBeVisible();
});

it('starts without a patient when nothing was typed, and says so before', async () => {
  const { recorder, user } = open();
  expect(await screen.findByTestId('record')).toHaveTextContent('Record without a patient');
  await user.click(await screen.findByTestId('record'));
  expect(recorder.commands).toEqual([['start', null]]);
});

it('shows who it will be about, large, before the first word, and takes no impossible birth date', async () => {
  const { recorder, user } = open();
  await user.type(await screen.findByTestId('patient-name'), 'Hale, Robert');
  await user.type(screen.getByTestId('patient-birth-date'), '1958-02-30');
  expect(screen.getByTestId('record')).toBeDisabled();
  await user.clear(screen.getByTestId('patient-birth-date'));
  await user.type(screen.getByTestId('patient-birth-date'), '1958-03-03');
  expect(screen.getByText('Hale, Robert')).toBeVisible();
  expect(screen.getByText('3 Mar 1958')).toBeVisible();
  await user.click(screen.getByTestId('record'));
  expect(recorder.commands).toEqual([
    ['start', expect.objectContaining({ name: 'Hale, Robert', birth_date: '1958-03-03' })],
  ]);
});

it('shows a recording from the state alone, as after a reload', async () => {
  open(new FakeRecorder({ ...idleState(), take }));
  expect(await screen.findByTestId('timer')).toHaveTextContent('04:12');
  expect(screen.getByText('Hale, Robert')).toBeVisible();
  expect(screen.getByTestId('level')).toHaveTextContent('good level');
  const numbers = ['recorded', 'disk', 'server'].map(
    (key) => document.querySelector(`[data-number="${key}"] dd`)?.textContent,
  );
  expect(numbers).toEqual(['04:12', '04:12', '03:50']);
});

it('pauses, goes on and stops', async () => {
  const { recorder, user } = open(new FakeRecorder({ ...idleState(), take }));
  await user.click(await screen.findByTestId('pause'));
  expect(screen.getByTestId('pause')).toHaveTextContent('Go on');
  await user.click(screen.getByTestId('pause'));
  await user.click(screen.getByTestId('stop'));
  expect(recorder.commands.map(([name]) => name)).toEqual(['pause', 'resume', 'stop']);
  expect(await screen.findByTestId('record')).toBeVisible();
  expect(screen.getByTestId('recording-row')).toHaveTextContent('Hale, Robert');
});

it('shows the note of the newest recording when it is ready, and opens it in the browser', async () => {
  const { recorder, user } = open();
  await screen.findByTestId('record');
  const ready = localRecording({ state: 'note_ready', note: 'n1', note_text: 'Plan\nRest.' });
  act(() => recorder.become({ today: [ready] }));
  expect(screen.getByTestId('note-text')).toHaveTextContent('Rest.');
  expect(screen.getByTestId('note-text')).toBeVisible();
  await user.click(screen.getByTestId('open-note'));
  expect(recorder.commands).toEqual([['openNote', 'n1']]);
});

it('copies a draft with a first line that says so', async () => {
  const { user } = open(
    new FakeRecorder({ ...idleState(), today: [localRecording({ state: 'note_ready', note_text: 'Plan' })] }),
  );
  await user.click(await screen.findByRole('button', { name: 'Copy' }));
  expect(await navigator.clipboard.readText()).toMatch(/^DRAFT.*not signed[^\n]*\n\nPlan$/);
});

it('says calmly that it is offline, and that nothing is lost', async () => {
  open(demoRecorder('captive-portal'));
  const line = await screen.findByText(
    /kept on this computer and is sent later by itself; 2 recordings wait/,
  );
  expect(line).toBeVisible();
  expect(line).toHaveTextContent(/^Offline\. .*sign in to this network in the browser/);
});

it('says once that the sign-in has ended, and offers to sign in beside it', async () => {
  const { user } = open(demoRecorder('sign-in-again'));
  const line = await screen.findByText(/recording goes on\. Your sign-in here has ended/);
  expect(screen.getAllByText(/sign in again to send them/i)).toEqual([line]);
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByTestId('enrol-password')).toHaveFocus();
});

it('says of a refused recording where it is and what to do, and exports it with one press', async () => {
  const { recorder, user } = open(demoRecorder('wedged'));
  const row = within(await screen.findByTestId('recording-row'));
  expect(row.getByText(/^This recording could not be sent and is kept on this computer\./)).toBeVisible();
  await user.click(row.getByTestId('export-refused'));
  await user.click(row.getByRole('button', { name: 'Send again' }));
  expect(recorder.commands.map(([name]) => name)).toEqual(['exportAudio', 'retry']);
  expect(await screen.findByText(/^Saved as /)).toBeVisible();
});

it('names a recording that the server lost, with its day, and does not call it unsent', async () => {
  open(demoRecorder('lost'));
  const row = within(await screen.findByTestId('recording-row'));
  expect(row.getByText('lost on the server')).toBeVisible();
  expect(row.getByText(/^\d{1,2} [A-Z][a-z]+$/)).toBeVisible();
  expect(row.getByRole('button', { name: 'Look again' })).toBeVisible();
  expect(row.queryByTestId('export-refused')).toBeNull();
});

it('keeps several lines of one kind', async () => {
  const recovered = (text: string) => ({ severity: 'notice' as const, code: 'recovered', text });
  open(
    new FakeRecorder({ ...idleState(), warnings: [recovered('Up to 02:10.'), recovered('Up to 00:40.')] }),
  );
  expect(await screen.findByText('Up to 02:10.')).toBeVisible();
  expect(screen.getByText('Up to 00:40.')).toBeVisible();
});

it('keeps an alarm until it ends', async () => {
  const { recorder } = open(new FakeRecorder({ ...idleState(), take }));
  await screen.findByTestId('timer');
  act(() =>
    recorder.become({
      warnings: [{ severity: 'alarm', code: 'microphone_lost', text: 'Unplugged at 04:12.' }],
    }),
  );
  expect(screen.getByRole('alert')).toHaveTextContent('Unplugged at 04:12.');
  act(() => recorder.become({ warnings: [] }));
  expect(screen.queryByRole('alert')).toBeNull();
});

it('says why a command was refused', async () => {
  const { recorder, user } = open();
  recorder.refusal = { code: 'disk_full', message: 'This computer has space for 12 minutes.' };
  await user.click(await screen.findByTestId('record'));
  expect(await screen.findByText(/space for 12 minutes/)).toBeVisible();
});

it('enrols once, and lets one record before that', async () => {
  const { recorder, user } = open(
    new FakeRecorder({ ...idleState(), account: null, connection: 'not_enrolled' }),
  );
  await user.type(await screen.findByTestId('enrol-server'), 'https://medrecord.example.org');
  await user.type(screen.getByTestId('enrol-email'), 'okafor@clinic.example');
  await user.type(screen.getByTestId('enrol-password'), 'secret');
  await user.click(screen.getByTestId('enrol-submit'));
  expect(recorder.commands[0]).toEqual([
    'enrol',
    expect.objectContaining({ server: 'https://medrecord.example.org', password: 'secret' }),
  ]);
  expect(await screen.findByTestId('record')).toBeVisible();
});

it('says why it could not sign in, what to check, and that one may record meanwhile', async () => {
  const { recorder, user } = open(
    new FakeRecorder({ ...idleState(), account: null, connection: 'not_enrolled' }),
  );
  recorder.refusal = { code: 'offline', message: 'There is no connection to the server.' };
  await user.type(await screen.findByTestId('enrol-password'), 'secret{Enter}');
  expect(
    await screen.findByText(/^There is no connection .* server address too.*record now and sign in later\.$/),
  ).toBeVisible();
});

it('adds a patient to a recording that has none', async () => {
  const { recorder, user } = open(
    new FakeRecorder({ ...idleState(), today: [localRecording({ id: 'r7' })] }),
  );
  const row = within(await screen.findByTestId('recording-row'));
  await user.click(row.getByRole('button', { name: 'Add patient' }));
  await user.type(row.getByTestId('patient-name'), 'Mori, Aiko{Enter}');
  expect(recorder.commands).toEqual([
    ['setPatient', 'r7', expect.objectContaining({ name: 'Mori, Aiko', mrn: null })],
  ]);
});
