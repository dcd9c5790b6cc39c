// @ts-check
/** What customers asked of their own data: archives to hand out, erasures, each with the day it is due. */
import { api } from "../shared/api.js";
import { bytes, shortDate } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { orSay } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";
import { AddButton, Head, List, pill } from "./list.js";
import { useLoaded } from "./loading.js";
import { moment } from "./parts.js";
import { PersonDrawer } from "./privacy_person.js";
import { Once } from "./user_access.js";

/** @typedef {import("./types.js").PrivacyRequest} PrivacyRequest */

const TONES = /** @type {Record<string, "good" | "bad" | "warn" | "plain">} */ ({ done: "good", failed: "bad", queued: "warn" });

export function PrivacyPage() {
  const { found: requests, load } = useLoaded(async () => /** @type {PrivacyRequest[]} */ ((await api.get("/api/privacy/requests?limit=200")).requests));
  const isOpen = useSignal(false);
  const link = useSignal("");
  if (!requests) return null;
  const fetchLink = (/** @type {PrivacyRequest} */ one) =>
    orSay(async () => (link.value = new URL((await api.post(`/api/privacy/requests/${one.id}/link`)).url, location.href).href));
  const again = html`<button class="button" onClick=${load}>${t("admin.look_again")}</button>`;
  return html`
    ${h(Head, { part: "privacy", actions: html`${again}${h(AddButton, { label: t("adm.privacy.add"), onClick: () => (isOpen.value = true) })}` })}
    ${link.value && h(Once, { title: t("adm.privacy.link"), text: link.value, note: t("adm.privacy.link.note"), onClose: () => (link.value = "") })}
    ${h(/** @type {typeof List<PrivacyRequest>} */ (List), {
      rows: requests,
      none: t("adm.privacy.none"),
      keyOf: (one) => one.id,
      nameOf: (one) => one.contact,
      words: (one) => `${one.contact} ${t(`adm.privacy.kind.${one.kind}`)} ${t(`adm.privacy.state.${one.state}`)}`,
      columns: [
        [t("adm.privacy.kind"), (one) => html`<strong>${t(`adm.privacy.kind.${one.kind}`)}</strong><code class="muted" translate="no">${one.contact.slice(0, 13)}…</code>`],
        [t("adm.privacy.asked"), (one) => moment(one.asked_at)],
        [t("adm.privacy.due"), (one) => (one.ended_at ? "–" : shortDate(one.due_at))],
        [t("adm.users.state"), (one) => html`${pill(TONES[one.state] ?? "plain", t(`adm.privacy.state.${one.state}`))}${one.problem && html`<span class="muted">${one.problem}</span>`}`],
        [
          t("adm.privacy.archive"),
          (one) =>
            one.kind === "export" && one.state === "done"
              ? html`<button class="link-button" onClick=${() => fetchLink(one)}>${t("adm.privacy.link.make")}</button> <span class="muted">${bytes(one.bytes ?? 0)}</span>`
              : "–",
        ],
      ],
    })}
    ${isOpen.value && h(PersonDrawer, { load, onDone: () => (isOpen.value = false) })}
  `;
}
