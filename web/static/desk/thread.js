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
import { inParts } from "./parts.js";
import { customer, entries, isLoadingOlder, older, serverNowMs } from "./store.js";

/** @typedef {import("../shared/types.js").Entry} Entry */

const NEAR_END_PX = 120;

export function Thread() {
  const found = customer.value;
  if (!found) return null;
  const number = found.identities.find((one) => one.kind === "phone")?.value;
  return html`<div class="thread">
    <header class="thread-head">
      <h1>${displayName(found)}</h1>
      <span class="muted">${number && found.contact.name ? phone(number) : ""}</span>
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
  const parts = useRef(new Parts());
  const before = useRef({ last: "", nearEnd: true, oldest: /** @type {Element | null} */ (null), place: 0 });
  const shown = entries.value;
  const last = shown[shown.length - 1]?.id ?? "";

  useLayoutEffect(() => {
    const list = box.current;
    if (!list) return;
    const was = before.current;
    if (was.last !== last && was.nearEnd) list.scrollTop = list.scrollHeight;
    else if (was.oldest?.isConnected) shift(list, placeIn(list, was.oldest) - was.place);
    const oldest = list.querySelector(".entry");
    before.current = { ...was, last, oldest, place: oldest ? placeIn(list, oldest) : 0 };
  }, [shown]);

  useEffect(() => {
    const watch = new IntersectionObserver(([seen]) => seen.isIntersecting && void loadOlder(), { root: box.current });
    if (top.current) watch.observe(top.current);
    return () => watch.disconnect();
  }, []);

  const note = () => {
    const list = box.current;
    if (list) before.current.nearEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX;
  };

  return html`<div class="timeline" ref=${box} onScroll=${note} role="log" aria-label=${t("timeline.label")} tabindex="0">
    <div class="timeline-top" ref=${top}>${h(Beginning, {})}</div>
    ${parts.current.draw(shown)}
    ${shown.length === 0 && html`<p class="timeline-empty">${t("timeline.empty")}</p>`}
  </div>`;
}

/** How far below the beginning of the list a row is. @param {Element} list @param {Element} row */
function placeIn(list, row) {
  return row.getBoundingClientRect().top - list.getBoundingClientRect().top + list.scrollTop;
}

/** What is read stays where it is, though something came above it. @param {Element} list @param {number} px */
function shift(list, px) {
  if (Math.round(px)) list.scrollTop += px;
}

/** The parts as they were drawn: the same node again is nothing to compare, which keeps a long thread quick. */
class Parts {
  constructor() {
    /** @type {Set<string>} */
    this.starts = new Set();
    /** @type {Map<string, { entries: Entry[], dayBefore: string, isLast: boolean, node: unknown }>} */
    this.drawn = new Map();
  }

  /** @param {Entry[]} shown */
  draw(shown) {
    const parts = inParts(shown, this.starts);
    const now = new Map();
    let dayBefore = "";
    for (const [at, some] of parts.entries()) {
      const part = this.part(some, dayBefore, at === parts.length - 1);
      now.set(some[0].id, part);
      dayBefore = dayOf(some[some.length - 1]);
    }
    this.drawn = now;
    return [...now.values()].map((one) => one.node);
  }

  /** @param {Entry[]} some @param {string} dayBefore @param {boolean} isLast */
  part(some, dayBefore, isLast) {
    const known = this.drawn.get(some[0].id);
    if (known && known.isLast === isLast && known.dayBefore === dayBefore && isSame(known.entries, some)) return known;
    return { entries: some, dayBefore, isLast, node: h(Part, { key: some[0].id, entries: some, dayBefore, isLast }) };
  }
}

/** @param {Entry[]} one @param {Entry[]} other */
function isSame(one, other) {
  return one.length === other.length && one.every((entry, at) => entry === other[at]);
}

/** Every entry, and before the first of each day the day. @param {{ entries: Entry[], dayBefore: string, isLast: boolean }} props */
function Part({ entries: some, dayBefore, isLast }) {
  const nodes = [];
  let before = dayBefore;
  for (const [at, entry] of some.entries()) {
    const day = dayOf(entry);
    if (day !== before) nodes.push(h(Day, { key: `day ${day}`, at: entry.at }));
    nodes.push(rowOf(entry, isLast && at === some.length - 1));
    before = day;
  }
  return html`<div class="timeline-part">${nodes}</div>`;
}

/** @type {WeakMap<Entry, { isLast: boolean, node: unknown }>} */
const rows = new WeakMap();

/** @param {Entry} entry @param {boolean} isLast */
function rowOf(entry, isLast) {
  const known = rows.get(entry);
  if (known?.isLast === isLast) return known.node;
  const node = h(EntryRow, { key: entry.id, entry, isLast });
  rows.set(entry, { isLast, node });
  return node;
}

/** @type {WeakMap<Entry, string>} */
const days = new WeakMap();

/** @param {Entry} entry */
function dayOf(entry) {
  const known = days.get(entry);
  if (known) return known;
  const day = dayKey(entry.at);
  days.set(entry, day);
  return day;
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
