// @ts-check
/** What the page knows. Components read it; `actions.js` and `news.js` write it. */
import { computed, signal } from "../vendor/signals.js";

/** @typedef {import("../shared/types.js").Entry} Entry */
/** @typedef {import("../shared/types.js").Customer} Customer */
/** @typedef {{ id: string, number: string | null, name: string | null, queue: string | null, language: string | null, path: import("../shared/types.js").PathStep[], thread: string | null, waitS: number | null, connectedAt: string, heldSince: string | null, isRinging?: boolean, isInside?: boolean, colleague?: string | null }} ActiveCall */
/** @typedef {{ thread: string, contact: string, name: string | null, number: string | null }} Visit */

/**
 * @template T
 * @typedef {import("../vendor/signals.js").Signal<T>} Signal
 */

/** @type {Signal<import("../shared/types.js").Me | null>} */
export const me = signal(null);
/** The agent's own state. @type {Signal<import("../shared/types.js").AgentRow | null>} */
export const presence = signal(null);
/** @type {Signal<import("../shared/types.js").Offer | null>} */
export const offer = signal(null);
/** @type {Signal<ActiveCall | null>} */
export const call = signal(null);
/** The call the wrap-up is about. @type {Signal<ActiveCall | null>} */
export const lastCall = signal(null);

/** The customer whose thread is open. @type {Signal<Customer | null>} */
export const customer = signal(null);
/** Oldest first. @type {Signal<Entry[]>} */
export const entries = signal([]);
/** Where older entries begin; undefined until the first page is here, null at the thread's beginning. @type {Signal<string | null | undefined>} */
export const older = signal(undefined);
export const isLoadingOlder = signal(false);

/** By which ways this customer can be written to, the one he used last first. @type {Signal<import("../shared/types.js").Way[]>} */
export const ways = signal([]);
/** @type {Signal<import("../shared/types.js").Kin | null>} */
export const kin = signal(null);
/** The cases of the open thread. @type {Signal<import("../shared/types.js").CaseCard[]>} */
export const cases = signal([]);
/** What other systems know of the open customer. @type {Signal<import("../shared/types.js").Panel | null>} */
export const panel = signal(null);
/** How many cases each view holds; null where there are none. @type {Signal<Record<string, number> | null>} */
export const counts = signal(null);
/** The customer writes in the chat just now. @type {Signal<{ thread: string, until: number } | null>} */
export const typing = signal(null);
/** Colleagues who have a thread open, I among them. @type {Signal<{ thread: string, agents: string[] } | null>} */
export const readers = signal(null);
/** A colleague writes at a thread just now. @type {Signal<{ thread: string, agent: string, until: number } | null>} */
export const writing = signal(null);
/** Of the open thread only what came by this channel; empty: everything. */
export const onlyChannel = signal("");
/** Which half of the box under the thread is open. @type {Signal<"reply" | "note">} */
export const composing = signal(/** @type {"reply" | "note"} */ ("reply"));

/** @type {Signal<Visit[]>} */
export const visits = signal([]);
/** @type {Signal<import("../shared/types.js").QueueRow[]>} */
export const queues = signal([]);
/** @type {Signal<import("../shared/types.js").AgentRow[]>} */
export const team = signal([]);
/** The latest change of a recording or transcript. @type {Signal<{ recording: string, transcript: string | null } | null>} */
export const recordingNews = signal(null);

/** Ticks once a second. */
export const nowMs = signal(Date.now());
/** Server clock minus ours, milliseconds. */
export const skewMs = signal(0);
/** The server's time, for countdowns. */
export const serverNowMs = computed(() => nowMs.value + skewMs.value);
setInterval(() => (nowMs.value = Date.now()), 1000);

export const openThread = computed(() => customer.value?.contact.thread ?? null);

/** What a queue is called. @param {string | null | undefined} id */
export function queueTitle(id) {
  return queues.value.find((queue) => queue.id === id)?.title ?? id ?? "";
}

/** Seconds since an ISO moment, on the server's clock. @param {string | null | undefined} at */
export function secondsSince(at) {
  return at ? (serverNowMs.value - Date.parse(at)) / 1000 : 0;
}

/** Puts entries into the open thread: known ids are replaced, the rest sorted in. @param {Entry[]} news */
export function mergeEntries(news) {
  const all = [...entries.value];
  for (const entry of news) {
    const known = all.findLastIndex((one) => one.id === entry.id);
    if (known >= 0) all.splice(known, 1);
    if (entry.status !== "duplicate") all.splice(placeOf(entry, all), 0, entry);
  }
  entries.value = all;
}

/** Before which entry it belongs; a thread may be long, and what comes is mostly its newest. @param {Entry} entry @param {Entry[]} all */
function placeOf(entry, all) {
  let [low, high] = [0, all.length];
  if (high && byTime(all[high - 1], entry) < 0) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byTime(all[middle], entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param {Entry} a @param {Entry} b */
function byTime(a, b) {
  return Date.parse(a.at) - Date.parse(b.at) || a.id.length - b.id.length || (a.id < b.id ? -1 : 1);
}

/** Forgets everything of a person who signs out. */
export function forget() {
  for (const one of [me, presence, offer, call, lastCall, customer, kin, counts, panel, readers, writing]) one.value = null;
  for (const many of [entries, visits, queues, team, ways, cases]) many.value = [];
  older.value = undefined;
  onlyChannel.value = "";
}
