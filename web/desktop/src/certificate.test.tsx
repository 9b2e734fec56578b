import { FakeRecorder, idleState } from '@medrecord/core/testing';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { App } from './App';

it('asks for the certificate of a clinic that nobody vouches for', async () => {
  const recorder = new FakeRecorder({ ...idleState(), account: null, connection: 'not_enrolled' });
  render(<App backend={recorder} />);
  const user = userEvent.setup();
  const server = 'https://medrecord.clinic.example';
  await user.type(await screen.findByTestId('enrol-server'), server);
  expect(screen.queryByTestId('choose-certificate')).toBeNull();
  recorder.refusal = { code: 'certificate_unknown', message: 'Something answers that is not trusted.' };
  await user.click(screen.getByTestId('enrol-submit'));
  const file = new File(['-----BEGIN CERTIFICATE-----'], 'ca.pem');
  const chooser = (await screen.findByTestId('choose-certificate')).parentElement?.querySelector('input');
  await user.upload(chooser as HTMLInputElement, file);
  expect(await screen.findByText(/^00:07:0E:/)).toBeVisible();
  expect(recorder.commands.at(-1)).toEqual(['fingerprint', '-----BEGIN CERTIFICATE-----']);
  await user.click(screen.getByTestId('trust'));
  expect(await screen.findByText(/trusted for this server now/)).toBeVisible();
  expect(recorder.commands.at(-1)).toEqual(['trust', server, '-----BEGIN CERTIFICATE-----']);
});
