import { ApiProblem, words } from '@medrecord/core';
import { sampleNote } from '@medrecord/core/testing';
import { expect, it, vi } from 'vitest';
import { httpBackend } from './http-backend';

function answer(body: unknown, init?: ResponseInit) {
  const fetched = vi.fn<typeof fetch>(async () => new Response(JSON.stringify(body), init));
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

const json = { headers: { 'Content-Type': 'application/json' } };

it('saves with If-Match of the version that was read', async () => {
  const note = sampleNote();
  const fetched = answer(note, json);
  await httpBackend.saveNote(note.id, 3, { sections: note.content.sections });
  const [url, init] = fetched.mock.calls[0] ?? [];
  expect([url, init?.method, new Headers(init?.headers).get('If-Match')]).toEqual([
    `/api/v1/notes/${note.id}`,
    'PUT',
    '"3"',
  ]);
  expect(JSON.parse(init?.body as string)).toEqual({ sections: note.content.sections });
});

it('asks for another try of a recording, and wants no answer but that it was taken', async () => {
  const fetched = vi.fn<typeof fetch>(async () => new Response(null, { status: 204 }));
  vi.stubGlobal('fetch', fetched);
  await httpBackend.retryRecording('r1');
  const [url, init] = fetched.mock.calls[0] ?? [];
  expect([url, init?.method, init?.body]).toEqual(['/api/v1/recordings/r1/retry', 'POST', null]);
});

it('turns a problem into an error with its code', async () => {
  answer(
    { code: 'version_conflict', detail: 'Changed.', request_id: 'r1' },
    { status: 412, headers: { 'Content-Type': 'application/problem+json' } },
  );
  await expect(httpBackend.note('x')).rejects.toMatchObject({
    code: 'version_conflict',
    message: 'Changed.',
    requestId: 'r1',
  });
});

it('takes an answer of a proxy in between for a server that is away, and says what is safe', async () => {
  answer('<html>', { status: 502 });
  await expect(httpBackend.me()).rejects.toMatchObject({
    code: 'unavailable',
    isTransient: true,
    message:
      'The server does not work properly just now. Nothing you saved is lost. Try again in a few minutes.',
  });
});

it('takes a page in the server’s place for no server, and says what to do', async () => {
  for (const status of [200, 403, 413]) {
    vi.stubGlobal('fetch', async () => new Response('<html>', { status }));
    await expect(httpBackend.me()).rejects.toEqual(ApiProblem.notOurs());
  }
});

it('says what is safe first and then what to do, whoever answers instead', () => {
  for (const said of [words.errors.offline, words.errors.notOurs, words.errors.unavailable]) {
    expect(said).toMatch(/Nothing you saved is lost\..*try again/is);
  }
});

it('says offline when there is no answer at all', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')));
  await expect(httpBackend.me()).rejects.toEqual(ApiProblem.offline());
});
