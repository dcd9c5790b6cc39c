// @ts-check
/** What the agent does with messages, cases and who is who. */
import { api, upload } from "../shared/api.js";
import { t } from "../shared/i18n.js";
import { orSay, say } from "../shared/toasts.js";
import { openContact, reload } from "./actions.js";
import { lookAgain } from "./around.js";
import * as store from "./store.js";

/** @param {string} thread @param {Record<string, unknown>} message @returns {Promise<boolean>} */
export async function sendMessage(thread, message) {
  const entry = await orSay(() => api.post(`/api/threads/${thread}/messages`, message));
  if (entry && store.openThread.value === thread) store.mergeEntries([entry]);
  if (!entry) lookAgain(); // its window may have closed meanwhile
  return Boolean(entry);
}

/** @param {File} file @returns {Promise<{ id: string, name: string }>} */
export function uploadFile(file) {
  return upload(file);
}

/** Sends once more, or holds back. @param {string} entry @param {"retry" | "cancel"} what */
export async function again(entry, what) {
  const changed = await orSay(() => api.post(`/api/entries/${entry}/${what}`));
  if (changed && store.openThread.value === changed.thread) store.mergeEntries([changed]);
}

/** Whose the call was: somebody we know, or somebody new. @param {{ call: string }} thing @param {{ contact?: string, name?: string }} who */
export async function chooseWho(thing, who) {
  const chosen = await orSay(() => api.post("/api/choices", { ...thing, ...who }));
  if (chosen?.contact) await openContact(chosen.contact);
}

/** @param {string} id */
export async function confirmSuggestion(id) {
  const done = await orSay(() => api.post(`/api/suggestions/${id}/confirm`, {}));
  if (done?.contact) await openContact(done.contact);
}

/** @param {string} id */
export async function dismissSuggestion(id) {
  await orSay(() => api.post(`/api/suggestions/${id}/dismiss`));
  await reload();
}

/** The visitor who claims it is asked for a code that goes there. @param {string} id */
export async function proveSuggestion(id) {
  const sent = await orSay(() => api.post(`/api/suggestions/${id}/prove`));
  if (sent) say("good", t("kin.code_sent", { shown: sent.shown }));
}

/** @param {string} contact @param {string} name @returns {Promise<boolean>} */
export async function rename(contact, name) {
  const changed = await orSay(() => api.patch(`/api/contacts/${contact}`, { name }));
  if (changed) await openContact(contact);
  return Boolean(changed);
}

/** Another number or address of his, on the agent's word. @param {string} contact @param {string} value @returns {Promise<boolean>} */
export async function addWay(contact, value) {
  const kind = value.includes("@") ? "email" : "phone";
  const added = await orSay(() => api.post(`/api/contacts/${contact}/identities`, { kind, value }));
  if (added) await openContact(contact);
  return Boolean(added);
}

/** He is somebody we know: whom we know stays. @param {string} contact @param {string} known */
export async function becomesPartOf(contact, known) {
  const merged = await orSay(() => api.post(`/api/contacts/${known}/merge`, { loser: contact }));
  if (merged) await openContact(known);
}

/** @param {string} id */
export async function undoMerge(id) {
  await orSay(() => api.post(`/api/merges/${id}/undo`));
  await reload();
}

/** @param {string} subject @returns {Promise<boolean>} */
export async function openCase(subject) {
  const opened = await orSay(() => api.post(`/api/threads/${store.openThread.value}/cases`, { subject }));
  lookAgain();
  return Boolean(opened);
}

/** @param {number} number @param {Record<string, unknown>} change */
export async function changeCase(number, change) {
  const changed = await orSay(() => api.patch(`/api/cases/${number}`, change));
  if (changed) store.cases.value = store.cases.value.map((one) => (one.number === number ? changed : one));
  lookAgain();
}

/** @param {string} words @returns {Promise<import("../shared/types.js").Found | undefined>} */
export function search(words) {
  return orSay(() => api.get(`/api/search?q=${encodeURIComponent(words)}`));
}

/** @param {string} begun @param {string} thread @returns {Promise<import("../shared/types.js").ReadyText[]>} */
export async function completions(begun, thread) {
  const found = await orSay(() => api.get(`/api/canned/complete?q=${encodeURIComponent(begun)}&thread=${thread}`));
  return found?.texts ?? [];
}

/** Macros whose title has these words, whatever accents they were typed with. @param {string} begun @returns {Promise<{ id: string, title: string, texts: Record<string, string> }[]>} */
export async function macrosNamed(begun) {
  const found = await api.get("/api/macros").catch(() => ({ macros: [] })); // ready texts are offered all the same
  return found.macros.filter((/** @type {{ title: string }} */ one) => plain(one.title).includes(plain(begun)));
}

/** @param {string} words */
const plain = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase().replace(/[\s_-]+/g, "");

/** Does all it says; its text is the agent's to send. @param {string} thread @param {string} macro @param {string} name @returns {Promise<string | undefined>} */
export async function applyMacro(thread, macro, name) {
  const applied = await orSay(() => api.post(`/api/threads/${thread}/macros/${macro}`, {}));
  if (!applied) return undefined;
  if (applied.done.length) say("good", t("canned.done", { name }));
  lookAgain();
  return applied.text;
}
