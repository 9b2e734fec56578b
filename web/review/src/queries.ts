// What the pages read, by key; what the server's events make stale.
import { ApiProblem, type NotesBackend, type wire } from '@medrecord/core';
import { QueryCache, QueryClient, useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import { useBackend } from './backend-context';

const TRIES = 3;

/** Workstations report once a minute. */
const DEVICES_EVERY_MS = 60_000;

export const keys = {
  me: ['me'] as const,
  worklist: ['worklist'] as const,
  devices: ['devices'] as const,
  recording: (id: string) => ['recording', id] as const,
  transcript: (id: string) => ['transcript', id] as const,
  note: (id: string) => ['note', id] as const,
};

/** `onSignedOut` is told whenever an answer says that the session is over. */
export function makeQueryClient(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (ApiProblem.from(error).code === 'unauthenticated') onSignedOut();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (count, error) => ApiProblem.from(error).isTransient && count < TRIES,
        // Ours, not the browser's guess: a clinic's server may be reachable without the internet.
        networkMode: 'always',
      },
    },
  });
}

export function useWorklist() {
  const backend = useBackend();
  return useInfiniteQuery({
    queryKey: keys.worklist,
    queryFn: ({ pageParam }) => backend.worklist(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page: wire.Page<wire.WorklistItem>) => page.next,
  });
}

/** All workstations, read anew each minute unless somebody is at one of them. */
export function useDevices(isHeld: boolean) {
  const backend = useBackend();
  return useQuery({
    queryKey: keys.devices,
    queryFn: async () => {
      const devices: wire.Device[] = [];
      let cursor: string | null = null;
      do {
        const page: wire.Page<wire.Device> = await backend.devices(cursor);
        devices.push(...page.items);
        cursor = page.next;
      } while (cursor !== null);
      return devices;
    },
    refetchInterval: isHeld ? false : DEVICES_EVERY_MS,
  });
}

export function useNote(id: string) {
  const backend = useBackend();
  return useQuery({ queryKey: keys.note(id), queryFn: () => backend.note(id) });
}

function recordingQuery(backend: NotesBackend, id: string) {
  return { queryKey: keys.recording(id), queryFn: () => backend.recording(id) };
}

export function useRecording(id: string) {
  return useQuery(recordingQuery(useBackend(), id));
}

/** Those of a note's recordings that do not go on by themselves. */
export function useStuck(ids: readonly string[]): wire.Recording[] {
  const backend = useBackend();
  return useQueries({
    queries: ids.map((id) => recordingQuery(backend, id)),
    combine: (results) => results.flatMap(({ data }) => (data?.stage === 'stuck' ? [data] : [])),
  });
}

function transcriptQuery(backend: NotesBackend, id: string) {
  return { queryKey: keys.transcript(id), queryFn: () => backend.transcript(id) };
}

/** The transcripts of a note's recordings, in their order. */
export function useTranscripts(ids: readonly string[]) {
  const backend = useBackend();
  return useQueries({
    queries: ids.map((id) => transcriptQuery(backend, id)),
    combine: (results) => ({
      transcripts: new Map(results.flatMap(({ data }) => (data ? [[data.recording, data] as const] : []))),
      isPending: results.some((result) => result.isPending),
      error: results.find((result) => result.error !== null)?.error ?? null,
      refetch: () => results.forEach((result) => void result.refetch()),
    }),
  });
}

/** The keys that an event makes stale. */
export function staleKeys(event: wire.Event): (readonly string[])[] {
  const stale: (readonly string[])[] = [keys.worklist];
  if (event.recording) stale.push(keys.recording(event.recording));
  if (event.recording && event.kind === 'transcript') stale.push(keys.transcript(event.recording));
  if (event.note && event.kind === 'note') stale.push(keys.note(event.note));
  return stale;
}
