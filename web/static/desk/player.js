// @ts-check
/** A recording to hear and read: its waveform, its transcript in step; a click in either jumps there. */
import { span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { useEffect, useRef } from "../vendor/hooks.js";
import { useSignal } from "../vendor/signals.js";
import { sought } from "./player_hit.js";
import { Wave } from "./player_wave.js";
import { Transcript } from "./transcript.js";

const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2];
const STEP_S = 5;
const LEAP_S = 30;

/** Only one recording plays at a time. @type {HTMLAudioElement | null} */
let playing = null;

/** @param {{ recording: string, openAtOnce?: boolean }} props */
export function RecordingPlayer({ recording, openAtOnce = false }) {
  const box = /** @type {{ current: HTMLDivElement | null }} */ (useRef(null));
  const audio = /** @type {{ current: HTMLAudioElement | null }} */ (useRef(null));
  const isPlaying = useSignal(false);
  const at = useSignal(0);
  const length = useSignal(0);
  const speed = useSignal(1);
  const isBroken = useSignal(false);
  const isSought = sought.value?.recording === recording;

  useEffect(() => () => audio.current?.pause(), []);
  useEffect(() => follow(isPlaying.value, audio.current, (seconds) => (at.value = seconds)), [isPlaying.value]);
  useEffect(() => {
    if (isSought) box.current?.scrollIntoView({ block: "center" });
  }, [isSought]);

  const toggle = () => (audio.current?.paused ? start(audio.current) : audio.current?.pause());
  /** @param {number} seconds */
  const seek = (seconds) => {
    const there = Math.min(Math.max(seconds, 0), length.value || seconds);
    if (audio.current) audio.current.currentTime = there;
    at.value = there;
  };
  /** @param {number} seconds */
  const playFrom = (seconds) => {
    seek(seconds);
    if (audio.current) start(audio.current);
  };
  const faster = () => {
    speed.value = SPEEDS[(SPEEDS.indexOf(speed.value) + 1) % SPEEDS.length];
    if (audio.current) audio.current.playbackRate = speed.value;
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const act = keysOf(at.value, length.value, seek, toggle)[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };

  return html`<div class="recording" ref=${box}>
    <div class="player" role="group" aria-label=${t("player.label")}>
      <audio
        ref=${audio}
        src=${`/api/recordings/${recording}/audio`}
        preload="metadata"
        onPlay=${() => (isPlaying.value = true)}
        onPause=${() => (isPlaying.value = false)}
        onTimeUpdate=${() => (at.value = audio.current?.currentTime ?? 0)}
        onLoadedMetadata=${() => (length.value = finite(audio.current?.duration))}
        onDurationChange=${() => (length.value = finite(audio.current?.duration))}
        onError=${() => (isBroken.value = true)}
      ></audio>
      <button class="play" aria-label=${isPlaying.value ? t("player.pause") : t("player.play")} disabled=${isBroken.value} onClick=${toggle}>
        ${h(Icon, { name: isPlaying.value ? "pause" : "play", size: 18 })}
      </button>
      <span class="number">${h(Clock, { at })}</span>
      ${h(Wave, { recording, at, length, isBroken: isBroken.value, seek, onKey })}
      <span class="number">${span(length.value)}</span>
      <button class="speed" aria-label=${t("player.speed", { speed: speed.value })} onClick=${faster}>${speed.value}×</button>
    </div>
    ${isBroken.value && html`<p class="muted">${t("player.broken")}</p>`}
    ${h(Transcript, { recording, at, openAtOnce: openAtOnce || isSought, onJump: playFrom, onFound: seek })}
  </div>`;
}

/** @param {{ at: import("../vendor/signals.js").Signal<number> }} props */
function Clock({ at }) {
  return span(at.value);
}

/**
 * @param {number} now @param {number} length @param {(seconds: number) => void} seek @param {() => void} toggle
 * @returns {Record<string, () => void>}
 */
function keysOf(now, length, seek, toggle) {
  return {
    ArrowLeft: () => seek(now - STEP_S),
    ArrowRight: () => seek(now + STEP_S),
    ArrowDown: () => seek(now - STEP_S),
    ArrowUp: () => seek(now + STEP_S),
    PageDown: () => seek(now - LEAP_S),
    PageUp: () => seek(now + LEAP_S),
    Home: () => seek(0),
    End: () => seek(length),
    " ": toggle,
    Enter: toggle,
  };
}

/** Reads the clock at every frame: the browser's own event comes four times a second, words are shorter. @param {boolean} isPlaying @param {HTMLAudioElement | null} audio @param {(seconds: number) => void} tell */
function follow(isPlaying, audio, tell) {
  if (!isPlaying || !audio) return undefined;
  let frame = 0;
  const look = () => {
    tell(audio.currentTime);
    frame = requestAnimationFrame(look);
  };
  look();
  return () => cancelAnimationFrame(frame);
}

/** @param {HTMLAudioElement} audio */
function start(audio) {
  if (playing && playing !== audio) playing.pause();
  playing = audio;
  audio.play().catch(() => audio.pause());
}

/** @param {number | undefined} seconds */
function finite(seconds) {
  return seconds && Number.isFinite(seconds) ? seconds : 0;
}
