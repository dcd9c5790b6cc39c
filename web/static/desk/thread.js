// @ts-check
/** One thread: its timeline with older entries upward, and the box for notes. */
import { dayKey, dayName, phone } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useEffect, useLayoutEffect, useRef } from "../vendor/hooks.js";
import { loadOlder } from "./actions.js";
import { PanelButton, displayName } from "./customer.js";
import { Captions } from "./captions.js";
import { EntryRow } from "./entries.js";
import { Compose } from "./compose.js";
import { WhoIsIt } from "./kin.js";
import { Fitting } from "./knowledge.js";
import { customer, entries, isLoadingOlder, older, serverNowMs } from "./store.js";

/** @typedef {import("../shared/types.js").Entry} Entry */

const NEAR_END_PX = 120;

export function Thread() {
  const found = customer.value;
  if (!found) return null;
  return html`<div class="thread">
    <header class="thread-head">
      <h1>${displayName(found)}</h1>
      <span class="muted">${found.contact.name ? phone(found.identities.find((one) => one.kind === "phone")?.value) : ""}</span>
      ${h(PanelButton, {})}
    </header>
    ${h(WhoIsIt, {})}
    ${h(Timeline, {})}
    ${h(Captions, {})}
    ${h(Fitting, {})}
    ${h(Compose, { key: found.contact.thread })}
  </div>`;
}

function Timeline() {
  const box = /** @type {{ current: HTMLDivElement | null }} */ (useRef(null));
  const top = /** @type {{ current: HTMLDivElement | null }} */ (useRef(null));
  const before = useRef({ first: "", last: "", height: 0, nearEnd: true });
  const shown = entries.value;
  const first = shown[0]?.id ?? "";
  const last = shown[shown.length - 1]?.id ?? "";

  useLayoutEffect(() => {
    const list = box.current;
    if (!list) return;
    const was = before.current;
    if (was.last !== last && was.nearEnd) list.scrollTop = list.scrollHeight;
    else if (was.first && was.first !== first) list.scrollTop += list.scrollHeight - was.height;
    before.current = { ...was, first, last, height: list.scrollHeight };
  }, [first, last, shown.length]);

  useEffect(() => {
    const watch = new IntersectionObserver(([seen]) => seen.isIntersecting && void loadOlder(), { root: box.current });
    if (top.current) watch.observe(top.current);
    return () => watch.disconnect();
  }, []);

  const note = () => {
    const list = box.current;
    if (list) before.current.nearEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX;
    if (list) before.current.height = list.scrollHeight;
  };

  return html`<div class="timeline" ref=${box} onScroll=${note} role="log" aria-label=${t("timeline.label")} tabindex="0">
    <div class="timeline-top" ref=${top}>${h(Beginning, {})}</div>
    ${rows(shown)}
    ${shown.length === 0 && html`<p class="timeline-empty">${t("timeline.empty")}</p>`}
  </div>`;
}

/**
 * An entry's row as it was drawn: the same node again is nothing to compare, which keeps a long thread quick.
 * @type {WeakMap<Entry, { day: string, isLast: boolean, node: unknown }>}
 */
const drawn = new WeakMap();

/** @param {Entry} entry @param {boolean} isLast */
function rowOf(entry, isLast) {
  const known = drawn.get(entry);
  if (known?.isLast === isLast) return known;
  const made = { day: dayKey(entry.at), isLast, node: h(EntryRow, { key: entry.id, entry, isLast }) };
  drawn.set(entry, made);
  return made;
}

/** Every entry, and before the first of each day the day. @param {Entry[]} shown */
function rows(shown) {
  const nodes = [];
  let before = "";
  for (const [at, entry] of shown.entries()) {
    const row = rowOf(entry, at === shown.length - 1);
    if (row.day !== before) nodes.push(h(Day, { key: `day ${row.day}`, at: entry.at }));
    nodes.push(row.node);
    before = row.day;
  }
  return nodes;
}

function Beginning() {
  if (older.value === null) return html`<span>${t("timeline.beginning")}</span>`;
  return html`<button class="link-button" disabled=${isLoadingOlder.value} onClick=${loadOlder}>
    ${isLoadingOlder.value ? t("timeline.loading") : t("timeline.older")}
  </button>`;
}

/** @param {{ at: string }} props */
function Day({ at }) {
  return html`<h2 class="day"><span>${dayName(at, Math.floor(serverNowMs.peek() / 60_000) * 60_000)}</span></h2>`;
}
