// @ts-check
/** The band below a call with more than two in it, or one that is not mine: who is there, and how it can go on. */
import { span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { consulted, control, endConsult, isMine, nameOf, others, parties, role } from "./controls.js";
import { call, secondsSince } from "./store.js";

/** @typedef {import("./controls.js").Party} Party */

export function PartyBand() {
  if (!call.value || !parties.value) return null;
  const there = others().filter((one) => one.mode !== "listen" || role.value === "supervisor");
  const pause = parties.value.recording?.paused ? parties.value.recording : null;
  const isAlone = there.length === 0 && isMine.value;
  if (isAlone && !pause) return null;
  return html`<section class="parties" aria-label=${t("control.parties")}>
    ${!isMine.value && html`<p class="parties-role">${t(`control.role.${role.value}`)}</p>`}
    <ul>${there.map((one) => h(Chip, { key: one.party, one }))}</ul>
    ${pause && html`<p class="parties-pause">${h(Icon, { name: "pause", size: 15 })}${pause.until ? t("control.paused_for", { time: span(-secondsSince(pause.until)) }) : t("control.paused")}</p>`}
    ${isMine.value && consulted.value && h(ConsultEnds, { with: consulted.value })}
    ${!isMine.value &&
    html`<button class="button button-danger" title=${t("control.leave.hint")} onClick=${() => void control("leave")}>${h(Icon, { name: "hang-up", size: 16 })}<span>${t("control.leave")}</span> <kbd>X</kbd></button>`}
  </section>`;
}

/** @param {{ one: Party, key?: string }} props */
function Chip({ one }) {
  const name = nameOf(one);
  const what = one.state === "ringing" ? "ringing" : one.mode === "consult" ? "consult" : one.mode === "listen" || one.mode === "whisper" ? one.mode : "talk";
  return html`<li class=${`party party-${what}`}>
    ${h(Icon, { name: one.role === "supervisor" ? "headset" : "person", size: 15 })}<b>${name}</b><span>${t(`control.party.${what}`)}</span>
    ${isMine.value && one.role !== "supervisor" && one.role !== "agent" && one.mode !== "consult" && html`<button class="icon-button" aria-label=${t("control.drop", { who: name })} title=${t("control.drop", { who: name })} onClick=${() => void control("drop", { party: one.party })}>${h(Icon, { name: "close", size: 15 })}</button>`}
  </li>`;
}

/** @param {{ with: Party }} props */
function ConsultEnds({ with: other }) {
  const isThere = other.state === "talking";
  return html`<div class="parties-ends">
    <button class="button button-primary" title=${t("control.hand_over.hint")} onClick=${() => endConsult("complete")}>${t("control.hand_over")} <kbd>Y</kbd></button>
    <button class="button" disabled=${!isThere} title=${t("control.join.hint")} onClick=${() => endConsult("join")}>${t("control.join")} <kbd>J</kbd></button>
    <button class="button" title=${t("control.back.hint")} onClick=${() => endConsult("back")}>${t("control.back")} <kbd>B</kbd></button>
  </div>`;
}
