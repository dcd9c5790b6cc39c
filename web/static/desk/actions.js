// @ts-check
/** What the agent does, and what the page does for him. */
import { ApiError, api, csrf, onSignedOut } from "../shared/api.js";
import { orTell } from "../shared/controls.js";
import { locale, named, useLocale } from "../shared/i18n.js";
import { Live } from "../shared/live.js";
import { orSay } from "../shared/toasts.js";
import { batch } from "../vendor/signals.js";
import { lookAgain, lookAround, lookElsewhere, refreshCounts } from "./around.js";
import { readParked } from "./controls.js";
import { forgetDrafts } from "./drafts.js";
import { show as showInbox } from "./inbox_rows.js";
import { receive } from "./news.js";
import { askToNotify } from "./notify.js";
import { keepOpened, openedBefore } from "./opened.js";
import { showMuted, startPhone, stopPhone } from "./phone.js";
import { lookWhetherHushed } from "./phone_sound.js";
import * as store from "./store.js";

/** @typedef {import("../shared/types.js").Session} Session */
/** @typedef {import("../shared/types.js").Customer} Customer */
/** @typedef {import("../shared/types.js").Pop} Pop */

const PAGE = 40;
const WRITING_MS = 3_000;
const READ_AGAIN_MS = [500, 2_000, 5_000];
const REFRESH_MS = 10_000;
const VISITS = 12;

/** @type {Live | null} */
let live = null;

/** How often somebody was opened: what an earlier one brings late is not shown over a later one. */
let opening = 0;
/** @type {ReturnType<typeof setInterval> | undefined} */
let refresher;

/** Somebody has signed in. @param {Session} session */
export async function welcome(session) {
  if (session.locale !== locale.value) await useLocale(session.locale);
  enter(session);
}

/** @param {Session} session */
function enter(session) {
  onSignedOut.current = leave;
  csrf.value = session.csrf;
  store.me.value = session.agent;
  live = new Live((message) => receive(message, { openPop, loadCall, isReading: (call) => reading === call, stopReading, reload, lookAgain }), checkSession);
  live.start();
  lookWhetherHushed();
  void startPhone(live).then((mine) => mine && mine !== reading && !store.call.value && void loadCall(mine));
  const before = openedBefore();
  if (before) void openContact(before);
  void refresh();
  refresher = setInterval(() => document.visibilityState === "visible" && void refresh(), REFRESH_MS);
}

/** The page forgets everybody it showed. */
function leave() {
  stopPhone();
  live?.stop();
  live = null;
  clearInterval(refresher);
  csrf.value = null;
  batch(store.forget);
  void showInbox(null);
  forgetDrafts();
  keepOpened(null);
}

async function checkSession() {
  const session = await orSay(() => api.get("/api/session"));
  if (!session?.agent) leave();
}

export async function signOut() {
  await orSay(() => api.delete("/api/session"));
  leave();
}

/** @param {string} wanted */
export async function changeLocale(wanted) {
  await useLocale(wanted);
  if (store.me.value) await orSay(() => api.patch("/api/session", { locale: wanted }));
}

/** @param {"ready" | "away" | "logged_out"} state @param {string} [reason] */
export async function setState(state, reason) {
  const agent = store.me.value?.id;
  if (state === "ready") askToNotify();
  const row = await orSay(() => api.put(`/api/agents/${agent}/state`, reason ? { state, reason } : { state }));
  if (row) store.presence.value = row;
}

/** Queues and team: counts that nobody pushes to agents. */
async function refresh() {
  try {
    const [queues, agents] = await Promise.all([api.get("/api/queues"), api.get("/api/agents")]);
    store.queues.value = queues.queues;
    store.team.value = agents.agents;
    await Promise.all([refreshCounts(), readParked()]);
  } catch {
    return; // the connection mark tells already; the next round tries again
  }
}

/** After a gap too long to replay: fetch again what is on the page. */
export async function reload() {
  const before = opening;
  await refresh();
  const open = store.customer.value;
  if (open && before === opening) await openContact(open.contact.id);
}

/** Shows a customer from an offer, without any request. @param {Pop} pop */
function openPop(pop) {
  if (!pop.contact) return;
  opening += 1;
  show(asCustomer(pop));
  store.older.value = undefined;
  store.entries.value = [];
  store.mergeEntries(pop.timeline);
  void lookAround(pop.contact.thread).catch(() => {});
  void lookElsewhere(pop.contact).catch(() => {});
}

/** @param {string} contactId */
export async function openContact(contactId) {
  const mine = ++opening;
  await orSay(async () => {
    const found = asCustomer(await api.get(`/api/contacts/${contactId}`));
    const only = store.openThread.value === found.contact.thread ? store.onlyChannel.value : "";
    const page = await readTimeline(found.contact.thread, only);
    if (mine !== opening) return;
    batch(() => {
      show(found);
      store.older.value = page.next;
      store.entries.value = [];
      store.mergeEntries(page.entries);
    });
    void lookElsewhere(found.contact).catch(() => {});
    await lookAround(found.contact.thread);
  });
}

/** @param {any} found either flat or with `contact` inside, as in a pop @returns {Customer} */
function asCustomer(found) {
  const contact = found.contact ?? found;
  const kin = { candidates: found.candidates ?? [], suggestions: found.suggestions ?? [], merges: found.merges ?? [] };
  return { contact, identities: found.identities ?? [], work_items: found.work_items ?? [], kin };
}

