// @ts-check
/** The band above the thread, always there: waiting, ringing, on a call, or wrapping up. */
import { phone, span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t, tn } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { Menu } from "../shared/menu.js";
import { command, setState } from "./actions.js";
import { isChoosing } from "./chooser.js";
import { asking, consulted, control, goesOn, isMine, nameOf, others, park, parties, pauseOrResume } from "./controls.js";
import { ringing } from "./phone.js";
import { CallActions, Line, RingActions, isKeypadOpen } from "./phone_controls.js";
import { call, offer, presence, queueTitle, queues, secondsSince } from "./store.js";
import { WrapUp } from "./wrap_up.js";

export function Strip() {
  const state = presence.value?.state;
  if (call.value) return h(OnCall, { call: call.value });
  if (offer.value) return h(Quiet, { icon: "phone-in", tone: "ringing", title: t("strip.ringing"), hint: t("strip.ringing.hint") });
  if (ringing.value) return h(Rings, { ring: ringing.value });
  if (state === "wrap_up") return h(WrapUp, {});
  if (state === "ready") return h(Quiet, { icon: "check", tone: "ready", title: t("strip.ready"), hint: waitingHint() });
  if (state === "missed") return h(NotReady, { tone: "missed", title: t("strip.missed"), hint: t("strip.missed.hint") });
  return h(NotReady, { tone: "away", title: t("strip.away"), hint: waitingHint() });
}

function waitingHint() {
  const waiting = queues.value.reduce((sum, queue) => sum + (queue.waiting ?? 0), 0);
  return waiting ? tn("strip.waiting", waiting) : t("strip.nobody_waits");
}

/** @param {{ icon: string, tone: string, title: string, hint: string }} props */
function Quiet({ icon, tone, title, hint }) {
  return html`<section class=${`strip strip-${tone}`} aria-label=${t("strip.label")}>
    <span class="strip-icon">${h(Icon, { name: icon, size: 20 })}</span>
    <div class="strip-text"><b>${title}</b><span>${hint}</span></div>
  </section>`;
}

/** A call that is no offer of a queue: a colleague's, or one that he asks me into. @param {{ ring: import("./phone.js").PhoneCall }} props */
function Rings({ ring }) {
  const by = asking.value?.call === ring.call ? asking.value.by : null;
  return html`<section class="strip strip-ringing" aria-label=${t("strip.label")}>
    <span class="strip-icon">${h(Icon, { name: "phone-in", size: 20 })}</span>
    <div class="strip-text"><b>${ring.name ?? phone(ring.from)}</b><span>${ring.name && `${phone(ring.from)} · `}${by ? t("strip.asked", { who: nameOf({ agent: by, name: null }) }) : t("strip.ringing")}</span></div>
    ${h(RingActions, {})}
  </section>`;
}

/** @param {{ tone: string, title: string, hint: string }} props */
function NotReady({ tone, title, hint }) {
  return html`<section class=${`strip strip-${tone}`} aria-label=${t("strip.label")}>
    <span class="strip-icon">${h(Icon, { name: tone === "missed" ? "warning" : "coffee", size: 20 })}</span>
    <div class="strip-text"><b>${title}</b><span>${hint}</span></div>
    <button class="button button-primary" onClick=${() => setState("ready")}>${t("state.go_ready")}</button>
  </section>`;
}

/** @param {{ call: import("./store.js").ActiveCall }} props */
function OnCall({ call }) {
  const isHeld = call.heldSince !== null;
  const number = phone(call.number);
  const name = call.name ?? (call.isInside ? nameOf({ agent: call.colleague ?? null, name: number }) : number);
  return html`<section class=${`strip ${isHeld ? "strip-held" : "strip-talking"}`} aria-label=${t("strip.label")}>
    <span class="strip-icon">${h(Icon, { name: isHeld ? "pause" : "phone", size: 20 })}</span>
    <div class="strip-text">
      <b>${name}</b>
      <span>${call.isRinging ? t("strip.calling") : isHeld ? t("strip.held", { time: span(secondsSince(call.heldSince)) }) : [queueTitle(call.queue), name !== number && number].filter(Boolean).join(" · ")}</span>
    </div>
    <output class="timer" aria-label=${t("strip.talk_time")}>${span(secondsSince(call.connectedAt))}</output>
    <div class="strip-actions strip-icons">${isMine.value ? h(MyCall, { isHeld }) : h(Line, {})}</div>
  </section>`;
}

/** @param {{ isHeld: boolean }} props */
function MyCall({ isHeld }) {
  return html`${h(CallActions, {})}
    <button class="button" aria-pressed=${isHeld} title=${t("call.hold.hint")} onClick=${() => command(isHeld ? "resume" : "hold")}>
      ${h(Icon, { name: isHeld ? "play" : "pause", size: 16 })}<span>${isHeld ? t("call.resume") : t("call.hold")}</span>
    </button>
    ${goesOn.value &&
    html`<button class="button" disabled=${consulted.value !== null} title=${t("chooser.open.hint")} onClick=${() => (isChoosing.value = true)}>
      ${h(Icon, { name: "transfer", size: 16 })}<span>${t("chooser.open")}</span>
    </button>`}
    ${h(More, {})}
    <button class="button button-danger" title=${t("call.hang_up.hint")} onClick=${() => command("hangup")}>
      ${h(Icon, { name: "hang-up", size: 18 })}<span>${t("call.hang_up")}</span>
    </button>`;
}

/** What is needed now and then. */
function More() {
  const recording = parties.value?.recording;
  const pausing = recording?.paused ? "control.record" : "control.pause";
  return h(Menu, {
    label: t("control.more"),
    icon: "more",
    class: "menu-right",
    choices: [
      { id: "keypad", label: `${t("phone.keypad")} (K)`, icon: "keypad" },
      ...(goesOn.value ? [{ id: "park", label: `${t("control.park")} (P)`, icon: "parking" }] : []),
      ...(recording ? [{ id: "recording", label: `${t(pausing)} (O)`, icon: "record" }] : []),
      ...(others().length ? [{ id: "leave", label: `${t("control.leave")} (L)`, icon: "exit" }] : []),
    ],
    onChoose: (id) => void MORE[id](),
  });
}

/** @type {Record<string, () => unknown>} */
const MORE = {
  keypad: () => (isKeypadOpen.value = !isKeypadOpen.value),
  park,
  recording: pauseOrResume,
  leave: () => control("leave"),
};
