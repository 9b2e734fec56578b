// A heading with its sentences, its copy button and a way to add a sentence.
import { Button, CopyButton, sectionText, words, type wire } from '@medrecord/core';
import { Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import { unload, type DraftSection } from './draft-sections';
import styles from './SectionBlock.module.css';

export interface SectionBlockProps {
  section: DraftSection;
  note: wire.Note;
  isLocked: boolean;
  onAdd: () => void;
  children: ReactNode;
}

export function SectionBlock({ section, note, isLocked, onAdd, children }: SectionBlockProps) {
  const copy = () => sectionText(note, unload([section])[0] ?? { title: section.title, sentences: [] });
  return (
    <section className={styles['section']} aria-label={section.title}>
      <header>
        <h3>{section.title}</h3>
        {!isLocked && (
          <Button
            look="quiet"
            size="small"
            icon={<Plus aria-hidden />}
            aria-label={words.note.addTo(section.title)}
            onPress={onAdd}
          />
        )}
        <CopyButton text={copy} label={words.note.copySection(section.title)} />
      </header>
      {section.sentences.length === 0 && <p className={styles['nothing']}>{words.note.nothingSaid}</p>}
      <ul>{children}</ul>
    </section>
  );
}
