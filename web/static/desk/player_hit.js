// @ts-check
/** From a spoken word that was found to the moment it was said. */
import { effect, signal } from "../vendor/signals.js";
import { loadOlder, openContact } from "./actions.js";
import { entries, isLoadingOlder, older } from "./store.js";

/** @typedef {{ recording: string, t0: number, words: string[] }} Sought `t0`: where the stretch begins in which the words are */

const MOST_PAGES = 200;

/** What the player of this recording is to open at. @type {import("../vendor/signals.js").Signal<Sought | null>} */
export const sought = signal(null);

/** @param {import("../shared/types.js").Found["spoken"][0]} hit */
export async function openSpoken(hit) {
  const words = hit.snippet.filter(([, isMatch]) => isMatch).map(([piece]) => piece);
  sought.value = null;
  await openContact(hit.contact.id);
  sought.value = { recording: hit.recording, t0: hit.t0, words };
  for (let page = 0; page < MOST_PAGES && !isShown(hit.recording) && older.value !== null; page++) {
    await loadOlder();
    await quiet();
  }
}

/** The time of the first of the words sought in a segment; its beginning where they have no times. @param {import("../shared/types.js").Segment} segment @param {string[]} words */
export function momentOf(segment, words) {
  const wanted = words.map(plain);
  return segment.words.find((one) => wanted.includes(plain(one.word)))?.t0 ?? segment.t0;
}

/** As the search compares words: without case, accents and marks. @param {string} word */
function plain(word) {
  return word.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/g, "d").replace(/[^\p{L}\p{N}]/gu, "");
}

/** @param {string} recording */
function isShown(recording) {
  return entries.value.some((entry) => entry.call?.recordings?.includes(recording));
}

/** The timeline itself may be loading just now. @returns {Promise<void>} */
function quiet() {
  return new Promise((done) => {
    const stop = effect(() => {
      if (!isLoadingOlder.value) queueMicrotask(() => (stop(), done()));
    });
  });
}
