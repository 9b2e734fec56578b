// A sound file from elsewhere, chosen or dropped on the list, becomes a recording.
import { Button, Notice, timer, words } from '@medrecord/core';
import { FileInput } from 'lucide-react';
import { useState, type DragEvent, type ReactNode } from 'react';
import { FileTrigger } from 'react-aria-components';
import { useRecorder } from './recorder-context';

const KINDS = ['audio/*', '.wav', '.flac', '.mp3', '.m4a', '.ogg', '.oga', '.opus', '.webm'];
const LARGEST = 500_000_000;

export interface FileImport {
  /** For the list's header. */
  button: ReactNode;
  /** What came of it, until the next one. */
  notice: ReactNode;
  /** For what files may be dropped on. */
  dropTarget: {
    onDragOver: (event: DragEvent) => void;
    onDrop: (event: DragEvent) => void;
  };
}

export function useFileImport(): FileImport {
  const { backend, run } = useRecorder();
  const [isBusy, setBusy] = useState(false);
  const [told, setTold] = useState<string | null>(null);

  const take = async (file: File | undefined) => {
    if (!file || isBusy) return;
    if (file.size > LARGEST) {
      setTold(words.imported.tooLarge);
      return;
    }
    setBusy(true);
    setTold(null);
    await run(async () => {
      const { broken_at_ms: at } = await backend.importFile(file, null);
      if (at !== null) setTold(words.imported.broken(timer(at)));
    });
    setBusy(false);
  };

  return {
    button: (
      <FileTrigger acceptedFileTypes={KINDS} onSelect={(files) => void take(files?.[0])}>
        <Button
          look="quiet"
          size="small"
          icon={<FileInput aria-hidden />}
          aria-label={words.imported.label}
          isDisabled={isBusy}
          data-testid="import"
        >
          {isBusy ? words.imported.busy : words.imported.open}
        </Button>
      </FileTrigger>
    ),
    notice: told !== null && (
      <Notice tone="warning" code="import">
        {told}
      </Notice>
    ),
    dropTarget: {
      onDragOver: (event) => {
        if (event.dataTransfer.types.includes('Files')) event.preventDefault();
      },
      onDrop: (event) => {
        event.preventDefault();
        void take(event.dataTransfer.files[0]);
      },
    },
  };
}
