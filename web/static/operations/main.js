// @ts-check
/** The operators' page: asks `/api/operations` every few seconds. Signing in happens on the agents' page. */
import { Brand } from "../desk/brand.js";
import { ApiError, api, csrf } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { LOCALES, locale, t, useLocale } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { Menu } from "../shared/menu.js";
import { theme, toggleTheme } from "../shared/theme.js";
import { Toasts, explain, orSay } from "../shared/toasts.js";
import { render } from "../vendor/preact.js";
import { signal } from "../vendor/signals.js";
import { Overview } from "./overview.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("../shared/types.js").Session} Session */

const REFRESH_MS = 5_000;

/** @type {import("../vendor/signals.js").Signal<State | null>} */
const state = signal(null);
/** Why there is nothing to see; empty while there is. */
const problem = signal("");
const isAdmin = signal(false);

async function refresh() {
  try {
    state.value = await api.get("/api/operations");
    problem.value = "";
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    problem.value = error.code === "not_signed_in" ? t("ops.sign_in") : explain(error);
    if (error.status === 401 || error.status === 403) state.value = null;
  }
}

/** @param {string} address */
async function lift(address) {
  await orSay(() => api.delete(`/api/operations/bans/${encodeURIComponent(address)}`));
  await refresh();
}

function Page() {
  return html`<div class="ops">
    <header class="ops-top">
      ${h(Brand, { large: false })}
      <h1>${t("ops.title")}</h1>
      <nav class="ops-end">
        <a class="button" href="/">${t("ops.to_desk")}</a>
        ${h(Menu, {
          label: locale.value.slice(0, 2).toUpperCase(),
          title: t("language.choose"),
          icon: "globe",
          class: "menu-right menu-quiet",
          choices: Object.entries(LOCALES).map(([id, label]) => ({ id, label })),
          onChoose: useLocale,
        })}
        <button class="icon-button" aria-label=${t("theme.toggle")} title=${t("theme.toggle")} onClick=${toggleTheme}>
          ${h(Icon, { name: theme.value === "dark" ? "sun" : "moon" })}
        </button>
      </nav>
    </header>
    <main class="ops-main">
      ${problem.value && html`<p class="ops-problem" role="alert">${problem.value}</p>`}
      ${state.value && h(Overview, { state: state.value, onLift: isAdmin.value ? lift : null })}
    </main>
    ${h(Toasts, {})}
  </div>`;
}

/** @type {Session} */
const session = await api.get("/api/session");
csrf.value = session.csrf;
isAdmin.value = session.agent?.role === "admin";
await useLocale(session.locale);
await refresh();
render(h(Page, {}), /** @type {HTMLElement} */ (document.getElementById("app")));
setInterval(() => document.visibilityState === "visible" && void refresh(), REFRESH_MS);
