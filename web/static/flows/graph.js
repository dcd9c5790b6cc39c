// @ts-check
/** The flow as a drawing made from its text: a click on a step goes to its lines, the step of the caret is marked. */
import { h, html } from "../shared/html.js";
import { locale, t } from "../shared/i18n.js";
import { useEffect, useMemo, useRef } from "../vendor/hooks.js";
import { computed, useComputed, useSignal } from "../vendor/signals.js";
import { BOX, layout, line } from "./layout.js";
import { checked, choose, chosen, errors, isAlone, picture, trail } from "./state.js";
import { counted } from "./traffic.js";

/** @typedef {import("./layout.js").Spot} Spot */

const LONGEST = 20;

export function Graph() {
  const outline = picture.value;
  const scale = useSignal(0);
  const box = /** @type {{ current: HTMLDivElement | null }} */ (useRef(null));
  const shape = useMemo(() => (outline ? shapeOf(outline) : ""), [outline]);
  const drawn = useMemo(() => outline && layout(outline), [shape]);
  const wrong = wrongSteps();
  const parts = useMemo(
    () => outline && drawn && [ways(outline, drawn.spots), [...drawn.spots.values()].map((spot) => h(Box, { key: spot.id, spot, outline, isWrong: wrong.includes(spot.id) }))],
    [shape, wrong.join(), trail.value, counted.value, locale.value],
  );
  useEffect(() => {
    if (drawn && box.current && !scale.value) scale.value = Math.max(0.55, Math.min(1, box.current.clientWidth / drawn.width));
  }, [drawn]);
  useEffect(() => {
    const spot = chosen.value && drawn?.spots.get(chosen.value);
    if (spot && box.current) reveal(box.current, spot, scale.value || 1);
  }, [chosen.value, drawn]);
  if (!outline || !drawn) return html`<p class="flow-empty">${t("flows.graph.none")}</p>`;
  const isOld = isAlone.value || (checked.value !== null && !checked.value.outline.is_readable);
  return html`<div class="graph-frame">
    <div class="graph-tools" role="group" aria-label=${t("flows.zoom")}>
      ${isOld && html`<span class="graph-old">${t("flows.graph.old")}</span>`}
      <button class="icon-button" aria-label=${t("flows.zoom.out")} title=${t("flows.zoom.out")} onClick=${() => (scale.value = Math.max(0.3, scale.value / 1.25))}>−</button>
      <button class="icon-button" aria-label=${t("flows.zoom.in")} title=${t("flows.zoom.in")} onClick=${() => (scale.value = Math.min(2, scale.value * 1.25))}>+</button>
    </div>
    <div class=${`graph ${isOld ? "graph-stale" : ""}`} ref=${box}>
      <svg width=${drawn.width * (scale.value || 1)} height=${drawn.height * (scale.value || 1)} viewBox=${`0 0 ${drawn.width} ${drawn.height}`} role="group" aria-label=${t("flows.graph")}>
        <defs>
          <marker id="flow-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse" markerWidth="9" markerHeight="9" orient="auto-start-reverse"><path class="graph-head" d="M0 0 8 4 0 8z" /></marker>
        </defs>
        ${parts}
      </svg>
    </div>
  </div>`;
}

