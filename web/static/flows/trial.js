// @ts-check
/** The flow walked by hand: keys, words, silence; what is heard, where it is, what the variables hold. */
import { api, ApiError } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { explain } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { signal } from "../vendor/signals.js";
import { text, trail } from "./state.js";

/** @typedef {import("./types.js").Walk} Walk */
/** @typedef {Record<string, unknown>} Act */

const KEYS = [..."123456789*0#"];
const AGAIN_MS = 400;

/** @type {import("../vendor/signals.js").Signal<Act[]>} */
const acts = signal([]);
/** @type {import("../vendor/signals.js").Signal<Walk | null>} */
const walk = signal(null);
const problem = signal("");
const isWritten = signal(false);
const words = signal("");
let asked = 0;

export function forgetTrial() {
  acts.value = [];
  walk.value = null;
}

async function again() {
  const mine = ++asked;
  const call = isWritten.value ? { channel: "chat" } : {};
  try {
    const found = await api.post("/api/flows/-/walk", { yaml: text.value, acts: acts.value, call });
    if (mine !== asked) return;
    walk.value = found;
    trail.value = found.visited;
    problem.value = "";
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    problem.value = error.status === 422 ? t("flows.try.broken") : explain(error);
  }
}

/** @param {Act} act */
function does(act) {
  acts.value = [...acts.value, act];
  void again();
}

export function Trial() {
  useEffect(() => {
    const timer = setTimeout(() => void again(), AGAIN_MS);
    return () => clearTimeout(timer);
  }, [text.value, isWritten.value]);
  const seen = walk.value;
  return html`<div class="flow-side flow-try">
    <div class="flow-line">
      <button class="button" onClick=${() => ((acts.value = []), void again())}>${t("flows.try.again")}</button>
      <button class="button" disabled=${!acts.value.length} onClick=${() => ((acts.value = acts.value.slice(0, -1)), void again())}>${t("flows.try.back")}</button>
      <label class="flow-check"><input type="checkbox" checked=${isWritten.value} onChange=${(/** @type {any} */ event) => (isWritten.value = event.target.checked)} /> ${t("flows.try.chat")}</label>
    </div>
    ${problem.value && html`<p class="flow-wrong" role="alert">${problem.value}</p>`}
    ${seen &&
    html`<ol class="flow-lines" aria-label=${t("flows.try.heard")}>
        ${seen.lines.filter(isTold).map((one, at) => html`<li key=${at} class=${`flow-said flow-said-${one.kind}`}><time>${clock(one.at_s)}</time><span>${one.text || one.kind}</span></li>`)}
      </ol>
      <p class="flow-where" role="status">${seen.over ? t("flows.try.over") : t("flows.try.at", { step: seen.step, language: seen.language })}</p>
      ${!seen.over && h(Acts, { walk: seen })}
      ${h(Vars, { vars: seen.vars })}`}
  </div>`;
}

/** @param {{ walk: Walk }} props */
function Acts({ walk: seen }) {
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (words.value) does(seen.written ? { write: words.value } : { say: words.value });
    words.value = "";
  };
  return html`<div class="flow-acts">
    ${!seen.written && html`<div class="flow-keys" role="group" aria-label=${t("flows.try.keys")}>${KEYS.map((key) => html`<button key=${key} class="button" onClick=${() => does({ press: key })}>${key}</button>`)}</div>`}
    <div class="flow-others">
      ${(seen.written || seen.listens) &&
      html`<form class="flow-line" onSubmit=${send}><input class="input" aria-label=${t("flows.try.words")} placeholder=${t("flows.try.words")} value=${words.value} onInput=${(/** @type {any} */ event) => (words.value = event.target.value)} /></form>`}
      <button class="button" onClick=${() => does({ silence: true })}>${t("flows.try.silence")}</button>
      ${seen.waits === "queue" && html`<button class="button" onClick=${() => does({ agent: "answers" })}>${t("flows.try.answers")}</button>
        <button class="button" onClick=${() => does({ refuse: "full" })}>${t("flows.try.full")}</button>
        <button class="button" onClick=${() => does({ wait: 60 })}>${t("flows.try.minute")}</button>`}
      ${seen.waits === "talk" && html`<button class="button" onClick=${() => does({ agent: "leaves" })}>${t("flows.try.leaves")}</button>`}
      ${seen.waits === "transfer" && html`<button class="button" onClick=${() => does({ transfer: "done" })}>${t("flows.try.done")}</button>
        <button class="button" onClick=${() => does({ transfer: "no_answer" })}>${t("flows.try.no_answer")}</button>`}
      ${seen.waits === "message" && html`<button class="button" onClick=${() => does({ speak: 5 })}>${t("flows.try.speak")}</button>`}
      <button class="button" onClick=${() => does({ hang_up: true })}>${t("flows.try.hang_up")}</button>
    </div>
  </div>`;
}

/** @param {{ vars: Record<string, unknown> }} props */
function Vars({ vars }) {
  const rows = Object.entries(vars);
  if (!rows.length) return null;
  return html`<h3>${t("flows.try.vars")}</h3><dl class="flow-facts flow-vars">
    ${rows.map(([name, value]) => html`<dt key=${name}>${name}</dt><dd><code>${JSON.stringify(value)}</code></dd>`)}
  </dl>`;
}

/** @param {{ kind: string }} one */
function isTold(one) {
  return !["answer", "deaf", "listen", "music"].includes(one.kind);
}

/** @param {number} seconds */
function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}