/** @param {Customer} found */
function show(found) {
  const before = store.openThread.value;
  store.customer.value = found;
  keepOpened(found.contact.id);
  store.kin.value = found.kin;
  if (before !== found.contact.thread) {
    store.ways.value = store.cases.value = [];
    store.readers.value = store.writing.value = null;
    store.onlyChannel.value = "";
  }
  const { contact, identities } = found;
  if (before && before !== contact.thread) live?.unwatch(before);
  live?.watch(contact.thread);
  const number = identities.find((identity) => identity.kind === "phone")?.value ?? null;
  const kind = identities[0]?.kind;
  const standIn = number || !kind ? null : kind === "email" ? identities[0].value : named("identity", kind);
  const visit = { thread: contact.thread, contact: contact.id, name: contact.name ?? standIn, number };
  const others = store.visits.value.filter((one) => one.thread !== contact.thread);
  store.visits.value = [visit, ...others].slice(0, VISITS);
}

/** @param {string} thread @param {string} only of this channel, or empty @param {string | null} [before] the cursor of an earlier page */
function readTimeline(thread, only, before) {
  const asked = new URLSearchParams({ limit: String(PAGE), ...(only && { channel: only }), ...(before && { before }) });
  return api.get(`/api/threads/${thread}/timeline?${asked}`);
}

/** Of the open thread only what came by this channel; empty: everything again. @param {string} channel */
export async function showOnly(channel) {
  const thread = store.openThread.value;
  if (!thread) return;
  const before = store.onlyChannel.value;
  store.onlyChannel.value = channel;
  const page = await orSay(() => readTimeline(thread, channel));
  if (store.openThread.value !== thread || store.onlyChannel.value !== channel) return;
  batch(() => {
    if (!page) {
      store.onlyChannel.value = before;
      return;
    }
    store.older.value = page.next;
    store.entries.value = [];
    store.mergeEntries(page.entries);
  });
}

/** The page before the oldest entry shown. */
export async function loadOlder() {
  const thread = store.openThread.value;
  if (!thread || store.older.value === null || store.isLoadingOlder.value) return;
  store.isLoadingOlder.value = true;
  const only = store.onlyChannel.value;
  const page = await orSay(() => readTimeline(thread, only, store.older.value));
  batch(() => {
    store.isLoadingOlder.value = false;
    if (!page || store.openThread.value !== thread || store.onlyChannel.value !== only) return;
    store.older.value = page.next;
    store.mergeEntries(page.entries);
  });
}

let toldWriting = 0;

/** Colleagues at the same customer see that I write, as long as I do. */
export function tellWriting() {
  const now = Date.now();
  if (now - toldWriting < WRITING_MS) return;
  toldWriting = now;
  live?.send({ type: "writing", thread: store.openThread.value });
}

/** @param {string} text @returns {Promise<boolean>} */
export async function addNote(text) {
  const thread = store.openThread.value;
  const entry = await orSay(() => api.post(`/api/threads/${thread}/notes`, { text }));
  if (entry && store.openThread.value === thread) store.mergeEntries([entry]);
  return Boolean(entry);
}

/** @param {"hold" | "resume" | "hangup"} command */
export async function command(command) {
  const id = store.call.value?.id;
  await orTell(() => api.post(`/api/calls/${id}/${command}`));
}

let loading = 0;
/** Which call is being read. @type {string | null} */
let reading = null;

/** It is over, or could not be read: whatever an earlier reading still brings is not shown. */
function stopReading() {
  loading += 1;
  reading = null;
}

/** A call without its buttons is worse than one that comes late: read again while the server can't be reached. @param {string} id */
async function readCall(id) {
  for (const pauseMs of READ_AGAIN_MS) {
    try {
      return await api.get(`/api/calls/${id}`);
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status > 0 && error.status < 500)) throw error;
      await new Promise((done) => setTimeout(done, pauseMs));
    }
  }
  return api.get(`/api/calls/${id}`);
}

/** A page that loads in the middle of a call finds its way back; what a later load knows is newer. @param {string} id */
async function loadCall(id) {
  const mine = ++loading;
  reading = id;
  const detail = await orSay(() => readCall(id));
  if (mine !== loading) return;
  if (!detail || detail.ended_at) return stopReading();
  const last = /** @param {string} kind */ (kind) =>
    (detail.events ?? []).findLast(/** @param {any} event */ (event) => event.type === kind)?.at ?? null;
  const held = last("call.held");
  const back = ["call.resumed", "call.connected"].map(last); // whoever she is handed to talks with her
  const current = {
    id,
    number: detail.from ?? detail.legs[0]?.peer ?? null,
    name: null,
    queue: detail.queue ?? null,
    language: detail.language ?? null,
    path: detail.path ?? [],
    thread: detail.thread ?? null,
    isInside: detail.direction === "internal",
    colleague: detail.legs.find(/** @param {any} leg */ (leg) => leg.agent && leg.agent !== store.me.value?.id)?.agent ?? null,
    waitS: detail.wait_s ?? null,
    connectedAt: last("call.connected") ?? detail.answered_at ?? detail.started_at,
    heldSince: held && back.every((at) => !at || Date.parse(at) < Date.parse(held)) ? held : null,
  };
  if (detail.contact) await openContact(detail.contact);
  if (mine !== loading) return;
  reading = null;
  store.call.value = { ...current, name: current.isInside ? null : (store.customer.value?.contact.name ?? null) };
  showMuted(detail.muted === true);
}
