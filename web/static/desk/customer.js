// @ts-check
/** Who the customer is: identities with how far they can be trusted, open cases, tags. */
import { initials, languageName, phone } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { named, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { signal } from "../vendor/signals.js";
import { ByHand } from "./by_hand.js";
import { Cases } from "./cases.js";
import { Merges, Suggestions } from "./kin.js";
import { OtherSystems } from "./panel.js";
import { Path, chosen } from "./path.js";
import { DialButton } from "./phone_dial.js";
import { call, customer, openThread } from "./store.js";

/** @typedef {import("../shared/types.js").Contact} Contact */
/** @typedef {import("../shared/types.js").Identity} Identity */

const PROVEN = new Set(["attested", "proven", "agent"]);
/** @type {Record<string, string>} */
const ICONS = { phone: "phone", email: "mail", web_visitor: "chat" };

/** Where the page is too narrow for it, the panel lies over the thread. */
const isPanelOpen = signal(false);

/** Asks what a new case is about, wherever the panel is. */
export function beginCase() {
  isPanelOpen.value = true;
  requestAnimationFrame(() => document.getElementById("new-case")?.click());
}

/** Seen on narrow pages only. */
export function PanelButton() {
  return html`<button class="button panel-button" aria-expanded=${isPanelOpen.value} aria-controls="customer" onClick=${() => (isPanelOpen.value = !isPanelOpen.value)}>
    ${h(Icon, { name: "person", size: 16 })}<span>${t("customer.label")}</span>
  </button>`;
}

export function CustomerPanel() {
  const found = customer.value;
  return html`<aside class=${`panel ${isPanelOpen.value ? "panel-open" : ""}`} id="customer" aria-label=${t("customer.label")}>
    ${found ? h(Customer, { found }) : html`<p class="panel-empty">${t("customer.nobody")}</p>`}
  </aside>`;
}

/** @param {{ found: import("../shared/types.js").Customer }} props */
function Customer({ found }) {
  const { contact, identities } = found;
  const isOnCall = call.value !== null && call.value.thread === openThread.value;
  return html`<div>
    <div class="panel-head">
      <span class="badge badge-large">${initials(displayName(found))}</span>
      <div>
        <h2>${displayName(found)}</h2>
        <p>${languageName(contact.language) || t("customer.no_language")}</p>
      </div>
    </div>
    ${h(Tags, { contact })}
    ${isOnCall &&
    chosen(call.value?.path).length > 0 &&
    html`<section class="panel-part">
      <h3>${t("customer.this_call")}</h3>
      ${h(Path, { path: call.value?.path })}
    </section>`}
    <section class="panel-part">
      <h3>${t("customer.identities")}</h3>
      ${h(Identities, { identities })}
      ${h(ByHand, { key: contact.id, contact })}
    </section>
    ${h(Suggestions, {})}
    ${h(Cases, {})}
    ${h(OtherSystems, {})}
    ${h(Merges, {})}
  </div>`;
}

/** The name, or the number, or what is known. @param {import("../shared/types.js").Customer} found */
export function displayName({ contact, identities }) {
  if (contact.name) return contact.name;
  const first = identities.find((identity) => ["phone", "email"].includes(identity.kind)) ?? identities[0];
  return first ? shown(first) : t("caller.withheld");
}

/** @param {{ contact: Contact }} props */
export function Tags({ contact }) {
  const tags = contact.vip ? [t("customer.vip"), ...(contact.tags ?? [])] : (contact.tags ?? []);
  if (!tags.length) return null;
  return html`<ul class="tags" aria-label=${t("customer.tags")}>${tags.map((tag) => html`<li key=${tag}>${tag}</li>`)}</ul>`;
}

/** @param {{ identities: Identity[], compact?: boolean }} props */
export function Identities({ identities, compact = false }) {
  return html`<ul class=${compact ? "identities identities-compact" : "identities"}>
    ${identities.filter(isShown).map(
      (identity) => html`<li key=${`${identity.kind} ${identity.value}`}>
        ${h(Icon, { name: ICONS[identity.kind] ?? "person", size: 15 })}
        <span class="identity-value">${shown(identity)}</span>
        ${!compact && identity.kind === "phone" && h(DialButton, { number: identity.value })}
        ${!compact &&
        html`<span class=${`trust ${PROVEN.has(identity.trust) ? "trust-proven" : ""}`} title=${t("trust.hint")}>${t(`trust.${identity.trust}`)}</span>`}
      </li>`,
    )}
  </ul>`;
}

/** A provider's second name of the same account tells a person nothing. @param {Identity} identity */
function isShown(identity) {
  return identity.kind !== "zalo_app_uid" && identity.kind !== "wa_parent_bsuid";
}

/** @param {Identity} identity */
function shown(identity) {
  if (identity.kind === "phone") return phone(identity.value);
  if (identity.kind === "withheld") return t("caller.withheld");
  if (identity.kind === "web_visitor") return t("identity.web_visitor");
  return identity.kind === "email" ? identity.value : `${named("identity", identity.kind)} ${identity.value}`;
}
