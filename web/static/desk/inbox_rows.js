// @ts-check
/** The cases or mentions a view of the inbox holds: fetched page by page as they come into sight, chosen for what is to be done. */
import { api } from "../shared/api.js";
import { t } from "../shared/i18n.js";
import { orSay } from "../shared/toasts.js";
import { batch, computed, signal } from "../vendor/signals.js";
import { counts } from "./store.js";

/** @typedef {import("../shared/types.js").CaseCard} CaseCard */
/** @typedef {{ key: string, contact: string, thread: string, title: string, detail: string, at: string, late: boolean, owner: string | null, tags: string[], number: number | null }} Row */
/** @typedef {{ queue: string, status: string, tag: string }} Filter */

export const VIEWS = /** @type {const} */ (["mine", "queues", "unassigned", "snoozed", "mentions", "all"]);
/** What one request may change. */
export const MOST_AT_ONCE = 500;
const PAGE = 200;

/** The view that is open. @type {import("../vendor/signals.js").Signal<string | null>} */
export const view = signal(null);
export const filter = signal(/** @type {Filter} */ ({ queue: "", status: "", tag: "" }));
/** The beginning of the view, as far as it was fetched. @type {import("../vendor/signals.js").Signal<Row[]>} */
export const rows = signal([]);
/** How many there are. */
export const total = signal(0);
export const isLoaded = signal(false);
/** Where the keyboard is. */
export const at = signal(0);
/** Numbers of the chosen cases. @type {import("../vendor/signals.js").Signal<ReadonlySet<number>>} */
export const chosen = signal(new Set());

/** Others have changed what this view holds since it was fetched. */
export const isStale = computed(() => {
  const { queue, status, tag } = filter.value;
  if (!view.value || queue || status || tag || !isLoaded.value) return false;
  return (counts.value?.[view.value] ?? total.value) !== total.value;
});

/** @type {string | null} */
let next = null;
/** Which fetching is the latest: what an older one brings is thrown away. */
let fetching = 0;
let isFetching = false;
let wanted = 0;
let anchor = 0;

/** Opens a view at its beginning; null closes the inbox. @param {string | null} which */
export async function show(which) {
  batch(() => {
    view.value = which;
    rows.value = [];
    total.value = 0;
    isLoaded.value = false;
    at.value = anchor = 0;
    chosen.value = new Set();
  });
  wanted = 0;
  if (which) await fetchAgain();
}

/** @param {Partial<Filter>} change */
export async function narrow(change) {
  filter.value = { ...filter.value, ...change };
  await show(view.value);
}

/** The view anew, as far as it is in sight; what is still in it stays chosen. */
export async function fetchAgain() {
  const mine = ++fetching;
  const found = await fetchUntil(null, [], wanted, mine);
  if (!found || mine !== fetching) return;
  const numbers = new Set(found.rows.map((row) => row.number));
  batch(() => {
    rows.value = found.rows;
    total.value = found.total;
    isLoaded.value = true;
    at.value = Math.min(at.value, Math.max(0, found.total - 1));
    chosen.value = new Set([...chosen.value].filter((number) => numbers.has(number)));
  });
  next = found.next;
}

/** Rows until before `end` are in sight. @param {number} end */
export async function reach(end) {
  wanted = end;
  if (isFetching || !isLoaded.value || end <= rows.value.length || next === null) return;
  const mine = fetching;
  isFetching = true;
  const found = await fetchUntil(next, rows.value, end, mine);
  isFetching = false;
  if (mine !== fetching) return;
  if (!found) return;
  rows.value = found.rows;
  next = found.next;
  if (wanted > rows.value.length) void reach(wanted);
}

/**
 * Page after page from `after` on, behind `known`, until there are `end` rows.
 * @param {string | null} after @param {Row[]} known @param {number} end @param {number} mine
 * @returns {Promise<{ rows: Row[], next: string | null, total: number } | undefined>}
 */
async function fetchUntil(after, known, end, mine) {
  let all = known;
  let sum = total.value;
  let cursor = after;
  do {
    const page = await orSay(() => fetchPage(cursor));
    if (!page || mine !== fetching) return undefined;
    all = [...all, ...page.rows];
    sum = page.total ?? sum;
    cursor = page.next;
  } while (cursor !== null && all.length < end);
  return { rows: all, next: cursor, total: sum };
}

/** @param {string | null} after @returns {Promise<{ rows: Row[], next: string | null, total: number | null }>} */
async function fetchPage(after) {
  if (view.value === "mentions") {
    const found = await api.get(`/api/mentions?limit=${PAGE}`);
    return { rows: found.mentions.map(mentionRow), next: null, total: found.mentions.length };
  }
  const asked = new URLSearchParams({ view: view.value ?? "all", limit: String(PAGE) });
  for (const [name, value] of Object.entries(filter.value)) if (value) asked.set(name, value);
  if (after) asked.set("after", after);
  const found = await api.get(`/api/cases?${asked}`);
  return { rows: found.cases.map(caseRow), next: found.next, total: found.total };
}

/** @param {CaseCard} one @returns {Row} */
function caseRow(one) {
  return {
    key: String(one.number),
    contact: one.contact.id,
    thread: one.thread,
    title: one.contact.name ?? t("who.no_name"),
    detail: `#${one.number} ${one.subject ?? t("case.no_subject")}`,
    at: one.turn_at ?? one.opened_at,
    late: one.overdue,
    owner: one.owner?.name ?? null,
    tags: one.tags ?? [],
    number: one.number,
  };
}

/** @param {import("../shared/types.js").Mention} one @returns {Row} */
function mentionRow(one) {
  return {
    key: one.entry,
    contact: one.contact.id,
    thread: one.thread,
    title: one.contact.name ?? t("who.no_name"),
    detail: `${one.by ?? ""}: ${one.preview ?? ""}`,
    at: one.at,
    late: false,
    owner: null,
    tags: [],
    number: null,
  };
}

/** To another row; with `isRange` everything from where choosing began. @param {number} to @param {boolean} isRange */
export function moveTo(to, isRange) {
  if (isRange) chooseRange(to);
  else anchor = to;
  at.value = to;
}

/** In or out, one row. @param {number} index */
export function toggle(index) {
  const number = rows.value[index]?.number;
  anchor = index;
  if (number == null) return;
  const now = new Set(chosen.value);
  if (!now.delete(number) && now.size < MOST_AT_ONCE) now.add(number);
  chosen.value = now;
}

/** From where choosing began to here. @param {number} to */
export function chooseRange(to) {
  choose(rows.value.slice(Math.min(anchor, to), Math.max(anchor, to) + 1));
}

/** As many as one request may change. */
export async function chooseAll() {
  await reach(Math.min(total.value, MOST_AT_ONCE));
  choose(rows.value);
}

/** @param {Row[]} some */
function choose(some) {
  const numbers = some.flatMap((row) => (row.number === null ? [] : [row.number]));
  chosen.value = new Set(numbers.slice(0, MOST_AT_ONCE));
}

export function chooseNone() {
  chosen.value = new Set();
}
