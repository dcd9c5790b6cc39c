// @ts-check
/** The flow that is open: its text as it is being written, what the server found in it, and the chosen step. */
import { api, ApiError } from "../shared/api.js";
import { orSay } from "../shared/toasts.js";
import { batch, computed, signal } from "../vendor/signals.js";
import { carried, worded } from "./findings.js";
import { wholeSchema } from "./schema.js";

/** @typedef {import("./types.js").Checked} Checked */
/** @typedef {import("./types.js").FlowText} FlowText */
/** @typedef {import("./types.js").Outline} Outline */

/** After the last key: first the browser looks, then the server is asked. */
const NEAR_AFTER_MS = 150;
const CHECK_AFTER_MS = 250;
const AGAIN_AFTER_MS = 3_000;
const KEPT = "threadline.flow.";
const UNNAMED = "new";

/** @type {import("../vendor/signals.js").Signal<FlowText | null>} */
export const opened = signal(null);
export const text = signal("");
/** @type {import("../vendor/signals.js").Signal<Checked | null>} */
export const checked = signal(null);
/** The text that `checked` is of. */
let checkedText = "";
/** Whether `checked` is of the text as it is. */
export const isCurrent = signal(false);
/** Whether the server can't be asked at the moment: what the browser finds is all there is. */
export const isAlone = signal(false);
/** What is wrong with the text: as the server says, and until it does what still holds of that and what the browser sees. @type {import("../vendor/signals.js").Signal<import("./types.js").Finding[]>} */
export const findings = signal([]);
/** The chosen step's id. @type {import("../vendor/signals.js").Signal<string | null>} */
export const chosen = signal(null);
/** The last picture of a text that could be read. @type {import("../vendor/signals.js").Signal<Outline | null>} */
export const picture = signal(null);
/** What is drawn over the graph: steps of a walk, a test or a call. @type {import("../vendor/signals.js").Signal<string[]>} */
export const trail = signal([]);
/** Asked of the text area: go to a line. @type {import("../vendor/signals.js").Signal<{ line: number, column: number } | null>} */
export const wanted = signal(null);

/** Who saved while this text was being written. @type {import("../vendor/signals.js").Signal<import("./types.js").Theirs | null>} */
export const conflict = signal(null);
/** A text that gave way to another one, until the flow is left. @type {import("../vendor/signals.js").Signal<{ id: string, yaml: string } | null>} */
export const setAside = signal(null);

export const isChanged = computed(() => opened.value !== null && text.value !== opened.value.yaml);
export const errors = computed(() => findings.value.filter((one) => one.severity === "error"));

const worker = new Worker(new URL("./near/worker.js", import.meta.url), { type: "module" });
worker.addEventListener("message", ({ data }) => notice(data));
let isToldSchema = false;
let isLooking = false;
let mustLook = false;
let timer = 0;
let nearTimer = 0;
let asked = 0;
addEventListener("pagehide", keep);
addEventListener("online", () => void check());

/** The text changed, by hand or by a form. @param {string} now */
export function write(now) {
  if (now === text.value) return;
  text.value = now;
  isCurrent.value = false;
  clearTimeout(nearTimer);
  nearTimer = setTimeout(look, NEAR_AFTER_MS);
  again(CHECK_AFTER_MS);
}

/** The browser's own look at the text, beside this page; one at a time, however long it takes. */
function look() {
  mustLook = isLooking;
  if (isLooking) return;
  isLooking = true;
  const schema = wholeSchema();
  worker.postMessage({ text: text.value, schema: isToldSchema ? undefined : schema });
  isToldSchema = isToldSchema || Boolean(schema.$defs);
}

/** Shows what the browser saw, and what the server said of lines that did not change since. @param {{ text: string, faults: import("./near/check.js").Found[] }} seen */
function notice(seen) {
  isLooking = false;
  if (mustLook) look();
  if (seen.text !== text.value || isCurrent.value) return;
  const known = carried(checked.value?.findings ?? [], checkedText, seen.text);
  const lines = new Set(known.map((one) => one.line));
  tellOf([...known, ...seen.faults.map(worded).filter((one) => !lines.has(one.line))].sort((one, other) => one.line - other.line));
}

/** Nothing is drawn anew while it stays the same. @param {import("./types.js").Finding[]} found */
function tellOf(found) {
  if (JSON.stringify(found) !== JSON.stringify(findings.value)) findings.value = found;
}

/** @param {number} afterMs */
function again(afterMs) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    keep();
    void check();
  }, afterMs);
}

/** Asks the server what it finds; answers that are overtaken are dropped, and where none comes it is asked again. */
export async function check() {
  const mine = ++asked;
  const given = text.value;
  if (!given.trim()) return;
  try {
    const found = await api.post("/api/flows/-/check", { yaml: given });
    isAlone.value = false;
    if (mine !== asked) return;
    checkedText = given;
    batch(() => {
      checked.value = found;
      isCurrent.value = given === text.value;
      if (isCurrent.value) tellOf(found.findings);
      if (found.outline.is_readable) picture.value = found.outline;
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    isAlone.value = error.status === 0;
    if (isAlone.value && mine === asked) again(AGAIN_AFTER_MS);
  }
}

/**
 * Opens a revision, the newest unless one is named. An unsaved text of this browser comes back, also when somebody
 * saved since; one that is being written is set aside.
 * @param {string} id
 * @param {number} [revision]
 */
export async function open(id, revision) {
  const found = await orSay(() => api.get(`/api/flows/${id}${revision ? `?revision=${revision}` : ""}`));
  if (!found) return;
  if (revision) {
    if (isChanged.value) setAside.value = { id, yaml: text.value };
    return show(found, found.yaml);
  }
  const mine = kept(id);
  const base = mine && mine.n !== found.n ? await orSay(() => api.get(`/api/flows/${id}?revision=${mine.n}`)) : found;
  show(base ?? found, mine?.yaml ?? found.yaml);
  if (base && base !== found) conflict.value = found;
}

/** A text nobody has saved yet. @param {string} yaml @param {boolean} [isWanted] in the place of one that is being written, which is set aside */
export function begin(yaml, isWanted = false) {
  const mine = kept(UNNAMED);
  if (isWanted && mine) setAside.value = { id: "", yaml: mine.yaml };
  const found = isWanted ? yaml : (mine?.yaml ?? yaml);
  show({ id: "", n: 0, author: "", message: "", saved_at: "", yaml: "", published: null, numbers: [] }, found);
}

/** From now on the text is `yaml`, a change of that revision. @param {number} revision @param {string} yaml */
export async function rebase(revision, yaml) {
  const id = opened.value?.id ?? "";
  const found = await orSay(() => api.get(`/api/flows/${id}?revision=${revision}`));
  if (!found) return false;
  opened.value = found;
  write(yaml);
  return true;
}

/** @param {FlowText} flow @param {string} yaml */
function show(flow, yaml) {
  opened.value = flow;
  text.value = yaml;
  conflict.value = null;
  checked.value = null;
  isCurrent.value = false;
  findings.value = [];
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
  forget(opened.value?.id || UNNAMED);
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
  if (!flow) return;
  const name = flow.id || UNNAMED;
  if (text.value === flow.yaml) forget(name);
  else localStorage.setItem(KEPT + name, JSON.stringify({ n: flow.n, yaml: text.value }));
}

/** @param {string} name */
function forget(name) {
  localStorage.removeItem(KEPT + name);
}

/** @param {string} name @returns {{ n: number, yaml: string } | null} the unsaved text, and what it is a change of */
function kept(name) {
  return JSON.parse(localStorage.getItem(KEPT + name) ?? "null");
}
