// @ts-check
/** Finds the customer first, shows what was agreed to, and then asks for an archive or an erasure. */
import { api } from "../shared/api.js";
import { shortDate } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { named, t } from "../shared/i18n.js";
import { orSay, say } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";
import { Drawer } from "./drawer.js";
import { pill } from "./list.js";
import { Confirm, Table, moment } from "./parts.js";

/** @typedef {{ contact: string, name: string | null, matched: string | null }} Person */
/** @typedef {{ do_not_contact: boolean, legal_hold: string | null, erased_at: string | null, history: { channel: string, state: string, source: string, at: string }[] }} Standing */

/** @param {{ load: () => Promise<unknown>, onDone: () => void }} props */
export function PersonDrawer({ load, onDone }) {
  const people = useSignal(/** @type {Person[] | null} */ (null));
  const chosen = useSignal(/** @type {Person | null} */ (null));
  const search = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const asked = String(new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)).get("q") ?? "").trim();
    if (asked) void orSay(async () => (people.value = (await api.get(`/api/search?limit=20&q=${encodeURIComponent(asked)}`)).contacts));
  };
  return h(
    Drawer,
    { title: t("adm.privacy.add"), onClose: onDone },
    html`<form class="find" role="search" onSubmit=${search}>
        <label class="field"><span>${t("adm.privacy.find")}</span><input class="input" name="q" type="search" autocomplete="off" /></label>
        <button class="button">${t("adm.privacy.find.do")}</button>
      </form>
      ${people.value &&
      html`<ul class="people" aria-label=${t("adm.privacy.found")}>
        ${people.value.length === 0 && html`<li class="muted">${t("adm.filter.nothing")}</li>`}
        ${people.value.map(
          (one) => html`<li key=${one.contact}><button type="button" class="person" aria-pressed=${chosen.value?.contact === one.contact} onClick=${() => (chosen.value = one)}>
            <strong>${one.name ?? t("adm.privacy.nameless")}</strong><span class="muted" translate="no">${one.matched ?? ""}</span>
          </button></li>`,
        )}
      </ul>`}
      ${chosen.value && h(Chosen, { key: chosen.value.contact, person: chosen.value, load, onDone })}`,
  );
}

/** @param {{ person: Person, load: () => Promise<unknown>, onDone: () => void, key?: string }} props */
function Chosen({ person, load, onDone }) {
  const standing = useSignal(/** @type {Standing | null} */ (null));
  const path = `/api/contacts/${person.contact}`;
  if (standing.value === null) void orSay(async () => (standing.value = await api.get(`${path}/privacy`)));
  const ask = (/** @type {"export" | "erasure"} */ what) =>
    orSay(async () => {
      await api.post(`${path}/${what}`);
      say("good", t(`adm.privacy.asked.${what}`));
      await load();
      onDone();
    });
  const now = standing.value;
  if (!now) return null;
  return html`<section class="below">
    <h3>${person.name ?? t("adm.privacy.nameless")}</h3>
    <p class="pills">
      ${now.erased_at && pill("bad", t("adm.privacy.erased", { at: shortDate(now.erased_at) }))}
      ${now.do_not_contact && pill("warn", t("adm.privacy.silent"))}
      ${now.legal_hold && pill("warn", t("adm.privacy.held", { why: now.legal_hold }))}
    </p>
    ${h(Table, {
      none: t("adm.privacy.consents.none"),
      heads: [t("adm.privacy.consent"), t("adm.users.state"), t("admin.audit.at")],
      rows: now.history.map((one) => [named("channel", one.channel), t(`adm.privacy.consent.${one.state}`), moment(one.at)]),
    })}
    <div class="act"><span>${t("adm.privacy.export.about")}</span><button type="button" class="button" onClick=${() => ask("export")}>${t("adm.privacy.export")}</button></div>
    <div class="act"><span>${t("adm.privacy.erase.about")}</span>
      ${h(Confirm, { label: t("adm.privacy.erase"), question: t("adm.privacy.erase.sure"), yes: t("adm.privacy.erase"), onYes: () => void ask("erasure") })}
    </div>
  </section>`;
}
