// @ts-check
/** For which queues and numbers calls are captioned while they last. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { orSay } from "../shared/toasts.js";
import { Head, List } from "./list.js";
import { useLoaded } from "./loading.js";

/** @typedef {{ kind: "queue" | "number", name: string, title: string, is_on: boolean | null }} Switch */
/** @typedef {{ at_once: number, taken: number, switches: Switch[] }} Known */

const CHOICES = { auto: null, on: true, off: false };

export function CaptionsPage() {
  const { found, load } = useLoaded(async () => /** @type {Known} */ (await api.get("/api/captions")));
  if (!found) return null;
  return html`
    ${h(Head, { part: "captions" })}
    <p class="bar">${t(found.at_once ? "adm.captions.places" : "adm.captions.nowhere", { taken: found.taken, n: found.at_once })}</p>
    ${h(/** @type {typeof List<Switch>} */ (List), {
      rows: found.switches,
      none: t("adm.captions.none"),
      keyOf: (one) => `${one.kind} ${one.name}`,
      nameOf: (one) => one.title,
      words: (one) => `${one.name} ${one.title}`,
      columns: [
        [t("adm.captions.what"), (one) => html`<strong>${one.title}</strong><span class="muted" translate="no">${one.name}</span>`],
        [t("adm.captions.kind"), (one) => t(`adm.captions.${one.kind}`)],
        [t("admin.part.captions"), (one) => h(Wish, { one, load })],
      ],
    })}
  `;
}

/** @param {{ one: Switch, load: () => Promise<unknown> }} props */
function Wish({ one, load }) {
  const now = Object.entries(CHOICES).find(([, is_on]) => is_on === one.is_on)?.[0];
  const change = async (/** @type {Event} */ event) => {
    const is_on = CHOICES[/** @type {keyof typeof CHOICES} */ (/** @type {HTMLSelectElement} */ (event.target).value)];
    await orSay(() => api.put("/api/captions", { kind: one.kind, name: one.name, is_on }));
    await load();
  };
  return html`<select class="input" aria-label=${t("adm.captions.of", { name: one.title })} value=${now} onChange=${change}>
    ${Object.keys(CHOICES).map((choice) => html`<option key=${choice} value=${choice} selected=${choice === now}>${t(`adm.captions.${choice}`)}</option>`)}
  </select>`;
}
