// @ts-check
/** The waveform: the customer above, everyone else below; what was paused is hatched. It is the player's slider too. */
import { api } from "../shared/api.js";
import { span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useEffect, useRef } from "../vendor/hooks.js";
import { useComputed, useSignal } from "../vendor/signals.js";

/** @typedef {import("../shared/types.js").Waveform} Waveform */
/** @template T @typedef {import("../vendor/signals.js").Signal<T>} Signal */

const BAR_PX = 3; // a bar and the gap behind it
const FEWEST = 40;
const HALF = 50; // the drawing is 100 high: the first lane grows up from the middle, the second down
const LEAST = 1.5; // a silent bar is a dot, so that the line of time is seen

/**
 * @param {{ recording: string, at: Signal<number>, length: Signal<number>, isBroken: boolean,
 *   seek: (seconds: number) => void, onKey: (event: KeyboardEvent) => void }} props
 */
export function Wave({ recording, at, length, isBroken, seek, onKey }) {
  const box = /** @type {{ current: HTMLDivElement | null }} */ (useRef(null));
  const found = useSignal(/** @type {Waveform | null} */ (null));
  const width = useSignal(0);
  const second = useComputed(() => Math.round(at.value)); // the bars are not drawn anew at every frame
  useEffect(() => whenSeen(box.current, async (seenWidth) => {
    width.value = seenWidth;
    found.value = await api.get(`/api/recordings/${recording}/waveform`).catch(() => null); // the slider works without
  }), [recording]);

  /** @param {PointerEvent} event */
  const point = (event) => {
    if (!box.current || isBroken || event.buttons !== 1) return;
    const { left, width: across } = box.current.getBoundingClientRect();
    seek(((event.clientX - left) / across) * length.value);
  };
  const lanes = () => (found.value?.lanes.length ? h(Lanes, { wave: found.value, bars: Math.floor(width.value / BAR_PX) }) : html`<span class="wave-line"></span>`);
  const paused = (found.value?.masked ?? []).map((one) => `${span(one.from_s)}–${span(one.to_s)}`).join(", ");
  return html`<div class="wave-box">
    <div
      ref=${box}
      class="wave"
      role="slider"
      tabindex=${isBroken ? undefined : "0"}
      aria-disabled=${isBroken}
      aria-label=${t("player.position")}
      aria-valuemin="0"
      aria-valuemax=${Math.round(length.value)}
      aria-valuenow=${second.value}
      aria-valuetext=${t("player.at", { at: span(second.value), length: span(length.value) })}
      onKeyDown=${onKey}
      onPointerDown=${/** @param {PointerEvent} event */ (event) => {
        /** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
        point(event);
      }}
      onPointerMove=${point}
    >
      ${lanes()}
      ${h(Done, { at, length }, lanes())}
    </div>
    ${paused && html`<p class="wave-paused">${t("player.paused", { spans: paused })}</p>`}
  </div>`;
}

/** What was heard already, drawn over the rest. @param {{ at: Signal<number>, length: Signal<number>, children?: unknown }} props */
function Done({ at, length, children }) {
  const share = length.value ? Math.min(at.value / length.value, 1) : 0;
  return html`<span class="wave-done" style=${{ "--rest": `${100 - 100 * share}%` }}>${children}</span>
    <span class="wave-head" style=${{ "--at": `${100 * share}%` }}></span>`;
}

/** @param {{ wave: Waveform, bars: number }} props */
function Lanes({ wave, bars }) {
  const [customer, others] = wave.lanes.map((lane) => fewer(lane, Math.max(bars, FEWEST)));
  const count = customer.length;
  return html`<svg class="wave-bars" viewBox=${`0 0 ${count} 100`} preserveAspectRatio="none" aria-hidden="true">
    ${wave.masked.map((one) => {
      const from = (one.from_s / wave.seconds) * count;
      return html`<rect key=${from} class="wave-mask" x=${from} y="4" height="92" width=${Math.max(((one.to_s - one.from_s) / wave.seconds) * count, 1)} />`;
    })}
    <path class="wave-customer" d=${barsOf(customer, -1)} />
    ${others && html`<path class="wave-others" d=${barsOf(others, 1)} />`}
  </svg>`;
}

/** Bars from the middle, up (-1) or down (1). @param {number[]} lane @param {-1 | 1} way */
function barsOf(lane, way) {
  return lane.map((height, at) => `M${at} ${HALF + way}h.66v${way * Math.max((height / 255) * (HALF - 3), LEAST)}h-.66z`).join("");
}

/** As many bars as there is room for, each the highest of those it stands for. @param {number[]} lane @param {number} most */
function fewer(lane, most) {
  if (lane.length <= most) return lane;
  const each = lane.length / most;
  return Array.from({ length: most }, (_, at) => Math.max(...lane.slice(Math.floor(at * each), Math.max(Math.floor((at + 1) * each), Math.floor(at * each) + 1))));
}

/** A thread holds many calls, of which few are looked at. @param {HTMLElement | null} element @param {(width: number) => void} then */
function whenSeen(element, then) {
  if (!element) return undefined;
  const watch = new IntersectionObserver(([seen]) => {
    if (!seen.isIntersecting) return;
    watch.disconnect();
    then(element.clientWidth);
  });
  watch.observe(element);
  return () => watch.disconnect();
}
