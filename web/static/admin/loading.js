// @ts-check
/** What a part of the page reads from the server when it opens, and again after each change. */
import { api } from "../shared/api.js";
import { t } from "../shared/i18n.js";
import { orSay, say } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { useSignal } from "../vendor/signals.js";

/**
 * @template T
 * @param {() => Promise<T>} read
 * @returns {{ found: T | null, load: () => Promise<T | null> }}
 */
export function useLoaded(read) {
  const found = useSignal(/** @type {T | null} */ (null));
  const load = async () => {
    const read_ = await orSay(read);
    if (read_ !== undefined) found.value = read_;
    return found.value;
  };
  useEffect(() => void load(), []);
  return { found: found.value, load };
}

/** Deletes, says so, and reads again. @param {string} path @param {() => Promise<unknown>} load */
export async function remove(path, load) {
  const done = await orSay(async () => {
    await api.delete(path);
    return true;
  });
  if (done) say("good", t("adm.deleted"));
  await load();
  return Boolean(done);
}

/** @returns {Promise<[string, string][]>} */
export async function queueChoices() {
  const { queues } = await api.get("/api/queues");
  return queues.map((/** @type {{ id: string, title?: string }} */ one) => [one.id, one.title || one.id]);
}

/** A number that was typed, or null. @param {unknown} text */
export function numberOf(text) {
  return text === "" || text === null || text === undefined ? null : Number(text);
}
