// Saves a recording's sound as a file, and says where it is.
import { Notice, words, type wire } from '@medrecord/core';
import { useState, type ReactNode } from 'react';
import { useRecorder } from './recorder-context';

export interface Export {
  save: (format: wire.AudioFormat) => Promise<boolean>;
  /** Where it is, once it is there. */
  notice: ReactNode;
}

export function useExport(recording: string): Export {
  const { backend, run } = useRecorder();
  const [savedAs, setSavedAs] = useState<string | null>(null);
  return {
    save: (format) => run(async () => setSavedAs(await backend.exportAudio(recording, format))),
    notice: savedAs !== null && <Notice tone="notice">{words.exported.done(savedAs)}</Notice>,
  };
}
