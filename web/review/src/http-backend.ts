// The notes' port over HTTP: same origin, cookie session, problems as errors.
import {
  ApiProblem,
  type EventListeners,
  type NotesBackend,
  type Unsubscribe,
  type wire,
  words,
} from '@medrecord/core';

const API = '/api/v1';
const EVENT_KINDS: wire.EventKind[] = ['recording', 'transcript', 'note'];

interface Options {
  method?: 'GET' | 'PUT' | 'POST' | 'PATCH';
  body?: unknown;
  /** The version that a change is made to. */
  version?: number;
}

async function request(path: string, { method = 'GET', body, version }: Options = {}): Promise<Response> {
  const headers = new Headers({ Accept: 'application/json' });
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  if (version !== undefined) headers.set('If-Match', `"${version}"`);
  let response: Response;
  try {
    response = await fetch(API + path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      credentials: 'same-origin',
    });
  } catch {
    throw ApiProblem.offline();
  }
  if (!response.ok) throw await problem(response);
  return response;
}

async function problem(response: Response): Promise<ApiProblem> {
  const isProblem = response.headers.get('Content-Type')?.includes('json') ?? false;
  const body = isProblem ? ((await response.json().catch(() => ({}))) as Partial<wire.Problem>) : {};
  if (body.code !== undefined) return ApiProblem.fromWire(body);
  // A proxy in between answers without a problem: its status is all there is.
  if (response.status === 401) return new ApiProblem('unauthenticated', words.errors.unavailable);
  return response.status >= 500
    ? new ApiProblem('unavailable', words.errors.unavailable)
    : ApiProblem.notOurs();
}

async function json<T>(path: string, options?: Options): Promise<T> {
  const response = await request(path, options);
  try {
    return (await response.json()) as T;
  } catch {
    // A page with status 200: a network that wants a sign-in first.
    throw ApiProblem.notOurs();
  }
}

function page(path: string, cursor: string | null): string {
  return cursor === null ? path : `${path}?cursor=${encodeURIComponent(cursor)}`;
}

/** A browser goes on by itself after a broken line, but not after an answer that is no stream (a proxy's page, 401). */
export const REOPEN_MS = 5_000;

function subscribe({ onEvent, onLive }: EventListeners): Unsubscribe {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    source = new EventSource(`${API}/events`);
    source.onopen = () => onLive(true);
    source.onerror = () => {
      onLive(false);
      // Whoever opens it anew has missed what came meanwhile: `onLive(true)` has everything read again.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, REOPEN_MS);
    };
    for (const kind of EVENT_KINDS) {
      source.addEventListener(kind, (message: MessageEvent<string>) =>
        onEvent(JSON.parse(message.data) as wire.Event),
      );
    }
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

export const httpBackend: NotesBackend = {
  signIn: (email, password) =>
    json('/sign-in', { method: 'POST', body: { email, password } satisfies wire.SignIn }),
  signOut: async () => {
    await request('/sign-out', { method: 'POST' });
  },
  me: () => json('/me'),
  worklist: (cursor) => json(page('/worklist', cursor)),
  recording: (id) => json(`/recordings/${id}`),
  transcript: (id) => json(`/recordings/${id}/transcript`),
  retryRecording: async (id) => {
    await request(`/recordings/${id}/retry`, { method: 'POST' });
  },
  note: (id) => json(`/notes/${id}`),
  saveNote: (id, version, edit) => json(`/notes/${id}`, { method: 'PUT', version, body: edit }),
  draftNote: (id, version) => json(`/notes/${id}/draft`, { method: 'POST', version }),
  signNote: (id, version, password) =>
    json(`/notes/${id}/sign`, { method: 'POST', version, body: { password } satisfies wire.SignNote }),
  devices: (cursor) => json(page('/devices', cursor)),
  renameDevice: (id, name) =>
    json(`/devices/${id}`, { method: 'PATCH', body: { name } satisfies wire.RenameDevice }),
  revokeDevice: (id) => json(`/devices/${id}/revoke`, { method: 'POST' }),
  audioUrl: (id) => `${API}/recordings/${id}/audio`,
  subscribe,
};
