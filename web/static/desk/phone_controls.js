// @ts-check
/** Buttons of a call, the same for the browser and for a SIP phone: answer, decline, mute, keypad; and how the line is. */
import { api } from "../shared/api.js";
import { orTell } from "../shared/controls.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { Menu } from "../shared/menu.js";
import { signal } from "../vendor/signals.js";
import { answer, isBlocked, kind, letPlay, muted, place, problem, quality, ringing, silenced, sound, toggleMute, tryAgain } from "./phone.js";
import { Elsewhere, Trouble } from "./phone_panel.js";
import { call, me, offer } from "./store.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const REASONS = ["busy", "wrong_queue", "no_time", "other"];
const POOR = { loss: 0.05, jitterMs: 60, rttMs: 400 };
const FAIR = { loss: 0.01, jitterMs: 30, rttMs: 200 };

/** Whether the keys of the telephone are shown. */
export const isKeypadOpen = signal(false);

/** Under an offer, or a call that rings without one. */
export function RingActions() {
  const isHere = kind.value === "browser" && place.value === "here";
  return html`<div class="offer-actions">
    ${isHere &&
    html`<button class="button button-primary" disabled=${sound.value !== "off" || !ringing.value} onClick=${answer}>
      ${h(Icon, { name: "phone", size: 18 })}<span>${sound.value === "connecting" ? t("phone.connecting") : t("phone.answer")}</span> <kbd>A</kbd>
    </button>`}
    ${h(Menu, {
      label: t("phone.decline"),
      icon: "close",
      choices: REASONS.map((id) => ({ id, label: t(`phone.decline.${id}`) })),
      onChoose: /** @param {string} id */ (id) => void decline(id),
    })}
    ${h(Where, {})}${h(Trouble, { code: problem.value })}
  </div>`;
}

/** @param {string} reason */
export async function decline(reason) {
  const id = ringing.value?.call ?? offer.value?.call;
  if (id) await orTell(() => api.post(`/api/calls/${id}/decline`, reason ? { reason } : {}));
}

/** Where the call is to be picked up, if not by the button. */
function Where() {
  if (kind.value === "mobile") return html`<p class="offer-hint">${h(Icon, { name: "phone", size: 16 })}${t("offer.pick_up_mobile")}</p>`;
  if (kind.value !== "browser") {
    const extension = me.value?.extension;
    return html`<p class="offer-hint">${h(Icon, { name: "phone", size: 16 })}${extension ? t("offer.pick_up", { extension }) : t("offer.pick_up_any")}</p>`;
  }
  return place.value === "elsewhere" && h(Elsewhere, {});
}

/** In the strip of a call under way. */
export function CallActions() {
  return html`${h(Line, {})}
    <button class="button" aria-pressed=${muted.value} title=${t("phone.mute.hint")} onClick=${toggleMute}>
      ${h(Icon, { name: muted.value ? "mic-off" : "mic", size: 16 })}<span>${muted.value ? t("phone.unmute") : t("phone.mute")}</span>
    </button>
    ${isKeypadOpen.value && h(Keypad, {})}`;
}

/** Below a call under way: why nobody is heard here, and what to do. */
export function LineTrouble() {
  if (!call.value || kind.value !== "browser") return null;
  if (!problem.value) return place.value === "elsewhere" && html`<div class="line-trouble">${h(Elsewhere, {})}</div>`;
  return html`<div class="line-trouble">
    ${h(Trouble, { code: problem.value })}
    ${silenced.value && html`<button class="button" onClick=${tryAgain}>${t("phone.try_again")}</button>`}
  </div>`;
}

/** How the line is, or that it is being mended; of a SIP phone nobody knows. */
export function Line() {
  if (kind.value !== "browser") return null;
  if (problem.value || place.value === "elsewhere") return null; // told by LineTrouble
  if (sound.value !== "on") return html`<span class="chip" role="status">${t("phone.reconnecting")}</span>`;
  if (isBlocked.value) return html`<button class="button button-primary" title=${t("phone.blocked")} onClick=${letPlay}>${h(Icon, { name: "headset", size: 16 })}${t("phone.hear")}</button>`;
  const found = quality.value;
  if (!found) return null;
  const grade = isWorse(found, POOR) ? "poor" : isWorse(found, FAIR) ? "fair" : "good";
  const values = { loss: Math.round(found.loss * 100), jitter: found.jitterMs, rtt: found.rttMs ?? "–" };
  return html`<span class=${`chip phone-line phone-line-${grade}`} data-grade=${grade} title=${t("phone.quality.detail", values)}>${t(`phone.quality.${grade}`)}</span>`;
}

/** @param {import("./phone_media.js").Quality} found @param {{ loss: number, jitterMs: number, rttMs: number }} limit */
function isWorse(found, limit) {
  return found.loss > limit.loss || found.jitterMs > limit.jitterMs || (found.rttMs ?? 0) > limit.rttMs;
}

function Keypad() {
  return html`<div class="keypad" role="group" aria-label=${t("phone.keypad")}>
    ${KEYS.map((key) => html`<button key=${key} class="button" onClick=${() => pressKeys(key)}>${key}</button>`)}
  </div>`;
}

/** @param {string} keys */
async function pressKeys(keys) {
  await orTell(() => api.post(`/api/calls/${call.value?.id}/keys`, { keys }));
}

/** Telephone keys typed while the keypad is open. @param {string} key @returns {boolean} whether it was one */
export function typed(key) {
  const isKey = isKeypadOpen.value && Boolean(call.value) && KEYS.includes(key);
  if (isKey) void pressKeys(key);
  return isKey;
}

/** The keys of the page that are the phone's. @type {Record<string, () => void>} */
export const PHONE_KEYS = {
  a: answer,
  u: () => void toggleMute(),
  k: () => call.value && (isKeypadOpen.value = !isKeypadOpen.value),
};

/** Whether something rings that can be declined. */
export function isRinging() {
  return !call.value && Boolean(ringing.value ?? offer.value);
}
