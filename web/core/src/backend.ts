// The ports: all that the screens ask of the outside. Screens never call fetch or Tauri themselves.
import type {
  AudioFormat,
  ControlMode,
  Clinician,
  ClinicianId,
  Device,
  DeviceId,
  EditNote,
  Event as WireEvent,
  ImportedRecording,
  MicrophoneTrial,
  Note,
  NoteId,
  Page,
  Patient,
  Recording,
  RecordingId,
  Transcript,
  TrashedRecording,
  Workstation,
  WorklistItem,
} from './generated/wire';

/** Ends a subscription. */
export type Unsubscribe = () => void;

export interface EventListeners {
  onEvent: (event: WireEvent) => void;
  /** Whether the stream is up; events may have been missed whenever it comes up again. */
  onLive: (live: boolean) => void;
}

/** What the review pages need. Every method rejects with an `ApiProblem`. */
export interface NotesBackend {
  signIn(email: string, password: string): Promise<Clinician>;
  signOut(): Promise<void>;
  me(): Promise<Clinician>;
  worklist(cursor: string | null): Promise<Page<WorklistItem>>;
  recording(id: RecordingId): Promise<Recording>;
  transcript(id: RecordingId): Promise<Transcript>;
  /** Tries again what was given up of a recording that is stuck; how it goes on comes as events. */
  retryRecording(id: RecordingId): Promise<void>;
  note(id: NoteId): Promise<Note>;
  /** Saves over `version`; fails with `version_conflict` when the note is another one by now. */
  saveNote(id: NoteId, version: number, edit: EditNote): Promise<Note>;
  /** Has a note written anew from what its recordings say by now; the new version comes as an event. */
  draftNote(id: NoteId, version: number): Promise<Note>;
  signNote(id: NoteId, version: number, password: string): Promise<Note>;
  /** Workstations, newest first: one's own, or for an admin all. */
  devices(cursor: string | null): Promise<Page<Device>>;
  renameDevice(id: DeviceId, name: string): Promise<Device>;
  /** One's own credential on it; for an admin the whole workstation. */
  revokeDevice(id: DeviceId): Promise<Device>;
  /** Address of a WAV that can be sought in. */
  audioUrl(id: RecordingId): string;
  subscribe(listeners: EventListeners): Unsubscribe;
}

export interface EnrolRequest {
  server: string;
  email: string;
  password: string;
  deviceName: string;
}

/** What the recorder's window needs. Every command rejects with an `ApiProblem`. */
export interface RecorderBackend {
  state(): Promise<Workstation>;
  subscribe(onState: (state: Workstation) => void): Promise<Unsubscribe>;
  enrol(request: EnrolRequest): Promise<void>;
  /** Of the authority in this PEM text: it is compared before it is trusted. */
  fingerprint(pem: string): Promise<string>;
  /** Believes the authority in this PEM text, and no other, about the server; null: those that the system knows. */
  trust(server: string, pem: string | null): Promise<void>;
  /** Gives the current clinician a PIN, or another one. */
  setPin(pin: string): Promise<void>;
  lock(): Promise<void>;
  /** Opens the window for a clinician, whoever had it before. */
  unlock(clinician: ClinicianId, pin: string): Promise<void>;
  chooseMicrophone(id: string | null): Promise<void>;
  /** Listens for so many seconds. */
  tryMicrophone(seconds: number): Promise<MicrophoneTrial>;
  start(patient: Patient | null): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
  mark(): Promise<void>;
  setPatient(recording: RecordingId, patient: Patient): Promise<void>;
  retry(recording: RecordingId): Promise<void>;
  /** Into the trash, for 30 days. */
  discard(recording: RecordingId): Promise<void>;
  restore(recording: RecordingId): Promise<void>;
  trash(): Promise<TrashedRecording[]>;
  /** Writes what support needs to know, and no patient text, into a file and shows where it is. */
  saveDiagnostics(): Promise<void>;
  /** A stretch of a recording on this computer as a WAV file; at most 10 minutes. */
  audio(recording: RecordingId, startMs: number, lengthMs: number): Promise<ArrayBuffer>;
  /** Into the folder for downloads; resolves to the file's path. */
  exportAudio(recording: RecordingId, format: AudioFormat): Promise<string>;
  importFile(file: File, patient: Patient | null): Promise<ImportedRecording>;
  startContinuing(recording: RecordingId): Promise<void>;
  /** Says again what comes from this moment on. */
  startReplacing(recording: RecordingId, fromMs: number): Promise<void>;
  /** Given, refused, or (null) not asked for. */
  setConsent(recording: RecordingId, given: boolean | null, by: string): Promise<void>;
  /** To shortly after the last word, or to the whole again. */
  trim(recording: RecordingId, toSpeech: boolean): Promise<void>;
  /** After how many minutes a recording ends by itself; null: never. */
  setCap(minutes: number | null): Promise<void>;
  /** How many bytes a second sync may send; null: as fast as the line. */
  setUploadLimit(bytes: number | null): Promise<void>;
  /** How the Record of a foot pedal or dictation microphone works here. */
  setControlMode(mode: ControlMode): Promise<void>;
  /** Rejects when it is refused or fails; else this program ends, and the next version starts. */
  installUpdate(): Promise<void>;
  openNote(note: NoteId): Promise<void>;
  openReview(): Promise<void>;
}
