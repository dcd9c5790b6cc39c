// @ts-check
/** What is said on one call, written while it is said: that which the page follows. */
import { api } from "./api.js";
import { span } from "./format.js";
import { h, html } from "./html.js";
import { named, t } from "./i18n.js";
import { Icon } from "./icons.js";
import { useEffect, useLayoutEffect, useRef } from "../vendor/hooks.js";
import { batch, computed, signal, useSignal } from "../vendor/signals.js";

/** @typedef {{ call: string, recording: string, speaker: string, line: number, t0: number, t1: number, text: string, is_final: boolean }} Line */

const SILENT = new Set(["off", "over"]);
const NEAR_END_PX = 24;

/** @type {import("../vendor/signals.js").Signal<{ call: string, state: string }>} */
const standing = signal({ call: "", state: "off" });
/** By recording, speaker and number, in the order they began. @type {import("../vendor/signals.js").Signal<Map<string, Line>>} */
const lines = signal(new Map());

/** The call that is followed. @type {import("../vendor/signals.js").Signal<string | null>} */
export const followed = signal(null);

/** What the customer said last on that call. */
export const lastSpoken = computed(() => {
  if (!followed.value || standing.value.call !== followed.value) return null;
  return [...lines.value.values()].filter((line) => line.speaker === "customer" && line.is_final).at(-1)?.text ?? null;
});

/** A call may have been recorded in several parts. @param {Line} line */
const keyOf = (line) => `${line.recording} ${line.speaker} ${line.line}`;

/** @param {Line} line */
export function hearLine(line) {
  if (line.call !== followed.value) return;
  if (standing.value.call !== line.call) begin(line.call, "on", []);
  lines.value = new Map(lines.value).set(keyOf(line), line);
}

/** @param {{ call: string, state: string }} told */
export function hearStanding(told) {
  if (told.call === followed.value) standing.value = told;
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
  if (found && call === followed.value) begin(call, found.state, found.lines);
}

export function Captions() {
  const isFolded = useSignal(false);
  const call = followed.value;
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
