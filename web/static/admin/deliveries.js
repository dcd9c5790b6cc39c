// @ts-check
/** What a webhook was told, the newest first: how it went, the body as it was signed, and once more. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { orSay, say } from "../shared/toasts.js";
import { pill } from "./list.js";
import { useLoaded } from "./loading.js";
import { Table, moment } from "./parts.js";

/** @typedef {{ id: string, key: string, event: string, state: string, attempts: number, next_at: string | null, status: number | null, error: string | null, queued_at: string }} Delivery */

const TONES = /** @type {Record<string, "good" | "bad" | "plain">} */ ({ done: "good", sent: "good", failed: "bad" });

/** @param {{ path: string }} props */
export function Deliveries({ path }) {
  const { found, load } = useLoaded(async () => /** @type {Delivery[]} */ ((await api.get(path)).deliveries));
  const again = (/** @type {Delivery} */ one) =>
    orSay(async () => {
      await api.post(`${path}/${one.id}/replay`);
      say("good", t("admin.parked.replayed"));
    }).then(load);
  if (!found) return null;
  return html`<section class="below">
    <h3>${t("adm.deliveries")} <button type="button" class="link-button" onClick=${load}>${t("admin.look_again")}</button></h3>
    ${h(Table, {
      none: t("adm.deliveries.none"),
      heads: [t("admin.audit.at"), t("adm.deliveries.event"), t("adm.deliveries.outcome"), ""],
      rows: found.map((one) => [
        moment(one.queued_at),
        html`<code translate="no">${one.event}</code>`,
        html`${pill(TONES[one.state] ?? "plain", t(`adm.deliveries.state.${one.state}`))}
          <span class="muted"> ${[one.status, one.error].filter(Boolean).join(" ")} ${t("adm.deliveries.attempts", { n: one.attempts })}</span>`,
        html`<span class="row-end">
          <a class="link-button" href=${`${path}/${one.id}`} target="_blank" rel="noopener">${t("adm.deliveries.body")}</a>
          <button type="button" class="button" onClick=${() => again(one)}>${t("admin.parked.replay")}</button>
        </span>`,
      ]),
    })}
  </section>`;
}
