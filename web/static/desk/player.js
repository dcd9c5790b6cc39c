// @ts-check
/** A recording to hear and read: customer left, everyone else right; a click on a line jumps there. */
import { span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { useEffect, useRef } from "../vendor/hooks.js";
import { useSignal } from "../vendor/signals.js";
import { Transcript } from "./transcript.js";

const SPEEDS = [1, 1.25, 1.5, 2];

/** Only one recording plays at a time. @type {HTMLAudioElement | null} */
let playing = null;

/** @param {{ recording: string, openAtOnce?: boolean }} props */
export function RecordingPlayer({ recording, openAtOnce = false }) {
  const audio = /** @type {{ current: HTMLAudioElement | null }} */ (useRef(null));
  const isPlaying = useSignal(false);
  const at = useSignal(0);
  const length = useSignal(0);
  const speed = useSignal(1);
  const isBroken = useSignal(false);

  useEffect(() => () => audio.current?.pause(), []);

  const toggle = () => (audio.current?.paused ? start(audio.current) : audio.current?.pause());
  /** @param {number} seconds */
  const seek = (seconds) => {
    if (!audio.current) return;
    audio.current.currentTime = seconds;
    at.value = seconds;
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

  return html`<div class="recording">
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
      <span class="number">${span(at.value)}</span>
      <input
        type="range"
        min="0"
        max=${Math.max(length.value, 0.1)}
        step="0.1"
        value=${at.value}
        disabled=${isBroken.value}
        aria-label=${t("player.position")}
        aria-valuetext=${span(at.value)}
        style=${{ "--done": `${length.value ? (100 * at.value) / length.value : 0}%` }}
        onInput=${/** @param {Event} event */ (event) => seek(Number(/** @type {HTMLInputElement} */ (event.target).value))}
      />
      <span class="number">${span(length.value)}</span>
      <button class="speed" aria-label=${t("player.speed", { speed: speed.value })} onClick=${faster}>${speed.value}×</button>
    </div>
    ${isBroken.value && html`<p class="muted">${t("player.broken")}</p>`}
    ${h(Transcript, { recording, at, openAtOnce, onJump: playFrom })}
  </div>`;
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
