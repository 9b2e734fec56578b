// A note's draft for as long as its page is open: fed by the server, saved before leaving.
import type { wire } from '@medrecord/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useBackend } from '../backend-context';
import { keys } from '../queries';
import { Draft, type DraftSnapshot } from './draft';

export function useDraft(note: wire.Note): { draft: Draft; snapshot: DraftSnapshot } {
  const backend = useBackend();
  const client = useQueryClient();
  const [draft] = useState(
    () =>
      new Draft(note, {
        load: () => backend.note(note.id),
        save: async (version, sections) => {
          const saved = await backend.saveNote(note.id, version, { sections });
          client.setQueryData(keys.note(note.id), saved);
          return saved;
        },
      }),
  );
  const snapshot = useSyncExternalStore(draft.subscribe, draft.read);

  useEffect(() => draft.adopt(note), [draft, note]);
  useEffect(() => {
    const retry = () => void draft.flush();
    const warn = (event: BeforeUnloadEvent) => {
      if (!draft.hasUnsaved) return;
      void draft.flush();
      event.preventDefault();
    };
    addEventListener('online', retry);
    addEventListener('beforeunload', warn);
    return () => {
      removeEventListener('online', retry);
      removeEventListener('beforeunload', warn);
      void draft.flush();
    };
  }, [draft]);

  return { draft, snapshot };
}
