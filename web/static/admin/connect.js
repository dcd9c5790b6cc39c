// @ts-check
/** Signing in on a provider's own page, which brings the tokens that would else be copied from its console. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { orSay, say } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";
import { Copy, inWords } from "./parts.js";

/** @typedef {{ callback: string, challenge: string | null }} Facts what the provider's console wants to know */

/** @param {{ path: string }} props */
export function Connect({ path }) {
  const facts = useSignal(/** @type {Facts | null} */ (null));
  const show = async (/** @type {Event} */ event) => {
    const isOpen = /** @type {HTMLDetailsElement} */ (event.currentTarget).open;
    if (isOpen && !facts.value) facts.value = (await orSay(() => api.get(`${path}/connect`))) ?? null;
  };
  const go = async () => {
    const page = await orSay(() => api.post(`${path}/connect`));
    if (page) location.assign(page.url);
  };
  return html`<details class="connect" onToggle=${show}>
    <summary>${t("admin.connect")}</summary>
    <div class="connect-body">
      <p class="help">${t("admin.connect.help")}</p>
      ${facts.value && h(Copy, { label: t("admin.connect.callback"), text: facts.value.callback })}
      ${facts.value?.challenge && h(Copy, { label: t("admin.connect.challenge"), text: facts.value.challenge })}
      <button class="button" onClick=${go}>${t("admin.connect.go")}</button>
    </div>
  </details>`;
}

/** Says what came of a sign-in the admin returns from, once. */
export function sayReturn() {
  const brought = new URLSearchParams(location.search);
  const refused = brought.get("refused");
  if (brought.has("connected")) say("good", t("admin.connect.done"));
  else if (refused !== null) say("bad", inWords(refused, t("admin.connect.refused")));
  else return;
  history.replaceState(null, "", location.pathname + location.hash);
}
