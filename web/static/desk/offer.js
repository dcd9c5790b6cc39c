// @ts-check
/** The call that rings now: everything about the customer before hello, from the offer itself. */
import { languageName, phone, span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t, tn } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { Vouched } from "./carrier.js";
import { Identities, Tags } from "./customer.js";
import { Path } from "./path.js";
import { RingActions } from "./phone_controls.js";
import { queueTitle, secondsSince, serverNowMs } from "./store.js";

/** @param {{ offer: import("../shared/types.js").Offer }} props */
export function OfferCard({ offer }) {
  const { contact, identities, work_items: cases, call } = offer.pop;
  const who = contact?.name ?? phone(call.from);
  const queue = queueTitle(call.queue ?? offer.queue);
  return html`<section class="offer" role="alertdialog" aria-live="assertive" aria-label=${t("offer.label", { who })}>
    ${h(RingLine, { offer })}
    <div class="offer-head">
      <span class="offer-bell">${h(Icon, { name: "phone-in", size: 24 })}</span>
      <div class="offer-who">
        <p class="offer-kicker">${t("offer.kicker", { queue })}</p>
        <h2>${who}</h2>
        <p class="offer-number">${contact?.name ? phone(call.from) : t("offer.no_name")} ${h(Vouched, { vouched: call.vouched })}</p>
      </div>
      <dl class="offer-facts">
        <div><dt>${t("offer.waiting")}</dt><dd>${span(waited(offer))}</dd></div>
        <div><dt>${t("fact.language")}</dt><dd>${languageName(call.language ?? contact?.language) || "–"}</dd></div>
        <div><dt>${t("offer.cases")}</dt><dd>${tn("cases", cases.length)}</dd></div>
      </dl>
    </div>
    <div class="offer-more">
      ${h(Path, { path: call.path })}
      ${contact && h(Tags, { contact })}
      ${h(Identities, { identities, compact: true })}
      ${cases.slice(0, 2).map(
        (item) => html`<p class="offer-case" key=${item.number}>
          ${h(Icon, { name: "case", size: 15 })}<b>#${item.number}</b> ${item.subject ?? t("case.no_subject")}
        </p>`,
      )}
    </div>
    ${h(RingActions, {})}
  </section>`;
}

/** @param {{ offer: import("../shared/types.js").Offer }} props */
function RingLine({ offer }) {
  const gone = (serverNowMs.value - Date.parse(offer.at)) / 1000;
  const left = Math.max(0, 1 - gone / offer.ring_timeout_s);
  return html`<div class="ring-line" aria-hidden="true"><i style=${{ transform: `scaleX(${left})` }}></i></div>`;
}

/** @param {import("../shared/types.js").Offer} offer */
function waited(offer) {
  const { wait_s: before } = offer.pop.call;
  const since = Math.max(0, secondsSince(offer.at));
  return before == null ? Math.max(0, secondsSince(offer.pop.call.started_at ?? offer.at)) : before + since;
}
