// @ts-check
/** A form made from what a channel wants to know. Secrets go in and never come back. */
import { api } from "../shared/api.js";
import { languageName } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { Field, Select, said, useForm } from "./parts.js";

/** @typedef {import("./types.js").Channel} Channel */
/** @typedef {import("./types.js").Endpoint} Endpoint */
/** @typedef {import("./types.js").Field} Asked */

const LANGUAGES = ["vi-VN", "en-US"];
const OURS_TO_CHOOSE = new Set(["secret", "identity_secret", "hook_secret", "verify_token"]);
const SECRET_BYTES = 24;

/**
 * What is typed stays where a colleague was first; the next saving is over what he wrote.
 * @param {{ channel: Channel, endpoint: Endpoint | null, queues: import("./types.js").Queue[], onSaved: (saved: Endpoint) => void, onReload: () => Promise<void>, onCancel: () => void }} props
 */
export function EndpointForm({ channel, endpoint, queues, onSaved, onReload, onCancel }) {
  const form = useForm(async (given) => {
    const body = filledIn(channel, given, endpoint);
    const send = () => (endpoint ? api.put(`/api/endpoints/${endpoint.id}`, body, endpoint.version) : api.post("/api/endpoints", { kind: channel.kind, ...body }));
    onSaved(
      await send().catch(async (error) => {
        await onReload();
        throw error;
      }),
    );
  });
  const needed = channel.fields.filter((one) => one.is_required);
  const further = channel.fields.filter((one) => !one.is_required);
  const one = (/** @type {Asked} */ field) => h(Value, { key: field.name, kind: channel.kind, field, endpoint, wrong: form.wrong });
  return html`<form class="form" novalidate onSubmit=${form.onSubmit} autocomplete="off">
    <div class="form-grid">
      ${h(
        Field,
        { label: t(`channel.${channel.kind}.address`), help: t(`channel.${channel.kind}.address.help`), isRequired: true, problem: form.wrong.address },
        html`<input class="input" name="address" defaultValue=${endpoint?.address ?? ""} maxlength="200" required spellcheck=${false} />`,
      )}
      ${h(
        Field,
        { label: t("admin.endpoint.title"), help: t("admin.endpoint.title.help") },
        html`<input class="input" name="title" defaultValue=${endpoint?.title ?? ""} maxlength="200" />`,
      )}
      ${needed.map(one)}
    </div>
    <details open=${channel.kind === "email" ? undefined : further.length < 6}>
      <summary>${t("admin.endpoint.further")}</summary>
      <div class="form-grid">${further.map(one)}${h(Place, { endpoint, queues, wrong: form.wrong })}</div>
    </details>
    <p class="wrong" role="alert">${form.problem}</p>
    <div class="form-end">
      <button class="button button-primary" disabled=${form.isBusy}>${t("admin.save")}</button>
      <button type="button" class="button" onClick=${onCancel}>${t("admin.cancel")}</button>
    </div>
  </form>`;
}

/** Where its messages go, and how they are read. @param {{ endpoint: Endpoint | null, queues: import("./types.js").Queue[], wrong: Record<string, string> }} props */
function Place({ endpoint, queues, wrong }) {
  /** @type {[string, string][]} */
  const places = [["", t("admin.endpoint.queue.none")], ...queues.map((one) => /** @type {[string, string]} */ ([one.id, one.title ?? one.id]))];
  /** @type {[string, string][]} */
  const languages = [["", t("admin.endpoint.language.any")], ...LANGUAGES.map((tag) => /** @type {[string, string]} */ ([tag, languageName(tag)]))];
  return html`
    ${h(Field, { label: t("admin.endpoint.queue"), help: t("admin.endpoint.queue.help") }, h(Select, { name: "queue", value: endpoint?.queue ?? "", choices: places }))}
    ${h(Field, { label: t("admin.endpoint.language"), help: t("admin.endpoint.language.help") }, h(Select, { name: "language", value: endpoint?.language ?? "", choices: languages }))}
    ${h(
      Field,
      { label: t("admin.endpoint.region"), help: t("admin.endpoint.region.help"), problem: wrong.region },
      html`<input class="input" name="region" defaultValue=${endpoint?.region ?? "VN"} pattern="[A-Z]{2}" maxlength="2" required />`,
    )}
  `;
}

