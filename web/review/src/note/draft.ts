// The note while it is edited: what was typed, what the server has, and the saving between the two.
// No React here; time comes in, so that tests step it.
import { ApiProblem, type wire } from '@medrecord/core';
import { load, unload, type DraftSection, type DraftSentence } from './draft-sections';

export type SaveState = 'saved' | 'unsaved' | 'saving' | 'offline' | 'failed' | 'conflict' | 'signed';

export interface DraftSnapshot {
  note: wire.Note;
  sections: DraftSection[];
  save: SaveState;
  /** The version that somebody else saved, while `save` is `conflict`. */
  theirs: wire.Note | null;
  /** What was typed into a note that somebody signed meanwhile: no longer part of it, still to be copied. */
  unsent: DraftSection[] | null;
  problem: ApiProblem | null;
}

export interface DraftPort {
  load(): Promise<wire.Note>;
  save(version: number, sections: wire.Section[]): Promise<wire.Note>;
}

/** From the last key to the saving; then between tries while the server cannot be reached. */
const SETTLE_MS = 800;
const RETRY_MS = [2_000, 5_000, 15_000, 30_000];

export class Draft {
  private snapshot: DraftSnapshot;
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  private isDirty = false;
  private failures = 0;

  constructor(
    note: wire.Note,
    private readonly port: DraftPort,
  ) {
    this.snapshot = this.clean(note);
  }

  read = (): DraftSnapshot => this.snapshot;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  get hasUnsaved(): boolean {
    return this.isDirty || this.running !== null;
  }

  /** Takes what the server has now; what is being typed is never overwritten. */
  adopt(note: wire.Note): void {
    if (this.hasUnsaved || this.snapshot.save === 'conflict') return;
    const isNewer = note.version > this.snapshot.note.version || note.state !== this.snapshot.note.state;
    if (isNewer) this.show(this.clean(note));
  }

  setText(key: string, text: string): void {
    // The server says the same of it; here it shows at once.
    this.change((sentence) => (sentence.key === key ? { ...sentence, text, kind: 'written' } : sentence));
  }

  /** A new sentence after `after`, or at the section's end. Answers its key. */
  add(section: number, after: string | null): string {
    const made = load([{ title: '', sentences: [{ text: '', kind: 'written', evidence: [] }] }])[0]
      ?.sentences[0];
    if (!made) throw new ApiProblem('internal', 'a loaded sentence is there');
    const sections = this.snapshot.sections.map((item, index) => {
      if (index !== section) return item;
      const at = item.sentences.findIndex((sentence) => sentence.key === after);
      return {
        ...item,
        sentences: item.sentences.toSpliced(at === -1 ? item.sentences.length : at + 1, 0, made),
      };
    });
    this.show({ ...this.snapshot, sections });
    return made.key;
  }

  /** Drops a sentence that was left empty. */
  leave(key: string): void {
    const isEmpty = (sentence: DraftSentence) => sentence.key === key && sentence.text.trim() === '';
    const sections = this.snapshot.sections.map((section) => ({
      ...section,
      sentences: section.sentences.filter((sentence) => !isEmpty(sentence)),
    }));
    this.show({ ...this.snapshot, sections });
    if (this.isDirty) void this.flush();
  }

  /** Ends a conflict: what was chosen is saved over the other version. */
  resolve(sections: wire.Section[]): Promise<void> {
    const { theirs } = this.snapshot;
    if (theirs === null) return Promise.resolve();
    this.isDirty = true;
    this.show({ ...this.clean(theirs), sections: load(sections), save: 'unsaved' });
    return this.flush();
  }

  /** After signing: the server's answer is the note from now on. */
  replace(note: wire.Note): void {
    this.isDirty = false;
    this.show(this.clean(note));
  }

  /** Saves now what is unsaved, and again what was typed meanwhile. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    while (this.running) await this.running;
    if (!this.isDirty || this.snapshot.save === 'conflict' || this.snapshot.save === 'signed') return;
    this.running = this.saveOnce();
    await this.running;
  }

  private async saveOnce(): Promise<void> {
    this.isDirty = false;
    this.show({ ...this.snapshot, save: 'saving', problem: null });
    try {
      const note = await this.port.save(this.snapshot.note.version, unload(this.snapshot.sections));
      this.failures = 0;
      const isChanged = this.typedMeanwhile();
      this.show({ ...this.snapshot, note, save: isChanged ? 'unsaved' : 'saved' });
      if (isChanged) this.later(SETTLE_MS);
    } catch (thrown) {
      this.isDirty = true;
      await this.failed(ApiProblem.from(thrown));
    } finally {
      this.running = null;
    }
  }

  private async failed(problem: ApiProblem): Promise<void> {
    if (problem.code === 'version_conflict' || problem.code === 'note_signed') {
      const theirs = await this.port.load().catch(() => null);
      if (theirs?.signature) {
        this.isDirty = false;
        this.show({ ...this.clean(theirs), unsent: this.snapshot.sections });
        return;
      }
      if (theirs) {
        this.show({ ...this.snapshot, save: 'conflict', theirs, problem });
        return;
      }
    }
    const save = problem.isTransient ? 'offline' : 'failed';
    this.show({ ...this.snapshot, save, problem });
    if (problem.isTransient) this.later(RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)] ?? SETTLE_MS);
    this.failures += 1;
  }

  private typedMeanwhile(): boolean {
    return this.isDirty;
  }

  private change(change: (sentence: DraftSentence) => DraftSentence): void {
    const sections = this.snapshot.sections.map((section) => ({
      ...section,
      sentences: section.sentences.map(change),
    }));
    this.isDirty = true;
    const { save } = this.snapshot;
    this.show({ ...this.snapshot, sections, save: save === 'saved' || save === 'failed' ? 'unsaved' : save });
    if (save !== 'conflict' && save !== 'signed') this.later(SETTLE_MS);
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), ms);
  }

  private clean(note: wire.Note): DraftSnapshot {
    const save = note.state === 'signed' ? 'signed' : 'saved';
    return { note, sections: load(note.content.sections), save, theirs: null, unsent: null, problem: null };
  }

  private show(next: DraftSnapshot): void {
    this.snapshot = next;
    for (const listener of this.listeners) listener();
  }
}
