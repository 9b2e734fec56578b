// The sentence as a field, in the same place and type. Esc or Enter leaves; what was typed is kept.
import { words } from '@medrecord/core';
import { useLayoutEffect, useRef, type KeyboardEvent } from 'react';
import styles from './SentenceRow.module.css';

export interface SentenceEditorProps {
  text: string;
  onText: (text: string) => void;
  onLeave: () => void;
  onAddBelow: () => void;
}

export function SentenceEditor({ text, onText, onLeave, onAddBelow }: SentenceEditorProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.focus();
    element.setSelectionRange(element.value.length, element.value.length);
  }, []);
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) onAddBelow();
    else if (event.key === 'Enter' || event.key === 'Escape') onLeave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <textarea
      ref={field}
      className={styles['editor']}
      rows={1}
      value={text}
      aria-label={words.note.editing}
      data-testid="sentence-editor"
      onChange={(event) => onText(event.target.value.replaceAll('\n', ' '))}
      onKeyDown={onKeyDown}
      onBlur={onLeave}
    />
  );
}
