// @ts-check
/**
 * A supervisor in somebody's call: only listening, heard by the agent alone, heard by all, or in the agent's place. Meanwhile
 * this page is her phone, unless a desk of hers or a telephone is.
 */
import { beHeard, giveBack, isBlocked, lend, problem, sound } from "../desk/phone.js";
import { NoMicrophone } from "../desk/phone_media.js";
import { api } from "../shared/api.js";
import { followed } from "../shared/captions.js";
import { controlCall } from "../shared/controls.js";
import { t } from "../shared/i18n.js";
import { me } from "../shared/session.js";
import { orSay, say } from "../shared/toasts.js";
import { signal } from "../vendor/signals.js";
import { asked, board } from "./floor.js";

/** @typedef {import("./types.js").Agent} Agent */
/** @typedef {import("./types.js").Held} Held */
/** @typedef {"listen" | "whisper" | "barge" | "take_over"} Mode */

export const MODES = /** @type {const} */ (["listen", "whisper", "barge"]);
const CALLS = ["call", "callback"];
const TAKES_MS = 1_000; // for this page to take the call, if it is the phone
const KEPT = "supervised"; // what this window remembers the call by when it is loaded anew

/** The call I am in, and how. @type {import("../vendor/signals.js").Signal<{ call: string, mode: string } | null>} */
export const supervised = signal(null);

/** The call I am in, or ask to be let into. @type {string | null} */
let wanted = null;

/** @param {{ call: string, mode: string } | null} now */
function become(now) {
  supervised.value = now;
  followed.value = wanted = now?.call ?? null;
  if (now) sessionStorage.setItem(KEPT, now.call);
  else {
    sessionStorage.removeItem(KEPT);
    giveBack();
  }
}

/** Loaded anew, or after a lost network: into the call again in which this window was, as it is by now. */
export async function comeBack() {
  const call = sessionStorage.getItem(KEPT);
  if (!call) return;
  const talk = await orSay(() => api.get(`/api/calls/${call}/parties`));
  if (!talk || sessionStorage.getItem(KEPT) !== call) return;
  const mode = talk.agent === me.value?.id ? "take_over" : talk.parties.find(isMyPart)?.mode;
  become(mode ? { call, mode } : null);
  if (mode) await lend(mode !== "listen");
}

/** @param {{ agent: string | null, role: string }} one */
function isMyPart(one) {
  return one.agent === me.value?.id && one.role === "supervisor";
}

/** What the live socket tells of people in calls. @type {Record<string, (data: any) => void>} */
export const HEARD = {
  "call.party": hearParty,
  "call.agent_left": (data) => data.agent === me.value?.id && leaves(data.call),
  "call.ended": (data) => leaves(data.call),
};

/** @param {{ call: string, agent: string | null, role: string, state: string, mode: string }} data */
function hearParty(data) {
  if (data.agent !== me.value?.id) return;
  const isMine = data.role === "agent" && data.state === "changed" && supervised.value?.call === data.call;
  if (isMine) become({ call: data.call, mode: "take_over" });
  if (data.role !== "supervisor") return;
  if (data.state === "joined" || data.state === "changed") become({ call: data.call, mode: data.mode });
  if (data.state === "refused") say("bad", problem.value ? t(`phone.problem.${problem.value}`) : t("wall.supervise.not_reached"));
  if (data.state === "left" && isBlocked.value) say("plain", t("wall.supervise.unheard"));
  if (data.state === "left" || data.state === "refused") leaves(data.call);
}

/** @param {string} call */
function leaves(call) {
  if (wanted === call) become(null);
}

/** The talk of an agent that can be supervised, however he came to it. @param {Agent} one @returns {Held | undefined} */
export function talkOf(one) {
  return one.holding.find((held) => held.state === "connected" && held.part === "agent" && CALLS.includes(held.kind));
}

/** Whose call that is. @param {string} call @returns {Agent | undefined} */
export function ownerOf(call) {
  return board.value?.agents.find((one) => talkOf(one)?.contact === call);
}

/** What can be done with his talk, for a menu. @param {Agent} one */
export function ways(one) {
  const talk = talkOf(one);
  if (!talk || one.agent === me.value?.id || supervised.value?.call === talk.contact) return [];
  return [...MODES, "take_over"].map((id) => ({ id, label: t(`wall.supervise.${id}`), icon: id === "take_over" ? "phone-in" : "headset" }));
}

/** @param {Agent} one @param {string} id @returns {boolean} whether it was one of ours */
export function supervise(one, id) {
  const talk = talkOf(one);
  if (!talk || ![...MODES, "take_over"].includes(id)) return false;
  if (id === "take_over") asked.value = { kind: "take_over", name: one.name, call: talk.contact };
  else void enter(talk.contact, /** @type {Mode} */ (id));
  return true;
}

/** My phone rings, this page takes the call, or I am heard by others at once. @param {string} call @param {Mode} mode */
export async function enter(call, mode) {
  const before = supervised.value;
  if (before && before.call !== call) {
    become(null); // one call at a time: her phone is free for the other one
    await controlCall(before.call, "leave");
  }
  wanted = call;
  await lend();
  const done = (await haveVoice(mode !== "listen")) && (await controlCall(call, "monitor", { mode }));
  if (supervised.value) return;
  if (!done) become(null);
  else setTimeout(() => wanted === call && !supervised.value && sound.value === "off" && say("plain", t("wall.supervise.rings")), TAKES_MS);
}

/** Where this page is the phone, only what is meant to be heard goes out. @param {boolean} wanted */
async function haveVoice(wanted) {
  try {
    await beHeard(wanted);
    return true;
  } catch (error) {
    if (!(error instanceof NoMicrophone)) throw error;
    say("bad", t(`phone.problem.${error.code}`));
    return false;
  }
}
