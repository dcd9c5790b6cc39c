// @ts-check
/** Who read and changed what, the newest first. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { named, t } from "../shared/i18n.js";
import { orSay } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { signal } from "../vendor/signals.js";
import { Card, Select, Table, moment } from "./parts.js";

/** @typedef {import("./types.js").Note} Note */

const KINDS = ["agent", "callback", "contact", "endpoint", "calendar", "inbound", "rule", "user", "queue", "number", "trunk", "webhook", "token", "retention"];

/** @type {import("../vendor/signals.js").Signal<Note[] | null>} */
const notes = signal(null);
/** @type {import("../vendor/signals.js").Signal<string | null>} */
const next = signal(null);
const kind = signal("");
/** @type {import("../vendor/signals.js").Signal<Record<string, string>>} */
const names = signal({});

/** @param {Note[]} before */
async function load(before) {
  await orSay(async () => {
    const asked = new URLSearchParams({ limit: "50" });
    if (kind.value) asked.set("action", kind.value);
    if (before.length && next.value) asked.set("before", next.value);
    const [page, people] = await Promise.all([api.get(`/api/audit?${asked}`), api.get("/api/agents")]);
    names.value = Object.fromEntries(people.agents.map((/** @type {{ agent: string, name: string }} */ one) => [one.agent, one.name]));
    notes.value = [...before, ...page.notes];
    next.value = page.next;
  });
}

/** @param {string} wanted */
function choose(wanted) {
  kind.value = wanted;
  void load([]);
}

export function AuditPage() {
  useEffect(() => void load([]), []);
  const known = notes.value;
  if (!known) return null;
  /** @type {[string, string][]} */
  const kinds = [["", t("admin.audit.all")], ...KINDS.map((id) => /** @type {[string, string]} */ ([id, t(`admin.audit.kind.${id}`)]))];
  const filter = html`<label class="audit-kind"><span class="muted">${t("admin.audit.kind")}</span>${h(Select, { name: "kind", value: kind.value, choices: kinds, onInput: choose })}</label>`;
  return h(
    Card,
    { end: filter },
    h(Table, {
      none: t("admin.audit.none"),
      heads: [t("admin.audit.at"), t("admin.audit.who"), t("admin.audit.did"), t("admin.audit.what"), t("adm.audit.change")],
      rows: known.map((one) => [moment(one.at), actor(one), html`<code translate="no">${one.action}</code>`, html`<code class="muted" translate="no">${one.target}</code>`, changes(one.detail)]),
    }),
    next.value && html`<button class="button" onClick=${() => load(known)}>${t("admin.more")}</button>`,
  );
}

/** @param {Note} note */
function actor({ actor: { kind: what, id } }) {
  return (id && names.value[id]) || (id ? `${named("actor", what)} ${id}` : named("actor", what));
}

/** What was and what is, field by field, where a note says it. @param {Record<string, any>} detail */
function changes(detail) {
  const before = asFields(detail.before), after = asFields(detail.after);
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  if (fields.length === 0) return "";
  return html`<ul class="changes" translate="no">${fields.map(
    (field) => html`<li key=${field}><b>${field}</b> ${field in before && html`<del>${brief(before[field])}</del>`} ${field in after && html`<ins>${brief(after[field])}</ins>`}</li>`,
  )}</ul>`;
}

/** A bare value has no field. @param {unknown} value @returns {Record<string, unknown>} */
function asFields(value) {
  if (value === null || value === undefined) return {};
  return typeof value === "object" ? /** @type {Record<string, unknown>} */ (value) : { "": value };
}

/** @param {unknown} value */
function brief(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text && text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