/** @param {import("./types.js").Outline} outline @param {Map<string, Spot>} spots */
function ways(outline, spots) {
  /** @type {Map<string, import("./types.js").Way[]>} */
  const pairs = new Map();
  for (const way of outline.ways) {
    const id = `${way.from}>${way.to}`;
    pairs.set(id, [...(pairs.get(id) ?? []), way]);
  }
  const steps = trail.value;
  const gone = new Set(steps.slice(1).map((id, at) => `${steps[at]}>${id}`));
  const most = Math.max(1, ...counted.value.ways.values());
  return [...pairs].map(([id, same]) => {
    const from = spots.get(same[0].from);
    const to = spots.get(same[0].to);
    if (!from || !to) return null;
    const drawn = line(from, to);
    const calls = counted.value.ways.get(id);
    const words = same.map((way) => way.label).filter(Boolean).join(", ");
    const label = calls === undefined ? (counted.value.steps.size ? "" : words) : calls.toLocaleString(locale.value);
    const tone = same.every((way) => way.kind === "event" || way.kind === "fail") ? "graph-way-side" : "";
    return html`<g key=${id} class=${`graph-way ${tone} ${gone.has(id) ? "graph-way-gone" : ""}`}>
      <path d=${drawn.path} marker-end="url(#flow-arrow)" stroke-width=${calls ? 1.2 + (4 * calls) / most : undefined}><title>${`${same[0].from} → ${same[0].to} ${words}`}</title></path>
      ${label && html`<text x=${drawn.x} y=${drawn.y} text-anchor="middle">${short(label, 14)}</text>`}
    </g>`;
  });
}

/** What the drawing shows of a text: while it stays the same nothing is drawn anew, however long the flow is. @param {import("./types.js").Outline} outline */
function shapeOf(outline) {
  return JSON.stringify([outline.entry, outline.steps.map((one) => [one.id, one.type, one.label]), outline.ways]);
}

function wrongSteps() {
  return [...new Set(errors.value.map((one) => one.step ?? ""))];
}

/** Which one is chosen changes with the caret: that alone draws nothing anew. @param {{ spot: Spot, outline: import("./types.js").Outline, isWrong: boolean, key?: string }} props */
function Box({ spot, outline, isWrong }) {
  const step = outline.steps.find((one) => one.id === spot.id);
  const at = trail.value.indexOf(spot.id);
  const seen = counted.value.steps.get(spot.id);
  const classes = [
    "graph-step",
    spot.isMissing || isWrong ? "graph-wrong" : "",
    at >= 0 ? "graph-visited" : "",
    outline.entry === spot.id ? "graph-entry" : "",
  ];
  const plain = classes.filter(Boolean).join(" ");
  const isChosen = useComputed(() => chosen.value === spot.id);
  const isPressed = useComputed(() => String(isChosen.value));
  const look = useMemo(() => computed(() => (isChosen.value ? `${plain} graph-chosen` : plain)), [plain]);
  const go = () => choose(spot.id);
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault(); // the caret is in the text by the time the key would write
    go();
  };
  return html`<g
    class=${look}
    transform=${`translate(${spot.x} ${spot.y})`}
    tabindex="0"
    role="button"
    aria-label=${`${spot.id} ${step?.type ?? ""}`}
    aria-pressed=${isPressed}
    onClick=${go}
    onKeyDown=${press}
  >
    <rect width=${BOX.width} height=${BOX.height} rx="8" />
    <text class="graph-name" x="12" y="19">${short(spot.id)}</text>
    <text class="graph-kind" x="12" y="35">${spot.isMissing ? t("flows.graph.missing") : step?.label || step?.type}</text>
    ${seen && html`<text class="graph-count" x=${BOX.width - 10} y="19" text-anchor="end">${seen.calls.toLocaleString(locale.value)}</text>`}
    ${seen && seen.ended > 0 && html`<text class="graph-left" x=${BOX.width - 10} y="35" text-anchor="end">${`▼ ${seen.ended.toLocaleString(locale.value)}`}<title>${t("flows.traffic.ended", { n: seen.ended })}</title></text>`}
  </g>`;
}

/** @param {HTMLElement} box @param {Spot} spot @param {number} scale */
function reveal(box, spot, scale) {
  const x = spot.x * scale;
  const y = spot.y * scale;
  const isSeen = x >= box.scrollLeft && x + BOX.width * scale <= box.scrollLeft + box.clientWidth && y >= box.scrollTop && y + BOX.height * scale <= box.scrollTop + box.clientHeight;
  if (!isSeen) box.scrollTo({ left: x - box.clientWidth / 2 + (BOX.width * scale) / 2, top: y - box.clientHeight / 3 });
}

/** @param {string} text @param {number} [most] */
function short(text, most = LONGEST) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
