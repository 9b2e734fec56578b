// The notes' port in memory: versions, conflicts, signing and live events as the server does them.
import type { EventListeners, NotesBackend, Unsubscribe } from '../backend';
import type {
  Clinician,
  Device,
  EditNote,
  Event,
  Note,
  Page,
  Recording,
  Transcript,
  WorklistItem,
} from '../generated/wire';
import { ApiProblem } from '../problem';
import { clinician, recordingId, sampleNote, sampleRecording, sampleTranscript } from './samples';
import { toneUrl } from './tone';

export const PASSWORD = 'correct horse';

export class FakeNotes implements NotesBackend {
  signedIn = true;
  who: Clinician = clinician;
  devicesHeld: Device[] = [];
  /** Set: every call fails with it. */
  failure: ApiProblem | null = null;
  /** Set: no call is ever answered. */
  isStuck = false;
  items: WorklistItem[] = [];
  stored: Note = sampleNote();
  recordings = new Map<string, Recording>([[recordingId, sampleRecording()]]);
  transcripts = new Map<string, Transcript>([[recordingId, sampleTranscript()]]);
  /** Every save that was asked for, with the version it was to replace. */
  saves: { version: number; edit: EditNote }[] = [];
  private readonly listeners = new Set<EventListeners>();
  private audio: string | null = null;

  private async answer<T>(make: () => T): Promise<T> {
    if (this.isStuck) return new Promise<T>(() => undefined);
    if (this.failure) throw this.failure;
    if (!this.signedIn) throw new ApiProblem('unauthenticated', 'Please sign in.');
    return structuredClone(make());
  }

  async signIn(_email: string, password: string): Promise<Clinician> {
    if (this.failure) throw this.failure;
    if (password !== PASSWORD)
      throw new ApiProblem('sign_in_failed', 'E-mail or password is not right. Please try again.');
    this.signedIn = true;
    return this.who;
  }

  async signOut(): Promise<void> {
    this.signedIn = false;
  }

  /** Who is signed in is always known: the scenes are about what comes after. */
  async me(): Promise<Clinician> {
    if (!this.signedIn) throw new ApiProblem('unauthenticated', 'Please sign in.');
    return this.who;
  }

  worklist(): Promise<Page<WorklistItem>> {
    return this.answer(() => ({ items: this.items, next: null }));
  }

  recording(id: string): Promise<Recording> {
    return this.answer(() => found(this.recordings.get(id)));
  }

  transcript(id: string): Promise<Transcript> {
    return this.answer(() => found(this.transcripts.get(id)));
  }

  retryRecording(id: string): Promise<void> {
    return this.answer(() => {
      const goesOn = { stage: 'transcribing', reason: null } as const;
      this.recordings.set(id, { ...found(this.recordings.get(id)), ...goesOn });
      this.items = this.items.map((item) => (item.recording === id ? { ...item, ...goesOn } : item));
    });
  }

  note(id: string): Promise<Note> {
    return this.answer(() => found(this.stored.id === id ? this.stored : undefined));
  }

  saveNote(_id: string, version: number, edit: EditNote): Promise<Note> {
    this.saves.push({ version, edit: structuredClone(edit) });
    return this.answer(() =>
      this.replace(version, (note) => ({ ...note, content: { ...note.content, ...edit } })),
    );
  }

  draftNote(_id: string, version: number): Promise<Note> {
    return this.answer(() => {
      if (version !== this.stored.version) throw new ApiProblem('version_conflict', 'The note was changed.');
      this.stored = { ...this.stored, basis: 'drafting' };
      return this.stored;
    });
  }

  signNote(_id: string, version: number, password: string): Promise<Note> {
    return this.answer(() => {
      if (password !== PASSWORD) throw new ApiProblem('sign_in_failed', 'The password is wrong.');
      return this.replace(version, signed);
    });
  }

  devices(): Promise<Page<Device>> {
    return this.answer(() => ({ items: this.devicesHeld, next: null }));
  }

  renameDevice(id: string, name: string): Promise<Device> {
    return this.answer(() => this.changeDevice(id, { name }));
  }

  revokeDevice(id: string): Promise<Device> {
    return this.answer(() => this.changeDevice(id, { revoked_at: new Date().toISOString() }));
  }

  private changeDevice(id: string, change: Partial<Device>): Device {
    const changed = { ...found(this.devicesHeld.find((held) => held.id === id)), ...change };
    this.devicesHeld = this.devicesHeld.map((held) => (held.id === id ? changed : held));
    return changed;
  }

  audioUrl(): string {
    this.audio ??= toneUrl(sampleRecording().duration_ms);
    return this.audio;
  }

  subscribe(listeners: EventListeners): Unsubscribe {
    this.listeners.add(listeners);
    listeners.onLive(true);
    return () => this.listeners.delete(listeners);
  }

  emit(event: Partial<Event>): void {
    const whole: Event = {
      kind: 'recording',
      recording: null,
      note: null,
      at: new Date().toISOString(),
      ...event,
    };
    for (const listener of this.listeners) listener.onEvent(whole);
  }

  /** The stream is cut, or up again. */
  setLive(isLive: boolean): void {
    for (const listener of this.listeners) listener.onLive(isLive);
  }

  /** What another window does. */
  editElsewhere(change: (note: Note) => void): void {
    change(this.stored);
    this.stored = { ...this.stored, version: this.stored.version + 1 };
  }

  private replace(version: number, change: (note: Note) => Note): Note {
    if (this.stored.state === 'signed') throw new ApiProblem('note_signed', 'The note is signed.');
    if (version !== this.stored.version) throw new ApiProblem('version_conflict', 'The note was changed.');
    this.stored = { ...change(this.stored), version: version + 1 };
    return this.stored;
  }
}

export function signed(note: Note): Note {
  const signature = {
    clinician: clinician.id,
    name: clinician.name,
    at: new Date().toISOString(),
    sha256: 'c0ffee'.repeat(10) + 'c0fe',
  };
  return { ...note, state: 'signed', signature };
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new ApiProblem('not_found', 'Not found.');
  return value;
}
