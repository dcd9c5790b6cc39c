// @ts-check
/** Other systems that are told what happens; the secret is shown once, the log of deliveries stays. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { orSay } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";
import { Deliveries } from "./deliveries.js";
import { Editor } from "./form.js";
import { AddButton, Head, List, pill } from "./list.js";
import { remove, useLoaded } from "./loading.js";
import { Confirm } from "./parts.js";
import { Once } from "./user_access.js";

/** @typedef {import("./types.js").Webhook} Webhook */

const EVENTS = ["message.created", "message.status", "case.opened", "case.changed", "case.resolved", "case.closed", "case.reopened", "contact.merged", "call.ended"];
const TONES = /** @type {Record<string, "good" | "bad" | "plain">} */ ({ on: "good", broken: "bad" });

/** @returns {import("./editing.js").Spec[]} */
function specs() {
  /** @type {[string, string][]} */
  const events = [["*", t("adm.webhooks.all")], ...EVENTS.map((one) => /** @type {[string, string]} */ ([one, one]))];
  return [
    { name: "title", kind: "text", isRequired: true },
    { name: "url", kind: "text", isRequired: true, isWide: true, isCode: true, max: 2000, pattern: /^https?:\/\/\S+$/ },
    { name: "events", kind: "checks", isRequired: true, isWide: true, choices: events },
  ];
}

export function WebhooksPage() {
  const { found: hooks, load } = useLoaded(async () => /** @type {Webhook[]} */ ((await api.get("/api/webhooks")).webhooks));
  const open = useSignal("");
  const secret = useSignal(/** @type {{ title: string, secret: string } | null} */ (null));
  if (!hooks) return null;
  const known = hooks.find((one) => one.id === open.value) ?? null;
  return html`
    ${h(Head, { part: "webhooks", actions: h(AddButton, { label: t("adm.webhooks.add"), onClick: () => (open.value = "*new") }) })}
    ${secret.value && h(Once, { title: t("adm.once.secret", { name: secret.value.title }), text: secret.value.secret, onClose: () => (secret.value = null) })}
    ${h(/** @type {typeof List<Webhook>} */ (List), {
      rows: hooks,
      none: t("adm.webhooks.none"),
      keyOf: (one) => one.id,
      nameOf: (one) => one.title,
      words: (one) => `${one.title} ${one.url} ${one.events.join(" ")}`,
      onOpen: (one) => (open.value = one.id),
      columns: [
        [t("adm.field.webhook.title"), (one) => html`<strong>${one.title}</strong><span class="muted" translate="no">${one.url}</span>`],
        [t("adm.field.webhook.events"), (one) => html`<span translate="no">${one.events.join(", ")}</span>`],
        [t("adm.webhooks.waiting"), (one) => one.waiting],
        [t("adm.users.state"), (one) => pill(TONES[one.state] ?? "plain", t(`adm.webhooks.state.${one.state}`))],
      ],
    })}
    ${open.value && h(WebhookForm, { key: open.value, known, load, onMade: (/** @type {any} */ one) => (secret.value = one), onDone: () => (open.value = "") })}
  `;
}

/** @param {{ known: Webhook | null, load: () => Promise<Webhook[] | null>, onMade: (made: any) => void, onDone: () => void, key?: string }} props */
function WebhookForm({ known, load, onMade, onDone }) {
  const path = known ? `/api/webhooks/${known.id}` : "/api/webhooks";
  const gone = async () => {
    if (await remove(path, load)) onDone();
  };
  const turn = (/** @type {boolean} */ on) => orSay(() => api.patch(path, { on })).then(load);
  const ends = known && html`
    <button type="button" class="button" onClick=${() => turn(known.state !== "on")}>${t(known.state === "on" ? "admin.switch_off" : "admin.switch_on")}</button>
    ${h(Confirm, { label: t("admin.delete"), question: t("adm.webhooks.sure"), yes: t("admin.delete"), onYes: () => void gone() })}
  `;
  return h(Editor, {
    form: "webhook",
    title: known ? known.title : t("adm.webhooks.add"),
    specs: specs(),
    known,
    isWide: true,
    fresh: async () => (await load())?.find((one) => one.id === known?.id) ?? null,
    save: async (values, version) => {
      const body = { title: values.title, url: values.url, events: values.events };
      if (known) await api.patch(path, body, version);
      else onMade(await api.post(path, body));
      await load();
    },
    onDone,
    ends,
    below: known && h(Deliveries, { path: `${path}/deliveries` }),
  });
}
