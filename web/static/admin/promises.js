// @ts-check
/** What is promised to customers, and which queue promises what. */
import { NEW, api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { locale, t } from "../shared/i18n.js";
import { orSay, say } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { signal } from "../vendor/signals.js";
import { Card, Field, Select, Table, said, useForm } from "./parts.js";

/** @typedef {import("./types.js").Policy} Policy */
/** @typedef {import("./types.js").QueuePromise} QueuePromise */

const MINUTE_S = 60;
const DAY_S = 86_400;

/** @type {import("../vendor/signals.js").Signal<Policy[] | null>} */
const policies = signal(null);
/** @type {import("../vendor/signals.js").Signal<QueuePromise[]>} */
const queues = signal([]);
/** @type {import("../vendor/signals.js").Signal<string[]>} */
const calendars = signal([]);
/** Which promise is being changed; "" none, "new" one that is made. */
const editing = signal("");

async function load() {
  await orSay(async () => {
    const [known, rows, hours] = await Promise.all([api.get("/api/sla-policies"), api.get("/api/queue-promises"), api.get("/api/calendars")]);
    queues.value = rows.promises;
    calendars.value = hours.calendars.map((/** @type {{ id: string }} */ one) => one.id);
    policies.value = known.policies;
  });
}

/** What is typed stays where a colleague was first; the next saving is over what he wrote. @param {string} path @param {unknown} body @param {string | undefined} version */
async function keepSeen(path, body, version) {
  try {
    await api.put(path, body, version);
  } catch (error) {
    await load();
    throw error;
  }
}

export function PromisesPage() {
  useEffect(() => void load(), []);
  if (!policies.value) return null;
  return html`${h(Policies, { known: policies.value })}${h(Queues, {})}`;
}

/** @param {{ known: Policy[] }} props */
function Policies({ known }) {
  const edited = known.find((one) => one.id === editing.value);
  const add = html`<button class="button" onClick=${() => (editing.value = "new")}>${t("admin.promise.add")}</button>`;
  return h(
    Card,
    { title: t("admin.promises"), end: add },
    h(Table, {
      none: t("admin.promises.none"),
      heads: [t("admin.promise.title"), t("admin.promise.first"), t("admin.promise.turn"), t("admin.promise.resolve"), t("admin.promise.calendar"), ""],
      rows: known.map((one) => [
        html`${one.title}<br /><code class="muted" translate="no">${one.id}</code>`,
        lasting(one.first_reply_s),
        lasting(one.turn_s),
        lasting(one.resolve_s),
        one.calendar ?? t("admin.promise.always"),
        html`<button class="link-button" onClick=${() => (editing.value = one.id)}>${t("admin.change")}</button>`,
      ]),
    }),
    (edited || editing.value === "new") && h(PolicyForm, { key: editing.value, known: edited ?? null }),
  );
}

/** Seconds in words. @param {number | null} seconds */
function lasting(seconds) {
  if (seconds === null) return "–";
  const [value, unit] = seconds % DAY_S === 0 ? [seconds / DAY_S, "day"] : seconds % 3600 === 0 ? [seconds / 3600, "hour"] : [Math.round(seconds / MINUTE_S), "minute"];
  return new Intl.NumberFormat(locale.value, { style: "unit", unit: /** @type {string} */ (unit), unitDisplay: "long" }).format(/** @type {number} */ (value));
}

/** @param {{ known: Policy | null, key?: string }} props */
function PolicyForm({ known }) {
  const form = useForm(async (given) => {
    const name = known?.id ?? said(given, "name");
    const body = {
      title: said(given, "title"),
      first_reply_s: seconds(given, "first_reply"),
      turn_s: seconds(given, "turn"),
      resolve_s: seconds(given, "resolve"),
      calendar: said(given, "calendar") || null,
    };
    await keepSeen(`/api/sla-policies/${encodeURIComponent(name)}`, body, known ? known.version : NEW);
    editing.value = "";
    say("good", t("admin.saved"));
    await load();
  });
  /** @type {[string, string][]} */
  const hours = [["", t("admin.promise.always")], ...calendars.value.map((id) => /** @type {[string, string]} */ ([id, id]))];
  return html`<form class="form" novalidate onSubmit=${form.onSubmit} aria-label=${known?.title ?? t("admin.promise.add")}>
    <div class="form-grid">
      ${!known &&
      h(Field, { label: t("admin.promise.name"), help: t("admin.promise.name.help"), isRequired: true, problem: form.wrong.name }, html`<input class="input" name="name" pattern="[a-z][a-z0-9_]*" maxlength="60" required />`)}
      ${h(Field, { label: t("admin.promise.title"), isRequired: true, problem: form.wrong.title }, html`<input class="input" name="title" defaultValue=${known?.title ?? ""} maxlength="200" required />`)}
      ${h(Minutes, { name: "first_reply", label: t("admin.promise.first"), value: known?.first_reply_s ?? null, problem: form.wrong.first_reply })}
      ${h(Minutes, { name: "turn", label: t("admin.promise.turn"), value: known?.turn_s ?? null, problem: form.wrong.turn })}
      ${h(Minutes, { name: "resolve", label: t("admin.promise.resolve"), value: known?.resolve_s ?? null, problem: form.wrong.resolve })}
      ${h(Field, { label: t("admin.promise.calendar"), help: t("admin.promise.calendar.help") }, h(Select, { name: "calendar", value: known?.calendar ?? "", choices: hours }))}
    </div>
    <p class="wrong" role="alert">${form.problem}</p>
    <div class="form-end">
      <button class="button button-primary" disabled=${form.isBusy}>${t("admin.save")}</button>
      <button type="button" class="button" onClick=${() => (editing.value = "")}>${t("admin.cancel")}</button>
    </div>
  </form>`;
}

/** @param {{ name: string, label: string, value: number | null, problem?: string }} props */
function Minutes({ name, label, value, problem }) {
  return h(
    Field,
    { label, help: t("admin.promise.minutes"), problem },
    html`<input class="input" name=${name} type="number" min="1" max="525600" step="any" defaultValue=${value === null ? "" : String(value / MINUTE_S)} />`,
  );
}

/** @param {FormData} form @param {string} name */
function seconds(form, name) {
  const text = said(form, name);
  return text === "" ? null : Math.round(Number(text) * MINUTE_S);
}

function Queues() {
  return h(
    Card,
    { title: t("admin.queues"), note: t("admin.queues.about") },
    queues.value.length === 0 && html`<p class="muted">${t("admin.queues.none")}</p>`,
    queues.value.map((one) => h(QueueRow, { key: one.queue, one })),
  );
}

/** @param {{ one: QueuePromise, key?: string }} props */
function QueueRow({ one }) {
  const form = useForm(async (given) => {
    const days = Number(said(given, "days"));
    const body = { policy: said(given, "policy") || null, reopen_window_s: Math.round(days * DAY_S) };
    await keepSeen(`/api/queues/${encodeURIComponent(one.queue)}/promise`, body, one.version);
    say("good", t("admin.saved"));
    await load();
  });
  /** @type {[string, string][]} */
  const choices = [["", t("admin.promise.nothing")], ...(policies.value ?? []).map((policy) => /** @type {[string, string]} */ ([policy.id, policy.title]))];
  return html`<form class="queue-row" novalidate onSubmit=${form.onSubmit} aria-label=${one.title}>
    <strong>${one.title}</strong>
    ${h(Field, { label: t("admin.queue.promise") }, h(Select, { name: "policy", value: one.policy ?? "", choices }))}
    ${h(Field, { label: t("admin.queue.reopen"), problem: form.wrong.days }, html`<input class="input" name="days" type="number" min="0" max="366" step="any" required defaultValue=${String(one.reopen_window_s / DAY_S)} />`)}
    <button class="button" disabled=${form.isBusy}>${t("admin.save")}</button>
    ${form.problem && html`<p class="wrong" role="alert">${form.problem}</p>`}
  </form>`;
}
