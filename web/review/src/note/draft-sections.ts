// Sentences with a name of their own, so that they keep it while the text around them changes.
import type { wire } from '@medrecord/core';

export interface DraftSentence extends wire.Sentence {
  key: string;
}

export interface DraftSection {
  title: string;
  sentences: DraftSentence[];
}

let made = 0;

export function load(sections: readonly wire.Section[]): DraftSection[] {
  return sections.map((section) => ({
    title: section.title,
    sentences: section.sentences.map((sentence) => ({ ...sentence, key: `s${(made += 1)}` })),
  }));
}

/** As the server takes it: without names, and without sentences that were emptied. */
export function unload(sections: readonly DraftSection[]): wire.Section[] {
  return sections.map((section) => ({
    title: section.title,
    sentences: section.sentences
      .map(({ text, kind, evidence }) => ({ text: text.trim(), kind, evidence }))
      .filter((sentence) => sentence.text !== ''),
  }));
}

/** A sentence that was not said as it stands: it wants a second look. */
export function isNotDictated(sentence: wire.Sentence): boolean {
  return sentence.kind !== 'dictated' || sentence.evidence.length === 0;
}
