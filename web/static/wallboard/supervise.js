// @ts-check
/** A supervisor in somebody's call: only listening, heard by the agent alone, heard by all, or in the agent's place. */
import { controlCall } from "../shared/controls.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { me } from "../shared/session.js";
import { say } from "../shared/toasts.js";
import { signal } from "../vendor/signals.js";
import { asked } from "./floor.js";

/** @typedef {import("./types.js").Agent} Agent */
/** @typedef {import("./types.js").Held} Held */

const WAYS = /** @type {const} */ (["listen", "whisper", "barge"]);

/** The call I am in, and how. @type {import("../vendor/signals.js").Signal<{ call: string, mode: string } | null>} */
export const supervised = signal(null);

/** Live news of people in calls. @param {{ call: string, agent: string | null, role: string, state: string, mode: string }} data */
export function hearParty(data) {
  if (data.agent !== me.value?.id || data.role !== "supervisor") return;
  if (data.state === "joined" || data.state === "changed") supervised.value = { call: data.call, mode: data.mode };
  if (data.state === "refused") say("bad", t("wall.supervise.not_reached"));
  if (data.state === "left" || data.state === "refused") supervised.value = null;
}

/** The talk of an agent that can be supervised. @param {Agent} one @returns {Held | undefined} */
export function talkOf(one) {
  return one.state === "talking" ? one.holding.find((held) => held.state === "connected" && ["call", "callback"].includes(held.kind)) : undefined;
}

/** What can be done with his talk, for a menu. @param {Agent} one */
export function ways(one) {
  const talk = talkOf(one);
  if (!talk || supervised.value?.call === talk.contact) return [];
  return [...WAYS, "take_over"].map((id) => ({ id, label: t(`wall.supervise.${id}`), icon: id === "take_over" ? "phone-in" : "headset" }));
}

/** @param {Agent} one @param {string} id @returns {boolean} whether it was one of ours */
export function supervise(one, id) {
  const talk = talkOf(one);
  if (!talk || ![...WAYS, "take_over"].includes(id)) return false;
  if (id === "take_over") asked.value = { kind: "take_over", agent: one, call: talk.contact };
  else void enter(talk.contact, id);
  return true;
}

/** My phone rings, or I am heard by others at once. @param {string} call @param {string} mode */
export async function enter(call, mode) {
  const isIn = supervised.value?.call === call;
  const done = await controlCall(call, "monitor", { mode });
  if (done && !isIn) say("plain", t("wall.supervise.rings"));
}

/** While I am in that call. @param {{ agent: Agent, held: Held }} props */
export function Supervising({ agent, held }) {
  if (supervised.value?.call !== held.contact) return null;
  return html`<span class="supervising" role="group" aria-label=${t("wall.supervise.of", { name: agent.name })}>
    ${WAYS.map(
      (way) => html`<button key=${way} class="button button-small" aria-pressed=${supervised.value?.mode === way} onClick=${() => enter(held.contact, way)}>${t(`wall.supervise.${way}`)}</button>`,
    )}
    <button class="button button-small" onClick=${() => supervise(agent, "take_over")}>${t("wall.supervise.take_over")}</button>
    <button class="button button-small button-danger" onClick=${() => controlCall(held.contact, "leave")}>${h(Icon, { name: "hang-up", size: 14 })}${t("wall.supervise.leave")}</button>
  </span>`;
}
