// @ts-check
/** Requests that steer a call. What the server refuses is told in the person's own language. */
import { ApiError, api } from "./api.js";
import { hasText, t } from "./i18n.js";
import { explain, say } from "./toasts.js";

/**
 * @param {string} call @param {string} what of `/api/calls/{id}/controls/` @param {Record<string, unknown>} [body]
 * @returns {Promise<any>} the answer, undefined after a failure
 */
export function controlCall(call, what, body = {}) {
  return orTell(() => api.post(`/api/calls/${call}/controls/${what}`, body));
}

/** @template T @param {() => Promise<T>} work @returns {Promise<T | undefined>} */
export async function orTell(work) {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof ApiError ? (error.facts.reason ?? (error.status === 404 ? "over" : "")) : "";
    const key = `control.refused.${reason}`;
    say("bad", hasText(key) ? t(key) : explain(error));
    return undefined;
  }
}
