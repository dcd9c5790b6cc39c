// @ts-check
/** What was begun and not sent yet, an answer with its files and a note, stays with its thread, through a reload too. */

/** @typedef {{ id: string, name: string }} Upload */
/** @typedef {{ text: string, subject: string, way: string, files: Upload[], note: string }} Draft */

const PREFIX = "threadline.draft.";
/** @type {Draft} */
const EMPTY = { text: "", subject: "", way: "", files: [], note: "" };

/** @param {string} thread @returns {Draft} */
export function draftOf(thread) {
  try {
    return { ...EMPTY, ...JSON.parse(sessionStorage.getItem(PREFIX + thread) ?? "{}") };
  } catch {
    return { ...EMPTY };
  }
}

/** What is not named stays as it was. @param {string} thread @param {Partial<Draft>} change */
export function keepDraft(thread, change) {
  const draft = { ...draftOf(thread), ...change };
  if (draft.text || draft.subject || draft.files.length || draft.note) sessionStorage.setItem(PREFIX + thread, JSON.stringify(draft));
  else sessionStorage.removeItem(PREFIX + thread);
}

/** Nothing of a person who signs out stays. */
export function forgetDrafts() {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
}
