// @ts-check
/** What lies around the open thread: ways to write, who else the customer may be, his cases. Kept fresh by news. */
import { api } from "../shared/api.js";
import { batch } from "../vendor/signals.js";
import * as store from "./store.js";

const QUIET_MS = 400;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let lookingAgain;

/** What belongs to the open customer beside what an offer brings: ways to write, his cases. @param {string} thread */
export async function lookAround(thread) {
  const [reach, cases] = await Promise.all([api.get(`/api/threads/${thread}/reach`), api.get(`/api/cases?thread=${thread}&view=all`)]);
  if (store.openThread.value !== thread) return;
  batch(() => {
    store.ways.value = reach.ways;
    store.cases.value = cases.cases;
  });
  if (store.counts.value?.mentions) void api.post(`/api/threads/${thread}/mentions/seen`).catch(() => {});
}

/** News of the open thread may have changed its cases and windows; looked at once things are quiet. */
export function lookAgain() {
  clearTimeout(lookingAgain);
  lookingAgain = setTimeout(() => {
    const open = store.customer.value?.contact;
    if (open) void Promise.all([lookAround(open.thread), refreshKin(open)]).catch(() => {});
    void refreshCounts().catch(() => {});
  }, QUIET_MS);
}

/** @param {{ id: string, thread: string }} contact */
async function refreshKin(contact) {
  const found = await api.get(`/api/contacts/${contact.id}/kin`);
  if (store.openThread.value === contact.thread) store.kin.value = found;
}

/** Asked last and waited for by nobody: other systems may be slow. @param {{ id: string, thread: string }} contact */
export async function lookElsewhere(contact) {
  store.panel.value = null;
  const found = await api.get(`/api/contacts/${contact.id}/panel`);
  if (store.openThread.value === contact.thread) store.panel.value = found;
}

export async function refreshCounts() {
  store.counts.value = await api.get("/api/case-counts");
}
