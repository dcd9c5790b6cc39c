// @ts-check
/** One address of ours: how it is, what to paste where, its test, on and off. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { named, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { orSay } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";
import { Connect } from "./connect.js";
import { Confirm, Copy, inWords, kindIcon } from "./parts.js";

/** @typedef {import("./types.js").Channel} Channel */
/** @typedef {import("./types.js").Check} Check */
/** @typedef {import("./types.js").Endpoint} Endpoint */

/** @param {{ endpoint: Endpoint, channel: Channel | undefined, queue: string | null, onChange: () => void, onReload: () => Promise<void> }} props */
export function EndpointCard({ endpoint, channel, queue, onChange, onReload }) {
  const name = endpoint.title || endpoint.address;
  const path = `/api/endpoints/${endpoint.id}`;
  const change = async (/** @type {() => Promise<unknown>} */ work) => {
    await orSay(work);
    await onReload();
  };
  const isOn = endpoint.state === "on";
  return html`<section class="card" id=${`endpoint-${endpoint.id}`} aria-label=${name}>
    <header class="card-head">
      ${h(Icon, { name: kindIcon(endpoint.kind) })}
      <h2>${name}</h2>
      <span class="muted">${named("channel", endpoint.kind)}${endpoint.title ? ` · ${endpoint.address}` : ""}${queue ? ` · ${queue}` : ""}</span>
      <span class=${`state-badge state-${endpoint.state}`} role="status"><span class="dot"></span>${t(`admin.state.${endpoint.state}`)}</span>
    </header>
    ${endpoint.state === "reconnect" && html`<p class="trouble">${h(Icon, { name: "warning" })}<span>${t("admin.reconnect")} ${endpoint.problem && html`<q>${inWords(endpoint.problem)}</q>`}</span></p>`}
    ${h(Paste, { endpoint, isFetched: channel?.is_fetched ?? false })}
    ${channel?.has_sign_in && hasPage(endpoint) && h(Connect, { path })}
    <div class="card-end">
      <button class=${`button ${isOn ? "" : "button-primary"}`} onClick=${() => change(() => api.put(`${path}/state`, { state: isOn ? "off" : "on" }))}>
        ${isOn ? t("admin.switch_off") : t("admin.switch_on")}
      </button>
      ${channel && html`<button class="button" onClick=${onChange}>${t("admin.change")}</button>`}
      ${h(Test, { path })}
      <span class="gap"></span>
      ${h(Confirm, { label: t("admin.delete"), question: t("admin.delete.sure", { name }), yes: t("admin.delete"), onYes: () => change(() => api.delete(path)) })}
    </div>
  </section>`;
}

/** What its provider, or the site that shows the chat, is to be given. @param {{ endpoint: Endpoint, isFetched: boolean }} props */
function Paste({ endpoint, isFetched }) {
  const isHere = endpoint.hook_url.startsWith("/");
  const url = isHere ? location.origin + endpoint.hook_url : endpoint.hook_url;
  const note = isHere ? t("admin.paste.here") : undefined;
  if (endpoint.kind === "chat") {
    const tag = `<script async src="${new URL(url).origin}/widget/v1.js" data-key="${endpoint.id}"></script>`;
    return h(Copy, { label: t("admin.paste.chat"), text: tag, note });
  }
  if (isFetched && !endpoint.secrets.includes("hook_secret")) return null;
  return h(Copy, { label: t("admin.paste.hook"), text: url, note });
}

/** @param {{ path: string }} props */
function Test({ path }) {
  /** @type {import("../vendor/signals.js").Signal<Check[] | null>} */
  const checks = useSignal(/** @type {Check[] | null} */ (null));
  const isBusy = useSignal(false);
  const test = async () => {
    isBusy.value = true;
    checks.value = null;
    checks.value = (await orSay(() => api.post(`${path}/check`)))?.checks ?? null;
    isBusy.value = false;
  };
  return html`<button class="button" disabled=${isBusy.value} onClick=${test}>${isBusy.value ? t("admin.check.busy") : t("admin.check")}</button>
    ${checks.value &&
    html`<ul class="checks" aria-label=${t("admin.check.found")}>
      ${checks.value.map(
        (one) => html`<li key=${one.name} class=${one.is_ok ? "check-good" : "check-bad"}>
          ${h(Icon, { name: one.is_ok ? "check" : "warning", size: 16 })}
          <span><strong>${named("checked", one.name)}: ${one.is_ok ? t("admin.check.good") : t("admin.check.bad")}</strong>${one.detail && html` <span>${inWords(one.detail)}</span>`}</span>
        </li>`,
      )}
    </ul>`}`;
}

/** A mailbox with a password has nothing to sign in to. @param {Endpoint} endpoint */
function hasPage(endpoint) {
  return endpoint.kind !== "email" || endpoint.config.auth === "xoauth2";
}
