// A WAV made on the spot, so that the fakes have something to play.

const RATE = 8000;

/** Mono, 16 bit; a quiet tone that changes every second. */
export function toneUrl(durationMs: number): string {
  const samples = Math.floor((durationMs / 1000) * RATE);
  const bytes = new DataView(new ArrayBuffer(44 + samples * 2));
  const text = (offset: number, value: string) => {
    for (let index = 0; index < value.length; index += 1)
      bytes.setUint8(offset + index, value.charCodeAt(index));
  };
  text(0, 'RIFF');
  bytes.setUint32(4, 36 + samples * 2, true);
  text(8, 'WAVEfmt ');
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, RATE, true);
  bytes.setUint32(28, RATE * 2, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  text(36, 'data');
  bytes.setUint32(40, samples * 2, true);
  for (let index = 0; index < samples; index += 1) {
    const hertz = 180 + 20 * (Math.floor(index / RATE) % 8);
    bytes.setInt16(44 + index * 2, 3000 * Math.sin((2 * Math.PI * hertz * index) / RATE), true);
  }
  return URL.createObjectURL(new Blob([bytes.buffer], { type: 'audio/wav' }));
}
