// @ts-check
/** Any sound the browser can read, as a mono WAV file at 16 kHz: what the server keeps of a prompt. */

const RATE = 16_000;

/** @param {Blob} sound @returns {Promise<Blob>} */
export async function asWave(sound) {
  const context = new OfflineAudioContext(1, 1, RATE);
  const read = await context.decodeAudioData(await sound.arrayBuffer());
  const narrow = new OfflineAudioContext(1, Math.max(1, Math.ceil(read.duration * RATE)), RATE);
  const source = narrow.createBufferSource();
  source.buffer = read;
  source.connect(narrow.destination);
  source.start();
  const samples = (await narrow.startRendering()).getChannelData(0);
  return new Blob([header(samples.length), Int16Array.from(samples, (one) => Math.max(-1, Math.min(1, one)) * 32767)], { type: "audio/wav" });
}

/** @param {number} samples */
function header(samples) {
  const made = new DataView(new ArrayBuffer(44));
  const word = (/** @type {number} */ at, /** @type {string} */ text) => [...text].forEach((letter, place) => made.setUint8(at + place, letter.charCodeAt(0)));
  word(0, "RIFF");
  made.setUint32(4, 36 + samples * 2, true);
  word(8, "WAVEfmt ");
  made.setUint32(16, 16, true);
  made.setUint16(20, 1, true);
  made.setUint16(22, 1, true);
  made.setUint32(24, RATE, true);
  made.setUint32(28, RATE * 2, true);
  made.setUint16(32, 2, true);
  made.setUint16(34, 16, true);
  word(36, "data");
  made.setUint32(40, samples * 2, true);
  return made.buffer;
}