/** @param {{ kind: string, field: Asked, endpoint: Endpoint | null, wrong: Record<string, string>, key?: string }} props */
function Value({ kind, field, endpoint, wrong }) {
  const label = t(`channel.${kind}.${field.name}`);
  const help = t(`channel.${kind}.${field.name}.help`);
  if (field.is_secret) return h(Secret, { field, label, help, isSet: endpoint?.secrets.includes(field.name) ?? false, problem: wrong[`secrets.${field.name}`] });
  const value = endpoint ? (endpoint.config[field.name] ?? "") : field.default;
  return h(
    Field,
    { label, help, isRequired: field.is_required, problem: wrong[`config.${field.name}`] },
    html`<input class="input" name=${`config.${field.name}`} defaultValue=${value} placeholder=${field.example} required=${field.is_required} spellcheck=${false} />`,
  );
}

/** @param {{ field: Asked, label: string, help: string, isSet: boolean, problem?: string }} props */
function Secret({ field, label, help, isSet, problem }) {
  const isReplaced = useSignal(!isSet);
  const isForgotten = useSignal(false);
  const made = useSignal("");
  const name = `secrets.${field.name}`;
  if (!isReplaced.value) {
    return html`<div class="field" role="group" aria-label=${label}>
      <span>${label}</span>
      <span class="secret-set">
        <span class=${`badge ${isForgotten.value ? "badge-off" : "badge-on"}`}>${isForgotten.value ? t("admin.secret.forgotten") : t("admin.secret.set")}</span>
        <button type="button" class="link-button" onClick=${() => (isReplaced.value = true)}>${t("admin.secret.replace")}</button>
        ${!field.is_required && !isForgotten.value && html`<button type="button" class="link-button" onClick=${() => (isForgotten.value = true)}>${t("admin.secret.forget")}</button>`}
        ${isForgotten.value && html`<input type="hidden" name=${`forget.${field.name}`} value="yes" />`}
      </span>
      <small class="help">${help}</small>
    </div>`;
  }
  const choose = OURS_TO_CHOOSE.has(field.name) && html`<button type="button" class="button" onClick=${() => (made.value = random())}>${t("admin.secret.make")}</button>`;
  return h(
    Field,
    { label, help: made.value ? t("admin.secret.copy_now") : help, isRequired: field.is_required, problem },
    html`<span class="secret-new">
      <input
        class="input"
        name=${name}
        type=${made.value ? "text" : "password"}
        key=${made.value}
        defaultValue=${made.value}
        placeholder=${isSet ? t("admin.secret.stays") : field.example}
        autocomplete="new-password"
        required=${field.is_required && !isSet}
        spellcheck=${false}
      />${choose}
    </span>`,
  );
}

/** What nobody guesses. */
function random() {
  return [...crypto.getRandomValues(new Uint8Array(SECRET_BYTES))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The body of the request; secrets only where something was typed or forgotten. What is no field of the channel stays.
 * @param {Channel} channel @param {FormData} given @param {Endpoint | null} endpoint
 */
function filledIn(channel, given, endpoint) {
  const plain = channel.fields.filter((one) => !one.is_secret);
  /** @type {Record<string, string>} */
  const secrets = {};
  for (const one of channel.fields.filter((field) => field.is_secret)) {
    const typed = String(given.get(`secrets.${one.name}`) ?? "");
    if (typed) secrets[one.name] = typed;
    else if (endpoint && given.get(`forget.${one.name}`)) secrets[one.name] = "";
  }
  return {
    address: said(given, "address"),
    title: said(given, "title"),
    config: Object.fromEntries(plain.map((one) => [one.name, said(given, `config.${one.name}`)]).filter(([, value]) => value)),
    secrets,
    queue: said(given, "queue") || null,
    language: said(given, "language") || null,
    region: said(given, "region"),
  };
}
