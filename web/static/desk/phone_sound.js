// @ts-check
/** The ring: two tones made here, no file; on the device that was chosen for ringing. */
import { signal } from "../vendor/signals.js";
import { sendTo } from "./phone_media.js";

const TONES = [440, 480];
const ON_S = 1.2;
const EVERY_MS = 3_500;

/** @type {{ context: AudioContext, audio: HTMLAudioElement, timer: ReturnType<typeof setInterval> } | null} */
let ring = null;

/** The browser lets a page make no sound that was loaded and not touched since: it would ring unheard. */
export const isHushed = signal(false);

/** Looks whether a ring would be heard; from the first click or key on it is. */
export function lookWhetherHushed() {
  const context = new AudioContext();
  isHushed.value = context.state === "suspended";
  void context.close();
  if (isHushed.value) for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, touched, { once: true });
}

function touched() {
  isHushed.value = false;
  void ring?.context.resume();
  void ring?.audio.play().catch(() => {});
}

/** @param {string | null} device */
export function startRing(device) {
  if (ring || typeof AudioContext === "undefined") return;
  const context = new AudioContext();
  const place = context.createMediaStreamDestination();
  const audio = new Audio();
  audio.srcObject = place.stream;
  void sendTo(audio, device).then(() => audio.play().catch(() => {}));
  const once = () => burr(context, place);
  ring = { context, audio, timer: setInterval(once, EVERY_MS) };
  once();
}

export function stopRing() {
  if (!ring) return;
  clearInterval(ring.timer);
  ring.audio.pause();
  void ring.context.close();
  ring = null;
}

/** @param {AudioContext} context @param {AudioNode} place */
function burr(context, place) {
  const start = context.currentTime + 0.05;
  const loud = context.createGain();
  loud.gain.setValueAtTime(0, start);
  loud.gain.linearRampToValueAtTime(0.22, start + 0.03);
  loud.gain.setValueAtTime(0.22, start + ON_S - 0.05);
  loud.gain.linearRampToValueAtTime(0, start + ON_S);
  loud.connect(place);
  for (const hertz of TONES) {
    const tone = context.createOscillator();
    tone.frequency.value = hertz;
    tone.connect(loud);
    tone.start(start);
    tone.stop(start + ON_S);
  }
}
