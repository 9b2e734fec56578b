// The recorder's scenes: `?scene=` of `npm run dev:fake`.
import type { LocalRecording } from '../generated/wire';
import { FakeRecorder } from './fake-recorder';
import { idleState, localRecording, lund, okafor } from './recorder-state';
import { hale, noteId, patient, sampleNote } from './samples';

const TICK_MS = 100;

function sampleDay(): LocalRecording[] {
  const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  const text = sampleNote()
    .content.sections.map((section) =>
      [section.title, ...section.sentences.map((item) => item.text)].join('\n'),
    )
    .join('\n\n');
  return [
    localRecording({
      started_at: at(30),
      patient: patient('Mori, Aiko', '001883'),
      state: 'note_ready',
      note: noteId,
      note_text: text,
    }),
    localRecording({ started_at: at(60), patient: patient('Lund, Per', '009120') }),
    localRecording({
      started_at: at(75),
      patient: patient('Abebe, Sara', '007731'),
      state: 'sent',
      segments_sent: 9,
    }),
    localRecording({ started_at: at(130), recovered: true, segments_sent: 0 }),
    localRecording({
      started_at: at(150),
      patient: patient(
        'Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh, Maximiliana',
        '10000000000451',
      ),
      state: 'wedged',
      reason: 'The server refused part 3 of this recording. It is kept on this computer.',
    }),
    localRecording({ started_at: at(190), patient: patient('Novak, Jan', '002245'), state: 'no_speech' }),
  ];
}

/** Plays a recording: the numbers grow, the level moves. */
function play(recorder: FakeRecorder): void {
  setInterval(() => {
    const take = recorder.current.take;
    if (!take || take.state === 'paused') return;
    const recorded = take.recorded_ms + TICK_MS;
    const rms = -28 + 14 * Math.sin(recorded / 700) * Math.sin(recorded / 190) - 6 * Math.random();
    recorder.becomeTake({
      state: 'recording',
      recorded_ms: recorded,
      on_disk_ms: recorded - (recorded % 500),
      on_server_ms: Math.max(0, recorded - 22_000),
      level: { peak_db: rms + 6, rms_db: rms, verdict: 'good' },
    });
  }, TICK_MS);
}

export function demoRecorder(scene: string): FakeRecorder {
  const recorder = new FakeRecorder({ ...idleState(), today: sampleDay() });
  const take = {
    recording: '0193b1a0-0000-7000-8000-0000000000a9',
    whose: null,
    patient: hale,
    state: 'recording' as const,
    microphone: 'Yeti Nano',
    recorded_ms: 246_000,
    on_disk_ms: 246_000,
    on_server_ms: 224_000,
    level: { peak_db: -12, rms_db: -20, verdict: 'good' as const },
    consent: null,
    continues: null,
    replaces: null,
  };
  if (scene === 'enrol') recorder.become({ account: null, connection: 'not_enrolled', today: [] });
  if (scene === 'locked' || scene === 'locked-recording') {
    const account = { ...okafor, pin: true };
    recorder.become({ account, accounts: [account, lund], locked: true, today: [] });
  }
  if (scene === 'locked-recording') recorder.become({ take: { ...take, patient: null } });
  if (scene === 'empty') recorder.become({ today: [] });
  if (scene === 'recording' || scene === 'alarm') recorder.become({ take });
  if (scene === 'paused') recorder.become({ take: { ...take, state: 'paused' } });
  if (scene === 'offline') recorder.become({ connection: 'offline' });
  if (scene === 'alarm') {
    recorder.become({
      connection: 'sign_in_needed',
      warnings: [
        {
          severity: 'alarm',
          code: 'microphone_lost',
          text: 'The microphone was unplugged at 04:06. Recording goes on with "Built-in microphone". Choose another one above when you have stopped.',
        },
        {
          severity: 'warning',
          code: 'disk_low',
          text: 'This computer has space for 48 more minutes. Ask for space to be freed.',
        },
      ],
    });
  }
  play(recorder);
  return recorder;
}
