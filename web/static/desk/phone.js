// @ts-check
/** The agent's phone: what the page knows of it, and what the two ends say to each other (docs/agents.md). */
import { api } from "../shared/api.js";
import { orTell } from "../shared/controls.js";
import { t } from "../shared/i18n.js";
import { orSay, say } from "../shared/toasts.js";
import { effect, signal } from "../vendor/signals.js";
import { devices } from "./phone_devices.js";
import { Connection, NoMicrophone, openMicrophone, silence } from "./phone_media.js";
import { startRing, stopRing } from "./phone_sound.js";
import { call, me } from "./store.js";

/** @template T @typedef {import("../vendor/signals.js").Signal<T>} Signal */
/** @typedef {{ leg: string, call: string, from: string, name: string | null, takes_itself: boolean, is_answered: boolean }} PhoneCall */
/** @typedef {{ send: (data: object) => void }} Wire */

/** This page among the agent's. */
const PAGE = [...crypto.getRandomValues(new Uint8Array(12))].map((one) => one.toString(16).padStart(2, "0")).join("");
const AGAIN_MS = 2_000;
const LEND_MS = 2_000;

/** Which phone rings; null while nobody knows. @type {Signal<"browser" | "sip" | "mobile" | null>} */
export const kind = signal(null);
/** My mobile phone's number, if an admin has noted it. @type {Signal<string | null>} */
export const mobile = signal(null);
/** Whether this page is the phone, or another one of mine. @type {Signal<"here" | "elsewhere" | "nowhere">} */
export const place = signal(/** @type {"here" | "elsewhere" | "nowhere"} */ ("nowhere"));
/** @type {Signal<PhoneCall | null>} */
export const ringing = signal(null);
/** @type {Signal<"off" | "connecting" | "on">} */
export const sound = signal(/** @type {"off" | "connecting" | "on"} */ ("off"));
export const muted = signal(false);
/** What is wrong, as the end of a key. @type {Signal<string | null>} */
export const problem = signal(null);
/** Whether the browser plays nothing until the person clicks. */
export const isBlocked = signal(false);
/** @type {Signal<import("./phone_media.js").Quality | null>} */
export const quality = signal(null);

/** @type {Wire | null} */
let wire = null;
/** @type {RTCIceServer[]} */
let servers = [];
/** @type {Connection | null} */
let connection = null;
/** The call this page has or takes. @type {PhoneCall | null} */
let leg = null;
/** Whether this page is a phone only while it is lent for one, as the wallboard is to whoever listens. */
let isSpare = false;
let isLent = false;
/** Whether the microphone is sent, or silence. */
let isHeard = true;
/** The call whose sound could not be brought back here. @type {Signal<PhoneCall | null>} */
export const silenced = signal(null);
/** Whoever waits to hear which page is the phone. @type {() => void} */
let toldWhere = () => {};

effect(() => {
  const isRinging = Boolean(ringing.value) && place.value === "here" && !ringing.value?.takes_itself;
  if (isRinging && sound.value === "off") startRing(devices.value.ring);
  else stopRing();
});

/** After signing in. @param {Wire} live @param {{ isOnlyLent?: boolean }} [as] @returns {Promise<string | null>} the call I am in */
export async function startPhone(live, { isOnlyLent = false } = {}) {
  wire = live;
  isSpare = isOnlyLent;
  addEventListener("pagehide", leavePage);
  const found = await api.get("/api/phone").catch(() => null);
  if (!found || wire !== live) return null;
  kind.value = found.phone;
  mobile.value = found.mobile;
  servers = found.ice_servers;
  announce();
  return found.call;
}

/** After signing out. */
export function stopPhone() {
  removeEventListener("pagehide", leavePage);
  hangUpHere();
  wire = null;
  leg = ringing.value = kind.value = silenced.value = null;
  place.value = "nowhere";
}

/** The socket is open, for the first time or again. */
export function announce() {
  if (isSpare ? !isLent : kind.value !== "browser") return;
  wire?.send({ type: "phone.here", page: PAGE });
  if (sound.value === "connecting") connection?.say();
}

function leavePage() {
  if (place.value === "here") wire?.send({ type: "phone.gone", page: PAGE });
}

/** @type {Record<string, (data: any) => void>} */
const HEARD = {
  "phone.state": (data) => settle(data),
  "phone.ring": (data) => rings(data),
  "phone.answer": (data) => data.page === PAGE && void connection?.answered(data.sdp),
  "phone.talk": (data) => talks(data),
  "phone.failed": (data) => data.page === PAGE && fail(data.code),
  "phone.over": (data) => ends(data),
  "phone.muted": (data) => data.call === call.value?.id && showMuted(data.muted),
};

/** @param {string} type @param {any} data */
export function hearPhone(type, data) {
  HEARD[type]?.(data);
}

/** @param {{ page: string | null, leg: PhoneCall | null }} data */
function settle(data) {
  place.value = data.page === PAGE ? "here" : data.page ? "elsewhere" : "nowhere";
  toldWhere();
  ringing.value = data.leg && !data.leg.is_answered ? data.leg : null;
  if (place.value !== "here" || !data.leg) {
    hangUpHere();
    return;
  }
  if (data.leg.is_answered && sound.value === "off") void connect(data.leg);
}

/** @param {PhoneCall} data */
function rings(data) {
  ringing.value = data;
  problem.value = null;
  if (data.takes_itself && place.value === "here") void connect(data);
}

/** @param {{ leg: string }} data */
function talks(data) {
  if (ringing.value?.leg === data.leg) ringing.value = null;
  if (leg?.leg === data.leg && connection) {
    leg = { ...leg, is_answered: true };
    sound.value = "on";
    problem.value = null;
  }
}

