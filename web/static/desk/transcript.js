// @ts-check
/** What was said: speaker, time, words; the line and the word being heard are marked, a click on a word goes there. */
import { span } from "../shared/format.js";
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { named, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { orSay } from "../shared/toasts.js";
import { useEffect, useMemo, useRef } from "../vendor/hooks.js";
import { computed, useSignal, useSignalEffect } from "../vendor/signals.js";
import { momentOf, sought } from "./player_hit.js";
import { recordingNews } from "./store.js";

/** @typedef {import("../shared/types.js").Segment} Segment */
/** @typedef {import("../vendor/signals.js").Signal<number>} Moment */

const AHEAD_S = 0.05; // a word is marked as it begins, not a frame later

/**
 * @param {{ recording: string, at: Moment, openAtOnce: boolean, onJump: (seconds: number) => void, onFound: (seconds: number) => void }} props
 */
export function Transcript({ recording, at, openAtOnce, onJump, onFound }) {
  const isOpen = useSignal(openAtOnce);
  const found = useSignal(/** @type {import("../shared/types.js").Transcript | null} */ (null));
  const shown = useRef(/** @type {import("./player_hit.js").Sought | null} */ (null));

  const load = async () => {
    found.value = (await orSay(() => api.get(`/api/recordings/${recording}/transcript`))) ?? found.value;
  };
  useEffect(() => {
    if (openAtOnce) isOpen.value = true;
  }, [openAtOnce]);
  useEffect(() => {
    if (isOpen.value && !found.value) void load();
  }, [isOpen.value]);
  useSignalEffect(() => {
    if (recordingNews.value?.recording === recording && isOpen.peek()) void load();
  });
  useSignalEffect(() => {
    const wanted = sought.value;
    if (wanted?.recording !== recording || wanted === shown.current || !found.value) return;
    shown.current = wanted; // once: a transcript that is read anew does not move the player
    const segment = found.value.segments.findLast((one) => one.t0 <= wanted.t0 + AHEAD_S);
    if (segment) onFound(momentOf(segment, wanted.words));
  });

  return html`<section class="transcript">
    <button class="link-button" aria-expanded=${isOpen.value} onClick=${() => (isOpen.value = !isOpen.value)}>
      ${h(Icon, { name: "text", size: 15 })}<span>${isOpen.value ? t("transcript.hide") : t("transcript.show")}</span>
    </button>
    ${isOpen.value && found.value && h(Lines, { transcript: found.value, at, onJump })}
  </section>`;
}

/** @param {{ transcript: import("../shared/types.js").Transcript, at: Moment, onJump: (seconds: number) => void }} props */
function Lines({ transcript, at, onJump }) {
  const now = useMemo(() => computed(() => current(transcript.segments, at.value)), [transcript, at]);
  if (transcript.state !== "ready") {
    return html`<p class="transcript-state" role="status">${t(`transcript.${transcript.state}`)} ${transcript.detail ?? ""}</p>`;
  }
  if (!transcript.segments.length) return html`<p class="transcript-state">${t("transcript.silent")}</p>`;
  return html`<ol class="lines">
    ${transcript.segments.map((segment, index) => h(Line, { key: index, segment, isNow: index === now.value, at, onJump }))}
  </ol>`;
}

/** @param {{ segment: Segment, isNow: boolean, at: Moment, onJump: (seconds: number) => void }} props */
function Line({ segment, isNow, at, onJump }) {
  const line = /** @type {{ current: HTMLLIElement | null }} */ (useRef(null));
  useEffect(() => {
    if (isNow) keepInView(line.current);
  }, [isNow]);
  /** @param {Event} event */
  const jump = (event) => {
    const word = /** @type {HTMLElement} */ (event.target).closest("[data-t0]");
    onJump(word instanceof HTMLElement ? Number(word.dataset.t0) : segment.t0);
  };
  return html`<li ref=${line} class=${`line line-${segment.speaker} ${isNow ? "line-now" : ""}`} aria-current=${isNow ? "true" : undefined}>
    <button onClick=${jump} title=${t("transcript.jump", { time: span(segment.t0) })}>
      <span class="line-time number">${span(segment.t0)}</span>
      <span class="line-who">${named("speaker", segment.speaker)}</span>
      <span class="line-text">${segment.words.length === 0 ? segment.text : isNow ? h(WordsNow, { segment, at }) : h(Words, { segment, now: -1 })}</span>
    </button>
  </li>`;
}

/** The line being heard: its own component, since it alone is drawn anew from word to word. @param {{ segment: Segment, at: Moment }} props */
function WordsNow({ segment, at }) {
  const now = useMemo(() => computed(() => current(segment.words, at.value)), [segment, at]);
  return h(Words, { segment, now: now.value });
}

/** @param {{ segment: Segment, now: number }} props */
function Words({ segment, now }) {
  return html`${segment.words.map(
    (one, index) => html`<span key=${index} class=${index === now ? "word word-now" : "word"} data-t0=${one.t0}>${one.word}</span>${" "}`,
  )}`;
}

/** Scrolls the list of lines only, never the page around it. @param {HTMLElement | null} line */
function keepInView(line) {
  const list = line?.parentElement;
  if (!line || !list) return;
  const top = line.offsetTop - list.offsetTop;
  if (top < list.scrollTop || top + line.offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = top - 8;
}

/** Which of these is being heard at a moment; -1 before the first. @param {{ t0: number }[]} all @param {number} at */
function current(all, at) {
  if (at <= 0) return -1;
  return all.findLastIndex((one) => one.t0 <= at + AHEAD_S);
}
