// @ts-check
/** What is said on the call that runs now, written while it is said. */
import { api } from "../shared/api.js";
import { span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { named, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { useEffect, useLayoutEffect, useRef } from "../vendor/hooks.js";
import { batch, computed, signal, useSignal } from "../vendor/signals.js";
import * as store from "./store.js";

/** @typedef {{ call: string, recording: string, speaker: string, line: number, t0: number, t1: number, text: string, is_final: boolean }} Line */

const SILENT = new Set(["off", "over"]);
const NEAR_END_PX = 24;

/** @type {import("../vendor/signals.js").Signal<{ call: string, state: string }>} */
const standing = signal({ call: "", state: "off" });
/** By recording, speaker and number, in the order they began. @type {import("../vendor/signals.js").Signal<Map<string, Line>>} */
const lines = signal(new Map());

/** The call under way with the customer whose thread is open, whoever talks to him. */
const running = computed(() => {
  const mine = store.call.value;
  if (mine && mine.thread === store.openThread.value) return mine.id;
  const entry = store.entries.value.findLast((one) => one.kind === "call" && one.call?.id && !one.call.ended_at && !one.call.outcome);
  return entry?.call?.id ?? null;
});

/** What the customer said last on the call that runs now. */
export const lastSpoken = computed(() => {
  if (!running.value || standing.value.call !== running.value) return null;
  return [...lines.value.values()].filter((line) => line.speaker === "customer" && line.is_final).at(-1)?.text ?? null;
});

/** A call may have been recorded in several parts. @param {Line} line */
const keyOf = (line) => `${line.recording} ${line.speaker} ${line.line}`;

/** @param {Line} line */
export function hearLine(line) {
  if (line.call !== running.value) return;
  if (standing.value.call !== line.call) begin(line.call, "on", []);
  lines.value = new Map(lines.value).set(keyOf(line), line);
}

/** @param {{ call: string, state: string }} told */
export function hearStanding(told) {
  if (told.call === running.value) standing.value = told;
}

/** @param {string} call @param {string} state @param {Line[]} known */
function begin(call, state, known) {
  batch(() => {
    standing.value = { call, state };
    lines.value = new Map(known.map((line) => [keyOf(line), line]));
  });
}

/** A page that loads in the middle of a call reads what was said before. @param {string} call */
async function catchUp(call) {
  const found = await api.get(`/api/calls/${call}/captions`).catch(() => null); // there may be none on this server
  if (found && call === running.value) begin(call, found.state, found.lines);
}

export function Captions() {
  const isFolded = useSignal(false);
  const call = running.value;
  useEffect(() => {
    if (call) void catchUp(call);
  }, [call]);
  const { state } = standing.value;
  if (!call || standing.value.call !== call || SILENT.has(state)) return null;
  return html`<section class="captions" aria-label=${t("captions.label")}>
    <header>
      ${h(Icon, { name: "text", size: 15 })}<b>${t("captions.label")}</b>
      ${state !== "on" && html`<span role="status">${t(`captions.${state}`)}</span>`}
      <button class="link-button" aria-expanded=${!isFolded.value} onClick=${() => (isFolded.value = !isFolded.value)}>${t(isFolded.value ? "captions.show" : "captions.hide")}</button>
    </header>
    ${!isFolded.value && state === "on" && h(Lines, {})}
  </section>`;
}

function Lines() {
  const box = /** @type {{ current: HTMLDivElement | null }} */ (useRef(null));
  const isAtEnd = useRef(true);
  const shown = [...lines.value.values()].sort((a, b) => a.t0 - b.t0);
  useLayoutEffect(() => {
    if (box.current && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  });
  const note = () => {
    const list = box.current;
    if (list) isAtEnd.current = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX;
  };
  if (!shown.length) return html`<p class="captions-wait">${t("captions.wait")}</p>`;
  return html`<div class="lines captions-lines" ref=${box} onScroll=${note} tabindex="0" role="log" aria-live="off" aria-label=${t("captions.label")}>
    <ol>
      ${shown.map(
        (line) => html`<li key=${keyOf(line)} class=${`line line-${line.speaker} ${line.is_final ? "" : "line-open"}`}>
          <span class="line-time number">${span(line.t0)}</span><span class="line-who">${named("speaker", line.speaker)}</span><span class="line-text">${line.text}${line.is_final ? "" : "…"}</span>
        </li>`,
      )}
    </ol>
  </div>`;
}
