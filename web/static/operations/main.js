// @ts-check
/** The operators' page: asks `/api/operations` every few seconds. Signing in happens on the agents' page. */
import { ApiError, api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { begin, me } from "../shared/session.js";
import { Shell } from "../shared/shell.js";
import { explain, orSay } from "../shared/toasts.js";
import { signal } from "../vendor/signals.js";
import { Overview } from "./overview.js";

/** @typedef {import("./types.js").State} State */

const REFRESH_MS = 5_000;

/** @type {import("../vendor/signals.js").Signal<State | null>} */
const state = signal(null);
/** Why there is nothing to see; null while there is. @type {import("../vendor/signals.js").Signal<unknown>} */
const trouble = signal(null);

async function refresh() {
  try {
    state.value = await api.get("/api/operations");
    trouble.value = null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    trouble.value = error;
    if (error.status === 401 || error.status === 403) state.value = null;
  }
}

/** @param {string} address */
async function lift(address) {
  await orSay(() => api.delete(`/api/operations/bans/${encodeURIComponent(address)}`));
  await refresh();
}

/** @param {unknown} error */
function why(error) {
  return error instanceof ApiError && error.code === "not_signed_in" ? t("ops.sign_in") : explain(error);
}

function Page() {
  const isAdmin = me.value?.role === "admin";
  return h(
    Shell,
    { here: "operations" },
    html`<div class="ops-main">
      <h1>${t("ops.title")}</h1>
      ${trouble.value !== null && html`<p class="ops-problem" role="alert">${why(trouble.value)}</p>`}
      ${state.value && h(Overview, { state: state.value, onLift: isAdmin ? lift : null })}
    </div>`,
  );
}

await begin("ops.title", Page);
await refresh();
setInterval(() => document.visibilityState === "visible" && void refresh(), REFRESH_MS);
