import { expect, it } from 'vitest';
import { stretches } from './stretches';
import { recordingId, sampleTranscript } from './testing/samples';

const transcript = sampleTranscript();
const transcripts = new Map([[recordingId, transcript]]);
const at = (seq: number) => ({ recording: recordingId, seq });
const span = (first: number, last: number) => {
  const from = transcript.segments[first];
  const to = transcript.segments[last];
  return {
    recording: recordingId,
    startMs: from?.start_ms,
    endMs: (to?.start_ms ?? 0) + (to?.duration_ms ?? 0),
  };
};

it('joins neighbouring segments into one stretch, whatever their order', () => {
  expect(stretches([at(2), at(1)], transcripts)).toEqual([span(1, 2)]);
});

it('keeps stretches apart that are not neighbours', () => {
  expect(stretches([at(0), at(3), at(4)], transcripts)).toEqual([span(0, 0), span(3, 4)]);
});

it('leaves out evidence whose segment is not known', () => {
  expect(stretches([at(99), { recording: 'elsewhere', seq: 0 }], transcripts)).toEqual([]);
});
