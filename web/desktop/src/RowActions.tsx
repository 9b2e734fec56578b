// What is seldom done with a recording: behind "More", and Discard the last of it.
import { Button, words, type wire } from '@medrecord/core';
import { Trash2 } from 'lucide-react';
import { useRecorder } from './recorder-context';
import styles from './RowActions.module.css';

export interface RowActionsProps {
  recording: wire.LocalRecording;
  onDiscarded: () => void;
}

export function RowActions({ recording, onDiscarded }: RowActionsProps) {
  const { backend, run } = useRecorder();
  const discard = async () => {
    if (await run(() => backend.discard(recording.id))) onDiscarded();
  };
  return (
    <div className={styles['actions']} data-testid="row-actions">
      <Button
        size="small"
        look="quiet"
        icon={<Trash2 aria-hidden />}
        onPress={() => void discard()}
        data-testid="discard"
      >
        {words.trash.discard}
      </Button>
    </div>
  );
}
