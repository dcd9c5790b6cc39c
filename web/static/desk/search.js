// @ts-check
/** One box that finds customers, cases, and every word written or spoken. */
import { initials, phone, shortDate } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { named, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { useSignal } from "../vendor/signals.js";
import { openContact } from "./actions.js";
import { openSpoken } from "./player_hit.js";
import { search } from "./work.js";

/** @typedef {import("../shared/types.js").Found} Found */

export function Search() {
  const found = useSignal(/** @type {Found | null} */ (null));
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const text = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("words")).trim();
    if (!text) return;
    const answer = await search(text);
    if (!answer) return;
    const others = answer.cases.length + answer.entries.length + answer.spoken.length;
    if (answer.contacts.length === 1 && !others) await open(answer.contacts[0].contact);
    else found.value = answer;
  };
  /** @param {string} contact */
  const open = async (contact) => {
    found.value = null;
    document.getElementById("search")?.blur(); // the keys are the page's again
    await openContact(contact);
  };
  /** @param {Found["spoken"][0]} hit */
  const hear = async (hit) => {
    found.value = null;
    document.getElementById("search")?.blur();
    await openSpoken(hit);
  };
  return html`<section class="rail-part">
    <form role="search" class="search" onSubmit=${submit}>
      ${h(Icon, { name: "search", size: 16 })}
      <input id="search" class="input" name="words" type="search" autocomplete="off" placeholder=${t("search.placeholder")} aria-label=${t("search.label")} onInput=${() => (found.value = null)} />
    </form>
    <div role="status">${found.value && h(Results, { found: found.value, open, hear })}</div>
  </section>`;
}

/** @param {{ found: Found, open: (contact: string) => Promise<void>, hear: (hit: Found["spoken"][0]) => Promise<void> }} props */
function Results({ found, open, hear }) {
  const { contacts, cases, entries, spoken } = found;
  if (!contacts.length && !cases.length && !entries.length && !spoken.length) return html`<p class="muted search-none">${t("search.none")}</p>`;
  return html`<div class="results">
    ${contacts.map(
      (one) => html`<button class="rail-item" key=${one.contact} onClick=${() => open(one.contact)}>
        <span class="badge">${initials(one.name)}</span><span class="rail-name">${one.name ?? phone(one.matched) ?? t("who.no_name")}</span>
      </button>`,
    )}
    ${cases.map((one) => html`<button class="result" key=${one.number} onClick=${() => open(one.contact.id)}><b>#${one.number} ${one.subject ?? ""}</b><span>${one.contact.name ?? ""}</span></button>`)}
    ${entries.map((one) => html`<button class="result" key=${one.id} onClick=${() => open(one.contact.id)}><b>${one.contact.name ?? t("who.no_name")} · ${named("channel", one.channel)} · ${shortDate(one.at)}</b>${h(Snippet, { pieces: one.snippet })}</button>`)}
    ${spoken.map((one) => html`<button class="result" key=${`${one.recording} ${one.t0}`} onClick=${() => hear(one)}><b>${one.contact.name ?? t("who.no_name")} · ${t("search.spoken")} · ${shortDate(one.at)}</b>${h(Snippet, { pieces: one.snippet })}</button>`)}
  </div>`;
}

/** @param {{ pieces: [string, boolean][] }} props */
function Snippet({ pieces }) {
  return html`<span class="snippet">${pieces.map(([piece, isMatch]) => (isMatch ? html`<mark>${piece}</mark>` : piece))}</span>`;
}
