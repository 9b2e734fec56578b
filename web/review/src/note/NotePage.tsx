// One note beside its transcript, with the sound.
import { ErrorState, Skeleton, words } from '@medrecord/core';
import { useNote } from '../queries';
import styles from './NotePage.module.css';
import { NoteView } from './NoteView';

export function NotePage({ id }: { id: string }) {
  const note = useNote(id);
  if (note.data) return <NoteView note={note.data} />;
  return (
    <main className={styles['waiting']}>
      {note.error ? (
        <ErrorState error={note.error} onRetry={() => void note.refetch()} />
      ) : (
        <Skeleton label={words.note.loading} lines={12} look="text" />
      )}
    </main>
  );
}
