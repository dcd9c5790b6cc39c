// @ts-check
/** What was said: speaker, time, text; the line being played is marked. */
import { span } from "../shared/format.js";
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { named, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { orSay } from "../shared/toasts.js";
import { useEffect, useRef } from "../vendor/hooks.js";
import { useSignal, useSignalEffect } from "../vendor/signals.js";
import { recordingNews } from "./store.js";

/** @typedef {import("../shared/types.js").Segment} Segment */

/**
 * @param {{ recording: string, at: import("../vendor/signals.js").Signal<number>, openAtOnce: boolean, onJump: (seconds: number) => void }} props
 */
export function Transcript({ recording, at, openAtOnce, onJump }) {
  const isOpen = useSignal(openAtOnce);
  const found = useSignal(/** @type {import("../shared/types.js").Transcript | null} */ (null));

  const load = async () => {
    found.value = (await orSay(() => api.get(`/api/recordings/${recording}/transcript`))) ?? found.value;
  };
  useEffect(() => {
    if (isOpen.value && !found.value) void load();
  }, [isOpen.value]);
  useSignalEffect(() => {
    if (recordingNews.value?.recording === recording && isOpen.peek()) void load();
  });

  return html`<section class="transcript">
    <button class="link-button" aria-expanded=${isOpen.value} onClick=${() => (isOpen.value = !isOpen.value)}>
      ${h(Icon, { name: "text", size: 15 })}<span>${isOpen.value ? t("transcript.hide") : t("transcript.show")}</span>
    </button>
    ${isOpen.value && found.value && h(Lines, { transcript: found.value, at, onJump })}
  </section>`;
}

/** @param {{ transcript: import("../shared/types.js").Transcript, at: import("../vendor/signals.js").Signal<number>, onJump: (seconds: number) => void }} props */
function Lines({ transcript, at, onJump }) {
  if (transcript.state !== "ready") {
    return html`<p class="transcript-state" role="status">${t(`transcript.${transcript.state}`)} ${transcript.detail ?? ""}</p>`;
  }
  if (!transcript.segments.length) return html`<p class="transcript-state">${t("transcript.silent")}</p>`;
  const now = current(transcript.segments, at.value);
  return html`<ol class="lines">
    ${transcript.segments.map((segment, index) => h(Line, { key: index, segment, isNow: index === now, onJump }))}
  </ol>`;
}

/** @param {{ segment: Segment, isNow: boolean, onJump: (seconds: number) => void }} props */
function Line({ segment, isNow, onJump }) {
  const line = /** @type {{ current: HTMLLIElement | null }} */ (useRef(null));
  useEffect(() => {
    if (isNow) keepInView(line.current);
  }, [isNow]);
  return html`<li ref=${line} class=${`line line-${segment.speaker} ${isNow ? "line-now" : ""}`} aria-current=${isNow ? "true" : undefined}>
    <button onClick=${() => onJump(segment.t0)} title=${t("transcript.jump", { time: span(segment.t0) })}>
      <span class="line-time number">${span(segment.t0)}</span>
      <span class="line-who">${named("speaker", segment.speaker)}</span>
      <span class="line-text">${segment.text}</span>
    </button>
  </li>`;
}

/** Scrolls the list of lines only, never the page around it. @param {HTMLElement | null} line */
function keepInView(line) {
  const list = line?.parentElement;
  if (!line || !list) return;
  const top = line.offsetTop - list.offsetTop;
  if (top < list.scrollTop || top + line.offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = top - 8;
}

/** The segment being heard at a moment; -1 before the first. @param {Segment[]} segments @param {number} at */
function current(segments, at) {
  if (at <= 0) return -1;
  return segments.findLastIndex((segment) => segment.t0 <= at + 0.05);
}
