// The note's text: sections of sentences, one of them current, at most one being edited.
import { Button, dateAndClock, Notice, stretches, templateName, words } from '@medrecord/core';
import { ChevronDown, ChevronUp } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { moveFocus } from '../use-keys';
import type { Draft, DraftSnapshot } from './draft';
import { isNotDictated } from './draft-sections';
import styles from './NotePage.module.css';
import { SectionBlock } from './SectionBlock';
import { SentenceRow } from './SentenceRow';
import type { EvidenceState } from './use-evidence';

const UNSUPPORTED = '[data-testid="note-sentence"][data-evidence=""]';

export interface NotePaneProps {
  draft: Draft;
  snapshot: DraftSnapshot;
  evidence: EvidenceState;
  notice: ReactNode;
}

export function NotePane({ draft, snapshot, evidence, notice }: NotePaneProps) {
  const { note, sections } = snapshot;
  const [editing, setEditing] = useState<string | null>(null);
  const [left, setLeft] = useState<string | null>(null);
  const isLocked = snapshot.save === 'signed';
  const sentences = sections.flatMap((section) => section.sentences);
  const unsupported = sentences.filter(isNotDictated).length;
  const tabStop = sentences.some((sentence) => sentence.key === evidence.current)
    ? evidence.current
    : (sentences[0]?.key ?? null);

  // Back to the sentence that was left, so that the keyboard goes on from there.
  useEffect(() => {
    if (left !== null && editing === null)
      document.querySelector<HTMLElement>(`[data-key="${left}"]`)?.focus();
  }, [left, editing]);

  const leave = (key: string) => {
    draft.leave(key);
    setEditing((current) => (current === key ? null : current));
    setLeft(key);
  };
  const add = (section: number, after: string | null) => {
    setLeft(null);
    setEditing(draft.add(section, after));
  };

  return (
    <section className={styles['note']} aria-labelledby="note-heading">
      {notice}
      {note.signature && (
        <Notice tone="notice">{`${words.sign.by(note.signature.name, dateAndClock(note.signature.at))}. ${words.sign.locked}`}</Notice>
      )}
      <div className={styles['heading']}>
        <h2 id="note-heading">{templateName(note.content.template) || words.note.heading}</h2>
        <time dateTime={note.recorded_at}>{dateAndClock(note.recorded_at)}</time>
        {unsupported > 0 && (
          <span className={styles['check']}>
            {words.note.toCheck(unsupported)}
            <Button
              look="quiet"
              size="small"
              icon={<ChevronUp />}
              aria-label={words.note.previousToCheck}
              onPress={() => moveFocus(UNSUPPORTED, -1)}
            />
            <Button
              look="quiet"
              size="small"
              icon={<ChevronDown />}
              aria-label={words.note.nextToCheck}
              onPress={() => moveFocus(UNSUPPORTED, 1)}
            />
          </span>
        )}
      </div>
      {sections.map((section, index) => (
        <SectionBlock
          key={section.title}
          section={section}
          note={note}
          isLocked={isLocked}
          onAdd={() => add(index, null)}
        >
          {section.sentences.map((sentence) => (
            <SentenceRow
              key={sentence.key}
              sentence={sentence}
              stretches={stretches(sentence.evidence, evidence.transcripts)}
              isCurrent={evidence.current === sentence.key}
              isEditing={editing === sentence.key}
              isLocked={isLocked}
              isTabStop={tabStop === sentence.key}
              onPlay={() => evidence.playEvidence(sentence.evidence, sentence.key)}
              onSelect={() => evidence.select(sentence.evidence, sentence.key)}
              onEdit={() => setEditing(sentence.key)}
              onText={(text) => draft.setText(sentence.key, text)}
              onLeave={() => leave(sentence.key)}
              onAddBelow={() => add(index, sentence.key)}
            />
          ))}
        </SectionBlock>
      ))}
    </section>
  );
}
