// @ts-check
/** The floor as the live socket tells it. Who waits is read anew whenever the board changes; spans grow by the page's own clock. */
import { api } from "../shared/api.js";
import { Live } from "../shared/live.js";
import { me } from "../shared/session.js";
import { orSay } from "../shared/toasts.js";
import { computed, signal } from "../vendor/signals.js";

/** @typedef {import("./types.js").Agent} Agent */
/** @typedef {import("./types.js").Asked} Asked */
/** @typedef {import("./types.js").Board} Board */
/** @typedef {import("./types.js").Queue} Queue */
/** @typedef {import("./types.js").Waiting} Waiting */
/** @template T @typedef {import("../vendor/signals.js").Signal<T>} Signal */

const TICK_MS = 1_000;
export const OFF_DUTY = new Set(["away", "logged_out"]);
const ON_CALL = new Set(["offered", "talking"]);
const ON_LINE = new Set(["call", "callback", "inside"]);
export const STATES = ["ready", "offered", "talking", "wrap_up", "missed", "away", "logged_out"];

/** @type {Signal<Board | null>} */
export const board = signal(null);
/** @type {Signal<Waiting[]>} */
export const waiting = signal([]);
/** Which dialog is open. @type {Signal<Asked | null>} */
export const asked = signal(null);
/** The server's clock, in ms. */
export const now = signal(Date.now());

let aheadMs = 0;
/** @type {Live | null} */
let live = null;

/** @param {Board} told */
function take(told) {
  aheadMs = Date.parse(told.at) - Date.now();
  now.value = Date.now() + aheadMs;
  board.value = { ...told, agents: told.agents.map(asSeen) };
  void readWaiting();
}

/**
 * Routing keeps offers from whoever is asked by a colleague, or talks inside: what can be seen is that he is on a call.
 * A supervisor in somebody's call serves nobody. @param {Agent} one @returns {Agent}
 */
function asSeen(one) {
  const held = one.holding.find(({ state, kind, part }) => state === "connected" && ON_LINE.has(kind) && part !== "supervisor");
  return held && !ON_CALL.has(one.state) ? { ...one, state: "talking", reason: null, since: held.since } : one;
}

async function readWaiting() {
  const found = await orSay(() => api.get("/api/waiting"));
  if (found) waiting.value = found.waiting;
}

export async function readBoard() {
  const found = await orSay(() => api.get("/api/wallboard"));
  if (found) take(found);
}

/** The floor from now on. @param {(message: import("../shared/types.js").LiveMessage) => void} hear what belongs to other parts of the page @returns {Live} */
export function watchFloor(hear) {
  if (live) return live;
  live = new Live(
    (message) => {
      const { type, data } = message;
      if (type === "wallboard") take(data);
      else if (type === "hello" || type === "reset") void readBoard();
      hear(message);
    },
    () => {
      live = null;
      me.value = null;
    },
  );
  live.start();
  setInterval(() => (now.value = Date.now() + aheadMs), TICK_MS);
  return live;
}

/** Seconds since a moment. @param {string | null} at */
export function secondsSince(at) {
  return at === null ? null : Math.max(0, (now.value - Date.parse(at)) / 1000);
}

/** How long the one waits who has waited longest; it grows between two boards. @param {Queue} queue */
export function longestWait(queue) {
  if (queue.longest_wait_s === null || board.value === null) return null;
  return queue.longest_wait_s + Math.max(0, now.value - Date.parse(board.value.at)) / 1000;
}

/** @param {Record<string, number>} skills @param {Record<string, number>} need */
function meets(skills, need) {
  return Object.entries(need).every(([skill, level]) => (skills[skill] ?? 0) >= level);
}

/** Those who can take what the queue asks for at first, whatever they do now. @param {Queue} queue @returns {Agent[]} */
export function fitFor(queue) {
  return (board.value?.agents ?? []).filter((one) => Object.keys(one.skills).length > 0 && meets(one.skills, queue.need));
}

/** How many are in each state. @param {Agent[]} agents @returns {Record<string, number>} */
export function byState(agents) {
  return Object.fromEntries(STATES.map((state) => [state, agents.filter((one) => one.state === state).length]));
}

/** The mean share of their time at work that those on duty were busy; null with nobody. @param {Agent[]} agents */
export function meanOccupancy(agents) {
  const there = agents.filter((one) => !OFF_DUTY.has(one.state));
  return there.length ? there.reduce((sum, one) => sum + one.occupancy, 0) / there.length : null;
}

/** Everybody who has a skill, or is at work without one. */
export const crew = computed(() => (board.value?.agents ?? []).filter((one) => Object.keys(one.skills).length > 0 || one.state !== "logged_out"));

/** @param {string} id */
export function queueTitle(id) {
  return board.value?.queues.find((one) => one.id === id)?.title || id;
}

/** Every skill that somebody has or a queue asks for. */
export function knownSkills() {
  const all = [...(board.value?.queues ?? []).map((one) => one.need), ...(board.value?.agents ?? []).map((one) => one.skills)];
  return [...new Set(all.flatMap((one) => Object.keys(one)))].sort();
}
