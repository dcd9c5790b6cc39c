// @ts-check
/** After a call: what became of it, by one of the codes of its queue, and the time that is left. */
import { api } from "../shared/api.js";
import { phone, span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { ours, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { Menu } from "../shared/menu.js";
import { orSay } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { signal } from "../vendor/signals.js";
import { setState } from "./actions.js";
import { write } from "./compose.js";
import { lastCall, presence, serverNowMs } from "./store.js";

/** @typedef {{ id: string, titles: Record<string, string>, queues: string[], is_active: boolean }} Code */

/** @type {import("../vendor/signals.js").Signal<Code[]>} */
const codes = signal([]);
/** What was said of which call. */
const said = signal({ call: "", code: "" });

/** The code's title in the page's language. @param {{ titles: Record<string, string> }} code */
export function codeTitle({ titles }) {
  return ours(titles);
}

async function readCodes() {
  const found = await orSay(() => api.get("/api/wrap-up-codes"));
  if (found) codes.value = found.codes;
}

/** @param {string} call @param {string} code */
async function say(call, code) {
  const done = await orSay(() => api.put(`/api/calls/${call}/wrap-up`, { code }));
  if (done) said.value = { call, code };
}

export function WrapUp() {
  useEffect(() => void readCodes(), []);
  const last = lastCall.value;
  const until = presence.value?.until;
  const left = until ? Math.max(0, (Date.parse(until) - serverNowMs.value) / 1000) : null;
  const who = last ? (last.name ?? phone(last.number)) : null;
  return html`<section class="strip strip-wrap_up" aria-label=${t("strip.label")}>
    <span class="strip-icon">${h(Icon, { name: "note", size: 20 })}</span>
    <div class="strip-text">
      <b>${who ? t("wrap_up.title_of", { who }) : t("wrap_up.title")}</b>
      <span>${t("wrap_up.hint")}</span>
    </div>
    ${left !== null && html`<output class="timer" aria-label=${t("wrap_up.left")}>${span(Math.ceil(left))}</output>`}
    <div class="strip-actions strip-after">
      ${last && h(Codes, { call: last.id, queue: last.queue })}
      <button class="button" title=${t("wrap_up.write_note")} onClick=${() => write("note")}>${h(Icon, { name: "note", size: 16 })}<span>${t("wrap_up.write_note")}</span></button>
      <button class="button button-primary" onClick=${() => setState("ready")}>
        ${h(Icon, { name: "check", size: 16 })}<span>${t("wrap_up.ready_now")}</span>
      </button>
    </div>
  </section>`;
}

/** @param {{ call: string, queue: string | null }} props */
function Codes({ call, queue }) {
  const offered = codes.value.filter((one) => one.is_active && (!one.queues.length || (queue !== null && one.queues.includes(queue))));
  if (!offered.length) return null;
  const chosen = said.value.call === call ? offered.find((one) => one.id === said.value.code) : undefined;
  return h(Menu, {
    label: chosen ? codeTitle(chosen) : t("wrap_up.choose"),
    title: t("wrap_up.choose.hint"),
    icon: chosen ? "check" : "case",
    class: `menu-right wrap-up-code ${chosen ? "wrap-up-said" : ""}`,
    choices: offered.map((one) => ({ id: one.id, label: codeTitle(one) })),
    onChoose: (code) => void say(call, code),
  });
}

/** By the keyboard. */
export function openCodes() {
  document.querySelector(/** @type {"button"} */ (".wrap-up-code > button"))?.click();
}
