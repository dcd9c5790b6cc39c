// @ts-check
/** What a carrier told of a call: whether the caller's number is genuine, who answered, how long it was, the price. */
import { api } from "../shared/api.js";
import { phone, span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { orSay } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";

/** @typedef {{ peer: string, stir: string | null, vouched: string | null, answered_by: string | null, duration_s: number | null, price: string | null, price_unit: string | null, status: string | null }} Carrier */

/** Whether the number a call shows is the caller's. @param {{ vouched?: string | null }} props */
export function Vouched({ vouched }) {
  if (!vouched) return null;
  const tone = vouched === "verified" ? "chip-good" : vouched === "failed" ? "chip-bad" : "";
  return html`<span class=${`chip ${tone}`}>${t(`call.carrier.stir.${vouched}`)}</span>`;
}

/** Asked for when somebody wants to see it. @param {{ call: string }} props */
export function CarrierDetails({ call }) {
  const found = useSignal(/** @type {Carrier[] | null} */ (null));
  const look = async () => {
    const detail = await orSay(() => api.get(`/api/calls/${call}`));
    if (detail) found.value = detail.legs.filter((/** @type {any} */ leg) => leg.carrier).map((/** @type {any} */ leg) => ({ ...leg.carrier, peer: leg.peer }));
  };
  if (found.value === null) return html`<button class="link-button" onClick=${look}>${t("call.carrier.show")}</button>`;
  if (!found.value.length) return html`<p class="muted">${t("call.carrier.none")}</p>`;
  return html`${found.value.map((one, at) => html`<p key=${at}>${words(one).join(" · ")} ${h(Vouched, one)}</p>`)}`;
}

/** @param {Carrier} one */
function words(one) {
  const isMachine = one.answered_by?.startsWith("machine") ?? false;
  return [
    phone(one.peer),
    isMachine ? t("call.carrier.machine") : null,
    one.duration_s === null ? null : span(one.duration_s),
    t("call.carrier.price", { price: one.price === null ? t("call.carrier.unpriced") : `${one.price} ${one.price_unit}` }),
  ].filter((word) => word !== null);
}
