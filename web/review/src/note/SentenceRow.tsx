// One sentence: a click or Enter plays what it rests on; F2, E or a double click edits it in place.
import { duration, words, type Stretch } from '@medrecord/core';
import { Play } from 'lucide-react';
import type { KeyboardEvent } from 'react';
import { isNotDictated, type DraftSentence } from './draft-sections';
import { SentenceEditor } from './SentenceEditor';
import styles from './SentenceRow.module.css';

export interface SentenceRowProps {
  sentence: DraftSentence;
  stretches: readonly Stretch[];
  isCurrent: boolean;
  isEditing: boolean;
  isLocked: boolean;
  /** Whether Tab reaches it: one sentence of the note at a time. */
  isTabStop: boolean;
  onPlay: () => void;
  onSelect: () => void;
  onEdit: () => void;
  onText: (text: string) => void;
  onLeave: () => void;
  onAddBelow: () => void;
}

function origin(sentence: DraftSentence): string | null {
  if (sentence.kind === 'written')
    return sentence.evidence.length > 0 ? words.note.changed : words.note.written;
  if (sentence.kind === 'inferred') return words.note.inferred;
  if (isNotDictated(sentence)) return words.note.notDictated;
  return null;
}

export function SentenceRow(props: SentenceRowProps) {
  const { sentence, stretches, isCurrent, isEditing, isLocked, isTabStop, onPlay, onSelect, onEdit } = props;
  const from = origin(sentence);
  const first = stretches[0];

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' || event.key === ' ') onPlay();
    else if ((event.key === 'F2' || event.key === 'e') && !isLocked) onEdit();
    else return;
    event.preventDefault();
  };

  return (
    <li
      className={styles['row']}
      data-current={isCurrent || undefined}
      data-unsupported={isNotDictated(sentence) || undefined}
    >
      {isEditing ? (
        <SentenceEditor
          text={sentence.text}
          onText={props.onText}
          onLeave={props.onLeave}
          onAddBelow={props.onAddBelow}
        />
      ) : (
        <div
          role="button"
          tabIndex={isTabStop ? 0 : -1}
          aria-pressed={isCurrent}
          className={styles['sentence']}
          data-testid="note-sentence"
          data-key={sentence.key}
          data-evidence={sentence.evidence.map((item) => item.seq).join(',')}
          onClick={onPlay}
          onDoubleClick={isLocked ? undefined : onEdit}
          onFocus={onSelect}
          onKeyDown={onKeyDown}
        >
          {sentence.text}
          {from !== null && <span className={styles['origin']}> {from}</span>}
        </div>
      )}
      <span className={styles['times']} aria-hidden>
        {first && (
          <>
            <Play />
            {duration(first.startMs)}
          </>
        )}
      </span>
    </li>
  );
}
