// @ts-check
/** What was begun and not sent yet stays with its thread, through a reload too. */

/** @typedef {{ text: string, subject: string, way: string }} Draft */

const PREFIX = "threadline.draft.";
const EMPTY = Object.freeze({ text: "", subject: "", way: "" });

/** @param {string} thread @returns {Draft} */
export function draftOf(thread) {
  try {
    return { ...EMPTY, ...JSON.parse(sessionStorage.getItem(PREFIX + thread) ?? "{}") };
  } catch {
    return { ...EMPTY };
  }
}

/** @param {string} thread @param {Draft} draft */
export function keepDraft(thread, draft) {
  if (draft.text || draft.subject) sessionStorage.setItem(PREFIX + thread, JSON.stringify(draft));
  else sessionStorage.removeItem(PREFIX + thread);
}

/** Nothing of a person who signs out stays. */
export function forgetDrafts() {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
}