/** @param {{ leg: string }} data */
function ends(data) {
  if (ringing.value?.leg === data.leg) ringing.value = null;
  if (silenced.value?.leg === data.leg) silenced.value = problem.value = null;
  if (leg?.leg !== data.leg) return;
  if (problem.value === "unplugged") problem.value = null;
  hangUpHere();
}

/** @param {string} code */
function fail(code) {
  const answered = leg?.is_answered ? leg : null;
  hangUpHere();
  problem.value = code;
  silenced.value = answered;
  if (code === "no_media") setTimeout(tryAgain, AGAIN_MS);
}

/** Brings the sound of my call back, after what was wrong was mended. */
export function tryAgain() {
  if (silenced.value && sound.value === "off") void connect(silenced.value);
}

/** The microphone went away in the middle of a call: another one takes its place, now or when one is plugged in. */
async function plugAgain() {
  const talking = connection;
  if (!talking) return;
  try {
    const microphone = await openMicrophone(null);
    if (talking !== connection) return microphone.getTracks().forEach((track) => track.stop());
    await talking.speak(microphone);
    problem.value = null;
    say("plain", t("phone.plugged", { name: microphone.getAudioTracks()[0].label }));
  } catch (error) {
    if (!(error instanceof NoMicrophone)) throw error;
    problem.value = "unplugged";
  }
}

navigator.mediaDevices?.addEventListener("devicechange", () => problem.value === "unplugged" && void plugAgain());

/** @param {PhoneCall} wanted */
async function connect(wanted) {
  connection?.close();
  connection = null;
  leg = wanted;
  sound.value = "connecting";
  problem.value = silenced.value = null;
  try {
    const microphone = isHeard ? await openMicrophone(devices.value.microphone) : silence();
    if (leg !== wanted) return microphone.getTracks().forEach((track) => track.stop());
    connection = new Connection(microphone, servers, devices.value.speaker, {
      offer: (sdp) => wire?.send({ type: "phone.offer", page: PAGE, leg: wanted.leg, sdp }),
      lost: () => leg && void connect(leg),
      blocked: () => (isBlocked.value = true),
      unplugged: () => void plugAgain(),
      quality: (found) => (quality.value = found),
    });
    connection.mute(muted.value);
    await connection.begin();
  } catch (error) {
    if (!(error instanceof NoMicrophone)) throw error;
    fail(error.code);
  }
}

function hangUpHere() {
  connection?.close();
  connection = leg = null;
  sound.value = "off";
  isBlocked.value = false;
  quality.value = null;
  if (!call.value) muted.value = false;
}

// --- what the agent does ---

/** Takes the call that rings here. */
export function answer() {
  if (ringing.value && place.value === "here" && sound.value === "off") void connect(ringing.value);
}

/** Whether the customer hears me: here at once, and at the server for any phone. */
export async function toggleMute() {
  const id = call.value?.id;
  if (!id) return;
  const wanted = !muted.value;
  showMuted(wanted);
  const done = await orTell(() => api.post(`/api/calls/${id}/${wanted ? "mute" : "unmute"}`));
  if (!done && call.value?.id === id) showMuted(!wanted);
}

/** @param {boolean} now */
export function showMuted(now) {
  muted.value = now;
  connection?.mute(now);
}

/** After a click, where the browser waited for one. */
export function letPlay() {
  isBlocked.value = false;
  void connection?.play();
}

/**
 * This page is my phone until `giveBack`, unless another one is. Done once it is known which.
 * @param {boolean} [wantsVoice] whether the microphone is sent, or silence
 */
export function lend(wantsVoice = false) {
  if (isLent) return;
  [isLent, isHeard] = [true, wantsVoice];
  announce();
  return /** @type {Promise<void>} */ (new Promise((known) => {
    toldWhere = known;
    setTimeout(known, LEND_MS);
  }));
}

export function giveBack() {
  if (!isLent) return;
  isLent = false;
  wire?.send({ type: "phone.gone", page: PAGE });
  hangUpHere();
  ringing.value = problem.value = null;
  place.value = "nowhere";
}

/** Of a page that is lent: whether what I say is sent, or silence. Raises NoMicrophone. @param {boolean} wanted */
export async function beHeard(wanted) {
  if (wanted && !connection && kind.value === "browser" && place.value === "here") {
    const microphone = await openMicrophone(devices.value.microphone); // asked for before anybody is rung
    microphone.getTracks().forEach((track) => track.stop());
  }
  if (connection && wanted !== isHeard) await connection.speak(wanted ? await openMicrophone(devices.value.microphone) : silence());
  isHeard = wanted;
}

/** This page becomes the phone; the other one lets go. */
export function takeHere() {
  wire?.send({ type: "phone.take", page: PAGE });
}

/** @param {"browser" | "sip" | "mobile"} wanted */
export async function choosePhone(wanted) {
  const done = await orSay(() => api.put(`/api/agents/${me.value?.id}/phone`, { phone: wanted }));
  if (!done) return;
  kind.value = wanted;
  if (wanted === "browser") announce();
  else place.value = "nowhere";
}

/** @param {"microphone" | "speaker" | "ring"} which @param {string | null} device */
export function chooseDevice(which, device) {
  devices.value = { ...devices.value, [which]: device };
  if (which === "microphone" && leg && sound.value === "on") void connect(leg);
  else if (which === "speaker" && connection) void connection.audio.setSinkId?.(device ?? "").catch(() => {});
}
