// @ts-check
/** Who else this customer may be: several on one phone, what somebody claims, what was made one. */
import { phone, shortDate } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { useSignal } from "../vendor/signals.js";
import { openContact } from "./actions.js";
import { call, customer, entries, kin, lastCall, openThread } from "./store.js";
import { chooseWho, confirmSuggestion, dismissSuggestion, proveSuggestion, undoMerge } from "./work.js";

/** What is shown of an identity. @param {{ kind: string, value: string }} one */
const identityText = (one) => (one.kind === "phone" ? phone(one.value) : one.value);

/** Several people use the phone that calls: which of them is it? */
export function WhoIsIt() {
  const name = useSignal("");
  const candidates = kin.value?.candidates ?? [];
  const subject = chosenThing();
  const me = customer.value?.contact.id;
  if (!subject || candidates.length < 2) return null;
  return html`<section class="who" aria-label=${t("who.label")}>
    <p><b>${t("who.title", { identity: identityText(candidates[0]) })}</b></p>
    <div class="who-people">
      ${candidates.map(
        (one) => html`<button key=${one.contact} class="button" aria-pressed=${one.contact === me} onClick=${() => chooseWho(subject, { contact: one.contact })}>
          ${h(Icon, { name: "person", size: 15 })}<span>${one.name ?? t("who.no_name")}</span>
        </button>`,
      )}
      <form
        class="who-new"
        onSubmit=${/** @param {Event} event */ (event) => {
          event.preventDefault();
          void chooseWho(subject, name.value.trim() ? { name: name.value.trim() } : {});
        }}
      >
        <input class="input" maxlength="200" aria-label=${t("who.name")} placeholder=${t("who.name")} value=${name.value} onInput=${/** @param {Event} event */ (event) => (name.value = /** @type {HTMLInputElement} */ (event.target).value)} />
        <button class="button">${t("who.somebody_new")}</button>
      </form>
    </div>
  </section>`;
}

/** The call under way or just over in this thread; else its newest call. @returns {{ call: string } | null} */
function chosenThing() {
  const thread = openThread.value;
  const active = [call.value, lastCall.value].find((one) => one && one.thread === thread);
  if (active) return { call: active.id };
  const entry = entries.value.findLast((one) => one.kind === "call" && one.call?.id);
  return entry?.call?.id ? { call: entry.call.id } : null;
}

export function Suggestions() {
  const found = kin.value?.suggestions ?? [];
  if (!found.length) return null;
  return html`<section class="panel-part">
    <h3>${t("kin.suggestions")}</h3>
    <ul class="kin">
      ${found.map(
        (one) => html`<li key=${one.id}>
          <p>${t(`suggestion.${one.code}`, { identity: identityText(one), name: one.name ?? t("who.no_name") })}</p>
          <div class="kin-foot">
            ${one.contact && html`<button class="link-button" onClick=${() => openContact(/** @type {string} */ (one.contact))}>${one.name ?? t("kin.look")}</button>`}
            <button class="button button-small" onClick=${() => confirmSuggestion(one.id)}>${t("kin.confirm")}</button>
            ${one.code === "claimed" && ["phone", "email"].includes(one.kind) && html`<button class="button button-small" onClick=${() => proveSuggestion(one.id)}>${t("kin.prove")}</button>`}
            <button class="button button-small" onClick=${() => dismissSuggestion(one.id)}>${t("kin.dismiss")}</button>
          </div>
        </li>`,
      )}
    </ul>
  </section>`;
}

export function Merges() {
  const found = kin.value?.merges ?? [];
  if (!found.length) return null;
  return html`<section class="panel-part">
    <h3>${t("kin.merges")}</h3>
    <ul class="kin">
      ${found.map(
        (one) => html`<li key=${one.id}>
          <p>${t("kin.merged", { name: one.loser.name ?? t("who.no_name"), date: shortDate(one.at) })}</p>
          <button class="button button-small" disabled=${one.state !== "done"} onClick=${() => undoMerge(one.id)}>${t("kin.undo")}</button>
        </li>`,
      )}
    </ul>
  </section>`;
}
