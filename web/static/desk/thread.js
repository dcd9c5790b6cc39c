// @ts-check
/** One thread: its timeline with older entries upward, and the box for notes. */
import { dayKey, dayName, phone } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useEffect, useLayoutEffect, useRef } from "../vendor/hooks.js";
import { loadOlder } from "./actions.js";
import { PanelButton, displayName } from "./customer.js";
import { Captions } from "./captions.js";
import { AlsoHere } from "./company.js";
import { isOver } from "./dropping.js";
import { EntryRow } from "./entries.js";
import { Compose } from "./compose.js";
import { WhoIsIt } from "./kin.js";
import { Fitting } from "./knowledge.js";
import { Only } from "./only.js";
import { inParts } from "./parts.js";
import { customer, entries, isLoadingOlder, older, onlyChannel, serverNowMs } from "./store.js";

/** @typedef {import("../shared/types.js").Entry} Entry */
/** @typedef {{ entries: Entry[], dayBefore: string, isLast: boolean, isAtEnd: boolean }} PartProps */

/** Who reads this near to the end is taken along to what comes; who reads at the end stays there whatever changes. */
const NEAR_END_PX = 120;
const END_PX = 2;
/** How many parts at the end are always laid out. */
const AT_END = 2;

export function Thread() {
  const found = customer.value;
  if (!found) return null;
  const number = found.identities.find((one) => one.kind === "phone")?.value;
  return html`<div class=${isOver.value ? "thread thread-over" : "thread"}>
    <header class="thread-head">
      <h1>${displayName(found)}</h1>
      <span class="muted">${number && found.contact.name ? phone(number) : ""}</span>
      ${h(AlsoHere, {})}
      <div class="thread-tools">${h(Only, {})}${h(PanelButton, {})}</div>
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
  const before = useRef({ first: "", last: "", fromEndPx: 0 });
  const shown = entries.value;
  const [first, last] = [shown[0]?.id ?? "", shown[shown.length - 1]?.id ?? ""];
  // Far rows are not laid out until somebody asks where they are: only older entries, about to come above it, are worth it.
  const oldest = first === before.current.first ? null : (box.current?.querySelector(".entry") ?? null);
  const place = placeIn(box.current, oldest);

  useLayoutEffect(() => {
    const list = box.current;
    if (!list) return;
    const was = before.current;
    if (was.fromEndPx < (was.last === last ? END_PX : NEAR_END_PX)) list.scrollTop = list.scrollHeight;
    else if (oldest?.isConnected) shift(list, placeIn(list, oldest) - place);
    before.current = { ...was, first, last };
  }, [shown]);

  useEffect(() => {
    const watch = new IntersectionObserver(([seen]) => seen.isIntersecting && void loadOlder(), { root: box.current });
    if (top.current) watch.observe(top.current);
    return () => watch.disconnect();
  }, []);

  const note = () => {
    const list = box.current;
    if (list) before.current.fromEndPx = list.scrollHeight - list.scrollTop - list.clientHeight;
  };

  return html`<div class="timeline" ref=${box} onScroll=${note} role="log" aria-label=${t("timeline.label")} tabindex="0">
    <div class="timeline-top" ref=${top}>${h(Beginning, {})}</div>
    ${parts.current.draw(shown)}
    ${shown.length === 0 && html`<p class="timeline-empty">${t(onlyChannel.value ? "timeline.none_of_these" : "timeline.empty")}</p>`}
  </div>`;
}

/** How far below the beginning of the list a row is. @param {Element | null} list @param {Element | null} row */
function placeIn(list, row) {
  if (!list || !row) return 0;
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
    /** @type {Entry[][]} */
    this.parts = [];
    /** @type {WeakMap<Entry[], PartProps & { node: unknown }>} */
    this.drawn = new WeakMap();
  }

  /** @param {Entry[]} shown */
  draw(shown) {
    this.parts = inParts(shown, this.starts, this.parts);
    let dayBefore = "";
    return this.parts.map((some, at) => {
      const fromEnd = this.parts.length - 1 - at;
      const node = this.part({ entries: some, dayBefore, isLast: fromEnd === 0, isAtEnd: fromEnd < AT_END });
      dayBefore = dayOf(some[some.length - 1]);
      return node;
    });
  }

  /** @param {PartProps} props */
  part(props) {
    const known = this.drawn.get(props.entries);
    if (known && known.isLast === props.isLast && known.isAtEnd === props.isAtEnd && known.dayBefore === props.dayBefore) return known.node;
    const node = h(Part, { key: props.entries[0].id, ...props });
    this.drawn.set(props.entries, { ...props, node });
    return node;
  }
}

/** Every entry, and before the first of each day the day. @param {PartProps} props */
function Part({ entries: some, dayBefore, isLast, isAtEnd }) {
  const nodes = [];
  let before = dayBefore;
  for (const [at, entry] of some.entries()) {
    const day = dayOf(entry);
    if (day !== before) nodes.push(h(Day, { key: `day ${day}`, at: entry.at }));
    nodes.push(rowOf(entry, isLast && at === some.length - 1));
    before = day;
  }
  return html`<div class=${isAtEnd ? "timeline-part timeline-end" : "timeline-part"}>${nodes}</div>`;
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
