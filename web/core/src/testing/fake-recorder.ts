// The recorder's port in memory: a test sets its state and sees which commands came.
import type { EnrolRequest, RecorderBackend, Unsubscribe } from '../backend';
import type {
  AudioFormat,
  ControlMode,
  ImportedRecording,
  CommandError,
  LocalRecording,
  MicrophoneTrial,
  Patient,
  Take,
  TrashedRecording,
  Workstation,
} from '../generated/wire';
import { ApiProblem } from '../problem';
import {
  deadMicrophone,
  idleState,
  localRecording,
  okafor,
  startingTake,
  trashedRecording,
} from './recorder-state';

export class FakeRecorder implements RecorderBackend {
  current: Workstation;
  /** Commands in the order they came, with their arguments. */
  readonly commands: [name: string, ...args: unknown[]][] = [];
  /** What the trash holds. */
  thrown: LocalRecording[] = [];
  /** Where the next imported file is damaged. */
  brokenAtMs: number | null = null;
  /** Set: the next command is refused with it. */
  refusal: CommandError | null = null;
  private readonly listeners = new Set<(state: Workstation) => void>();

  constructor(state: Workstation = idleState()) {
    this.current = state;
  }

  /** Changes the state as Rust would, and tells the window. */
  become(change: Partial<Workstation>): void {
    this.current = { ...this.current, ...change };
    for (const listener of this.listeners) listener(this.current);
  }

  becomeTake(change: Partial<Take>): void {
    if (this.current.take) this.become({ take: { ...this.current.take, ...change } });
  }

  async state(): Promise<Workstation> {
    return this.current;
  }

  async subscribe(onState: (state: Workstation) => void): Promise<Unsubscribe> {
    this.listeners.add(onState);
    return () => this.listeners.delete(onState);
  }

  private async command(name: string, ...args: unknown[]): Promise<void> {
    this.commands.push([name, ...args]);
    const refusal = this.refusal;
    this.refusal = null;
    if (refusal) throw ApiProblem.from(refusal);
  }

  async enrol(request: EnrolRequest): Promise<void> {
    await this.command('enrol', request);
    const { email, server, deviceName: device_name } = request;
    const account = { ...okafor, email, server, device_name };
    this.become({ account, accounts: [account], locked: false, connection: 'online' });
  }

  async fingerprint(pem: string): Promise<string> {
    return this.command('fingerprint', pem).then(() => '00:07:0E:15:1C:23:2A:31');
  }

  async trust(server: string, pem: string | null): Promise<void> {
    await this.command('trust', server, pem);
    const others = this.current.own_authorities.filter((one) => one !== server);
    this.become({ own_authorities: pem === null ? others : [...others, server] });
  }

  async setPin(pin: string): Promise<void> {
    await this.command('setPin', pin);
    const { account } = this.current;
    if (account) this.become({ account: { ...account, pin: true } });
  }

  async lock(): Promise<void> {
    await this.command('lock');
    this.become({ locked: true });
  }

  async unlock(clinicianId: string, pin: string): Promise<void> {
    await this.command('unlock', clinicianId, pin);
    const account = this.current.accounts.find((one) => one.clinician === clinicianId) ?? null;
    this.become({ account, locked: false });
  }

  async chooseMicrophone(id: string | null): Promise<void> {
    await this.command('chooseMicrophone', id);
    this.become({ microphone: id });
  }

  async tryMicrophone(seconds: number): Promise<MicrophoneTrial> {
    await this.command('tryMicrophone', seconds);
    return deadMicrophone;
  }

  async start(patient: Patient | null): Promise<void> {
    await this.command('start', patient);
    this.become({ take: startingTake(patient) });
  }

  async pause(): Promise<void> {
    await this.command('pause');
    this.becomeTake({ state: 'paused' });
  }

  async resume(): Promise<void> {
    await this.command('resume');
    this.becomeTake({ state: 'recording' });
  }

  async stop(): Promise<void> {
    await this.command('stop');
    const { take, today } = this.current;
    const made = take
      ? [localRecording({ id: take.recording, patient: take.patient, duration_ms: take.recorded_ms })]
      : [];
    this.become({ take: null, today: [...made, ...today] });
  }

  mark(): Promise<void> {
    return this.command('mark');
  }

  setPatient(recording: string, patient: Patient): Promise<void> {
    this.becomeTake({ patient });
    return this.command('setPatient', recording, patient);
  }

  retry(recording: string): Promise<void> {
    return this.command('retry', recording);
  }

  async discard(recording: string): Promise<void> {
    await this.command('discard', recording);
    this.thrown = [...this.thrown, ...this.current.today.filter((row) => row.id === recording)];
    const today = this.current.today.filter((row) => row.id !== recording);
    this.become({ today, trashed: this.thrown.length });
  }

  async restore(recording: string): Promise<void> {
    await this.command('restore', recording);
    const today = [...this.current.today, ...this.thrown.filter((row) => row.id === recording)];
    this.thrown = this.thrown.filter((row) => row.id !== recording);
    this.become({ today, trashed: this.thrown.length });
  }

  async trash(): Promise<TrashedRecording[]> {
    return this.thrown.map(trashedRecording);
  }

  saveDiagnostics(): Promise<void> {
    return this.command('saveDiagnostics');
  }

  /** Half a second of silence, whatever was asked for. */
  async audio(recording: string, startMs: number, lengthMs: number): Promise<ArrayBuffer> {
    await this.command('audio', recording, startMs, lengthMs);
    return new ArrayBuffer(44 + 16_000);
  }

  async exportAudio(recording: string, format: AudioFormat): Promise<string> {
    await this.command('exportAudio', recording, format);
    return `/home/okafor/Downloads/medrecord-2026-11-24-0900.${format}`;
  }

  async importFile(file: File, patient: Patient | null): Promise<ImportedRecording> {
    await this.command('importFile', file.name, patient);
    const made = localRecording({ patient, original: file.name });
    this.become({ today: [made, ...this.current.today] });
    return { recording: made.id, broken_at_ms: this.brokenAtMs };
  }

  async startContinuing(recording: string): Promise<void> {
    await this.command('startContinuing', recording);
  }

  async startReplacing(recording: string, fromMs: number): Promise<void> {
    await this.command('startReplacing', recording, fromMs);
  }

  async setConsent(recording: string, given: boolean | null, by: string): Promise<void> {
    await this.command('setConsent', recording, given, by);
    this.becomeTake({ consent: { given, by, at: new Date().toISOString() } });
  }

  trim(recording: string, toSpeech: boolean): Promise<void> {
    return this.command('trim', recording, toSpeech);
  }

  async setCap(minutes: number | null): Promise<void> {
    await this.command('setCap', minutes);
    this.become({ cap_minutes: minutes });
  }

  async setUploadLimit(bytes: number | null): Promise<void> {
    await this.command('setUploadLimit', bytes);
    this.become({ upload_limit: bytes });
  }

  async setControlMode(mode: ControlMode): Promise<void> {
    await this.command('setControlMode', mode);
    this.become({ control_mode: mode });
  }

  async installUpdate(): Promise<void> {
    await this.command('installUpdate');
    const { update } = this.current;
    if (update.state === 'ready') this.become({ update: { ...update, state: 'loading', percent: 0 } });
  }

  openNote(note: string): Promise<void> {
    return this.command('openNote', note);
  }

  openReview(): Promise<void> {
    return this.command('openReview');
  }
}
