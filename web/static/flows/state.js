// @ts-check
/** The flow that is open: its text as it is being written, what the server found in it, and the chosen step. */
import { api, ApiError } from "../shared/api.js";
import { orSay } from "../shared/toasts.js";
import { computed, signal } from "../vendor/signals.js";

/** @typedef {import("./types.js").Checked} Checked */
/** @typedef {import("./types.js").FlowText} FlowText */
/** @typedef {import("./types.js").Outline} Outline */

const CHECK_AFTER_MS = 250;
const KEPT = "threadline.flow.";

/** @type {import("../vendor/signals.js").Signal<FlowText | null>} */
export const opened = signal(null);
export const text = signal("");
/** @type {import("../vendor/signals.js").Signal<Checked | null>} */
export const checked = signal(null);
/** Whether `checked` is of the text as it is. */
export const isCurrent = signal(false);
/** The chosen step's id. @type {import("../vendor/signals.js").Signal<string | null>} */
export const chosen = signal(null);
/** The last picture of a text that could be read. @type {import("../vendor/signals.js").Signal<Outline | null>} */
export const picture = signal(null);
/** What is drawn over the graph: steps of a walk, a test or a call. @type {import("../vendor/signals.js").Signal<string[]>} */
export const trail = signal([]);
/** Asked of the text area: go to a line. @type {import("../vendor/signals.js").Signal<{ line: number, column: number } | null>} */
export const wanted = signal(null);

export const isChanged = computed(() => opened.value !== null && text.value !== opened.value.yaml);
export const errors = computed(() => (checked.value?.findings ?? []).filter((one) => one.severity === "error"));

let timer = 0;
let asked = 0;

/** The text changed, by hand or by a form. @param {string} now */
export function write(now) {
  if (now === text.value) return;
  text.value = now;
  isCurrent.value = false;
  clearTimeout(timer);
  timer = setTimeout(() => {
    keep();
    void check();
  }, CHECK_AFTER_MS);
}

/** Asks the server what it finds; answers that are overtaken are dropped. */
export async function check() {
  const mine = ++asked;
  const given = text.value;
  if (!given.trim()) return;
  try {
    const found = await api.post("/api/flows/-/check", { yaml: given });
    if (mine !== asked) return;
    checked.value = found;
    isCurrent.value = given === text.value;
    if (found.outline.is_readable) picture.value = found.outline;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/** Opens a revision, the newest unless one is named; an unsaved text of this browser comes back. @param {string} id @param {number} [revision] */
export async function open(id, revision) {
  const found = await orSay(() => api.get(`/api/flows/${id}${revision ? `?revision=${revision}` : ""}`));
  if (found) show(found, revision ? found.yaml : (kept(id, found.n) ?? found.yaml));
}

/** A text nobody has saved yet. @param {string} yaml */
export function begin(yaml) {
  show({ id: "", n: 0, author: "", message: "", saved_at: "", yaml: "", published: null, numbers: [] }, yaml);
}

/** @param {FlowText} flow @param {string} yaml */
function show(flow, yaml) {
  opened.value = flow;
  text.value = yaml;
  checked.value = null;
  picture.value = null;
  chosen.value = null;
  trail.value = [];
  void check();
}

/** The step on this line, if any. @param {number} line */
export function stepAt(line) {
  return picture.value?.steps.find((one) => one.line <= line && line <= one.end_line) ?? null;
}

/** Chooses a step and shows where it is written. @param {string} id */
export function choose(id) {
  const step = picture.value?.steps.find((one) => one.id === id);
  chosen.value = id;
  if (step) wanted.value = { line: step.line, column: 1 };
}

/** One value changed in the text by the server, which keeps every other character. @param {string[]} path @param {unknown} value */
export async function patch(path, value) {
  const answer = await orSay(() => api.post("/api/flows/-/patch", { yaml: text.value, path, value }));
  if (!answer) return false;
  write(answer.yaml);
  clearTimeout(timer);
  await check();
  return true;
}

/** Saved: this is what it is based on from now on. @param {string} id @param {number} n */
export async function saved(id, n) {
  forget(id);
  const given = text.value;
  const found = await orSay(() => api.get(`/api/flows/${id}?revision=${n}`));
  if (found) opened.value = found;
  if (found && given === text.value) text.value = found.yaml;
}

/** Numbers and what is in force, read again. */
export async function refresh() {
  const flow = opened.value;
  if (!flow?.id) return;
  const found = await orSay(() => api.get(`/api/flows/${flow.id}?revision=${flow.n}`));
  if (found) opened.value = found;
}

function keep() {
  const flow = opened.value;
  if (!flow?.id) return;
  if (text.value === flow.yaml) forget(flow.id);
  else localStorage.setItem(KEPT + flow.id, JSON.stringify({ n: flow.n, yaml: text.value }));
}

/** @param {string} id */
export function forget(id) {
  localStorage.removeItem(KEPT + id);
}

/** @param {string} id @param {number} n @returns {string | null} */
function kept(id, n) {
  const found = JSON.parse(localStorage.getItem(KEPT + id) ?? "null");
  return found?.n === n ? found.yaml : null;
}
