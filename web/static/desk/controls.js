// @ts-check
/** What can be done with a call beside holding and hanging up: others in it, another's it becomes, a slot, the recording. */
import { api } from "../shared/api.js";
import { controlCall, orTell } from "../shared/controls.js";
import { hasText, t } from "../shared/i18n.js";
import { say } from "../shared/toasts.js";
import { computed, effect, signal } from "../vendor/signals.js";
import { call, lastCall, me, team } from "./store.js";

/** @template T @typedef {import("../vendor/signals.js").Signal<T>} Signal */
/** @typedef {{ party: string, agent: string | null, name: string | null, role: "agent" | "consulted" | "guest" | "supervisor", state: "ringing" | "talking", mode: string }} Party */
/** @typedef {{ call: string, customer: "talking" | "held" | "waiting" | "parked" | "gone", slot: number | null, agent: string | null, recording: null | { paused: boolean, until: string | null }, parties: Party[] }} Parties */
/** @typedef {{ kind: "agent" | "extension" | "number" | "queue" | "flow", id: string }} Target */
/** @typedef {{ slot: number, call: string, from: string | null, name: string | null, by: string | null, since: string }} Parked */

const QUIET_MS = 80;

/** Who is in my call. @type {Signal<Parties | null>} */
export const parties = signal(null);
/** Who asks me into which call, as long as my phone rings for that. @type {Signal<{ call: string, by: string | null } | null>} */
export const asking = signal(null);
/** Calls that wait at a slot for anybody. @type {Signal<Parked[]>} */
export const parked = signal([]);
/** What I am in this call: it is mine (`agent`), I was asked in, or I supervise. */
export const role = computed(() => parties.value?.parties.find((one) => one.agent !== null && one.agent === me.value?.id)?.role ?? "agent");
export const isMine = computed(() => call.value !== null && role.value === "agent");
/** It can be transferred, shared and parked: not one between two phones of ours, where no customer is. */
export const goesOn = computed(() => isMine.value && !call.value?.isInside);
/** The other one I talk with while the customer hears music, also while it still rings there. */
export const consulted = computed(() => others().find((one) => one.mode === "consult") ?? null);

/** Everybody but me. */
export function others() {
  return (parties.value?.parties ?? []).filter((one) => one.agent === null || one.agent !== me.value?.id);
}

/** What a party is called: a colleague by his name, anybody else as the line shows him. @param {{ agent: string | null, name: string | null }} one */
export function nameOf({ agent, name }) {
  const colleague = agent === null ? undefined : team.value.find((row) => row.agent === agent);
  return colleague?.name ?? name ?? t("control.somebody");
}

effect(() => {
  const id = call.value?.id ?? null;
  if (parties.peek()?.call === id) return;
  parties.value = null;
  if (id) readAgain(id);
});

/** @type {ReturnType<typeof setTimeout> | undefined} */
let reading;

/** News came of this call: it is read as it is now, once things are quiet. @param {string} id */
export function readAgain(id) {
  clearTimeout(reading);
  reading = setTimeout(() => void readParties(id), QUIET_MS);
}

/** @param {string} id */
async function readParties(id) {
  if (call.value?.id !== id) return;
  const found = await api.get(`/api/calls/${id}/parties`).catch(() => null);
  if (call.value?.id === id) parties.value = found?.customer === "gone" ? null : found;
}

export async function readParked() {
  parked.value = (await api.get("/api/parking")).parked;
}

/**
 * Carries out one of the controls of my call. Failures are told in words.
 * @param {string} what @param {Record<string, unknown>} [body]
 * @returns {Promise<any>} the answer, undefined after a failure
 */
export async function control(what, body = {}) {
  const id = call.value?.id;
  return id ? controlCall(id, what, body) : undefined;
}

/** A parked customer is mine: my phone rings, or this page takes the call by itself. @param {number} slot */
export async function pickUp(slot) {
  await orTell(() => api.post(`/api/parking/${slot}/pick-up`, {}));
  await readParked().catch(() => {});
}

export async function park() {
  const done = await control("park");
  if (done) say("good", t("control.parked_at", { slot: done.slot }));
  await readParked().catch(() => {});
}

export async function pauseOrResume() {
  if (!parties.value && call.value) await readParties(call.value.id); // pressed before the page knows of it
  const recording = parties.value?.recording;
  if (recording) await control(recording.paused ? "recording-resume" : "recording-pause");
}

/** Buttons and keys of a talk beside the customer's. @param {"complete" | "back" | "join"} how */
export async function endConsult(how) {
  if (consulted.value && isMine.value) await control(`consult-${how}`);
}

// --- what the server tells ---

/** After these a call is not as it was. */
const CHANGES = new Set(["party", "transfer", "agent_left", "connected", "held", "resumed", "recording", "parked", "picked_up"].map((kind) => `call.${kind}`));

/** What some of them say besides. @type {Record<string, (data: any) => void>} */
const HEARD = {
  "call.party": hearParty,
  "call.transfer": hearTransfer,
  "call.parked": () => void readParked().catch(() => {}),
  "call.picked_up": () => void readParked().catch(() => {}),
};

/** @param {string} type @param {any} data */
export function hearControl(type, data) {
  HEARD[type]?.(data);
  if (CHANGES.has(type) && data.call === call.value?.id) readAgain(data.call);
}

/** @param {{ call: string, agent: string | null, name: string | null, state: string, reason: string | null, by: string | null }} data */
function hearParty(data) {
  if (data.agent === me.value?.id) asking.value = data.state === "ringing" ? { call: data.call, by: data.by } : null;
  if (data.call !== call.value?.id || data.agent === me.value?.id || data.state !== "refused") return;
  say("bad", t("control.not_reached", { who: nameOf(data), why: reasonOf(data.reason) }));
}

/** @param {{ call: string, mode: string, result: string | null }} data */
function hearTransfer(data) {
  if (data.call !== call.value?.id && data.call !== lastCall.value?.id) return;
  if (data.result === "done") say("good", t("control.transferred"));
  else if (data.result) say("bad", t("control.not_transferred", { why: reasonOf(data.result) }));
}

/** @param {string | null} reason */
function reasonOf(reason) {
  const key = `control.reason.${reason}`;
  return hasText(key) ? t(key) : t("control.reason.failed");
}
