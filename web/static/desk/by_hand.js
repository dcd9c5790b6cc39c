// @ts-check
/** What the agent knows better than the server: a name, another way to the customer, or that we know him already. */
import { phone } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { LineForm } from "./line_form.js";
import { addWay, becomesPartOf, rename, search } from "./work.js";

/** @typedef {import("../shared/types.js").Found["contacts"][0]} FoundContact */

/** @param {{ contact: import("../shared/types.js").Contact }} props */
export function ByHand({ contact }) {
  const known = useSignal(/** @type {FoundContact[] | null} */ (null));
  /** @param {string} words */
  const look = async (words) => {
    const found = await search(words);
    if (found) known.value = found.contacts.filter((one) => one.contact !== contact.id);
    return false; // the words stay, so that they can be mended
  };
  return html`<div class="by-hand">
    ${h(LineForm, { ask: t(contact.name ? "by_hand.rename" : "by_hand.name"), label: t("who.name"), action: t("by_hand.save"), value: contact.name ?? "", onDone: (name) => rename(contact.id, name) })}
    ${h(LineForm, { ask: t("by_hand.add"), label: t("by_hand.way"), action: t("by_hand.save"), onDone: (way) => addWay(contact.id, way) })}
    ${h(LineForm, { ask: t("by_hand.join"), label: t("by_hand.who"), action: t("by_hand.find"), onDone: look })}
    ${known.value && h(Known, { found: known.value, contact: contact.id })}
  </div>`;
}

/** @param {{ found: FoundContact[], contact: string }} props */
function Known({ found, contact }) {
  if (!found.length) return html`<p class="muted" role="status">${t("search.none")}</p>`;
  return html`<ul class="kin" aria-label=${t("by_hand.join")}>
    ${found.map(
      (one) => html`<li key=${one.contact}>
        <p><b>${one.name ?? t("who.no_name")}</b> <span class="muted">${phone(one.matched)}</span></p>
        <button class="button button-small" onClick=${() => becomesPartOf(contact, one.contact)}>${t("by_hand.make_one")}</button>
      </li>`,
    )}
  </ul>`;
}
