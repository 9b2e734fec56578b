import { FakeRecorder, idleState, okafor } from '@medrecord/core/testing';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { App } from './App';

const { server } = okafor;
const PEM = '-----BEGIN CERTIFICATE-----';
const unknown = { code: 'certificate_unknown', message: 'Something answers that is not trusted.' };
const nobody = { ...idleState(), account: null, accounts: [], connection: 'not_enrolled' as const };

function open(recorder: FakeRecorder) {
  render(<App backend={recorder} />);
  return userEvent.setup();
}

async function signInRefused(recorder: FakeRecorder) {
  const user = open(recorder);
  await user.type(await screen.findByTestId('enrol-server'), `${server}/`);
  expect(screen.queryByTestId('choose-certificate')).toBeNull();
  recorder.refusal = unknown;
  await user.click(screen.getByTestId('enrol-submit'));
  return user;
}

async function openFromMenu(recorder: FakeRecorder) {
  const user = open(recorder);
  await user.click(await screen.findByRole('button', { name: new RegExp(okafor.name) }));
  await user.click(screen.getByRole('menuitem', { name: 'Server certificate…' }));
  expect(await screen.findByRole('heading', { name: 'Server certificate' })).toBeVisible();
  return user;
}

async function choose(user: ReturnType<typeof userEvent.setup>) {
  const chooser = (await screen.findByTestId('choose-certificate')).parentElement?.querySelector('input');
  await user.upload(chooser as HTMLInputElement, new File([PEM], 'ca.pem'));
  expect(await screen.findByText(/^00:07:0E:/)).toBeVisible();
}

it('asks for the certificate of a clinic that nobody vouches for', async () => {
  const recorder = new FakeRecorder(nobody);
  const user = await signInRefused(recorder);
  await choose(user);
  expect(recorder.commands.at(-1)).toEqual(['fingerprint', PEM]);
  await user.click(screen.getByTestId('trust'));
  expect(await screen.findByText(/trusts your clinic’s certificate, and no other/)).toBeVisible();
  expect(recorder.commands.at(-1)).toEqual(['trust', server, PEM]);
});

it('offers the way back to whoever cannot sign in with what was chosen before', async () => {
  const recorder = new FakeRecorder({ ...nobody, own_authorities: [server] });
  const user = await signInRefused(recorder);
  await user.click(await screen.findByTestId('go-back'));
  await user.click(screen.getByTestId('trust-system'));
  expect(recorder.commands.at(-1)).toEqual(['trust', server, null]);
  expect(await screen.findByTestId('choose-certificate')).toBeVisible();
});

it('says what happens before it goes back to the certificates of the system', async () => {
  const recorder = new FakeRecorder({ ...idleState(), own_authorities: [server] });
  const user = await openFromMenu(recorder);
  expect(screen.getByText(/trusts your clinic’s certificate, and no other/)).toBeVisible();
  await user.click(screen.getByTestId('go-back'));
  expect(screen.getByText(/^All recordings are kept\..* ask your administrator first\.$/)).toBeVisible();
  await user.click(screen.getByTestId('keep-clinics'));
  expect(recorder.commands).toEqual([]);
  await user.click(screen.getByTestId('go-back'));
  await user.click(screen.getByTestId('trust-system'));
  expect(recorder.commands).toEqual([['trust', server, null]]);
  expect(await screen.findByText(/trusts the certificates that its system knows/)).toBeVisible();
  await choose(user);
  await user.click(screen.getByTestId('trust'));
  expect(recorder.commands.at(-1)).toEqual(['trust', server, PEM]);
  expect(await screen.findByTestId('go-back')).toBeVisible();
});

it('says why it does not go back', async () => {
  const recorder = new FakeRecorder({ ...idleState(), own_authorities: [server] });
  const user = await openFromMenu(recorder);
  await user.click(screen.getByTestId('go-back'));
  recorder.refusal = { code: 'locked', message: 'The window is locked.' };
  await user.click(screen.getByTestId('trust-system'));
  expect(await screen.findByText('The window is locked.')).toBeVisible();
  expect(screen.getByTestId('go-back')).toBeVisible();
});

it('does not ask nobody whom to trust', async () => {
  const user = open(new FakeRecorder(nobody));
  await user.click(await screen.findByRole('button', { name: 'Record now, sign in later' }));
  await user.click(screen.getByRole('button', { name: /You and this window/ }));
  expect(screen.queryByRole('menuitem', { name: 'Server certificate…' })).toBeNull();
});
