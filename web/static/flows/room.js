// @ts-check
/** One flow: its text at the left, its picture at the right, and beside it what is asked for: form, walk, tests, … */
import { api, ApiError } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { explain, say } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { signal, useSignal } from "../vendor/signals.js";
import { Brought, brought } from "./brought.js";
import { Code } from "./code.js";
import { Conflict } from "./conflict.js";
import { told } from "./findings.js";
import { Form } from "./form.js";
import { Graph } from "./graph.js";
import { NEW } from "./new.js";
import { Prompts } from "./prompts.js";
import { publish, Revisions } from "./revisions.js";
import { begin, check, checked, conflict, errors, findings, isAlone, isChanged, isCurrent, open, opened, saved, setAside, text, trail, wanted } from "./state.js";
import { runTests, Tests } from "./tests.js";
import { forgetTraffic, openCall, Traffic } from "./traffic.js";
import { forgetTrial, Trial } from "./trial.js";

const TABS = ["step", "try", "tests", "prompts", "revisions", "traffic"];
const PANES = { step: Form, try: Trial, tests: Tests, prompts: Prompts, revisions: Revisions, traffic: Traffic };

const tab = signal("step");
const note = signal("");

/** @param {{ id: string, call?: string, canWrite: boolean, key?: string }} props `call`: its path is shown */
export function Room({ id, call, canWrite }) {
  useEffect(() => {
    forgetTraffic();
    forgetTrial();
    setAside.value = null;
    if (id !== "new") brought.value = null;
    if (brought.value) begin(brought.value.yaml, true);
    else if (id === "new") begin(NEW);
    else void open(id).then(() => call && showCall(call));
    return () => (opened.value = null);
  }, [id, call]);
  if (!opened.value) return null;
  const Pane = PANES[/** @type {keyof typeof PANES} */ (tab.value)];
  return html`<div class="flow-room">
    ${h(Bar, { canWrite })}
    ${h(Conflict, { onSave: save })}
    ${h(Brought, {})}
    <div class="flow-columns">
      <section class="flow-text" aria-label=${t("flows.text")}>
        ${h(Code, { canWrite })}
        ${h(Problems, {})}
      </section>
      <section class="flow-picture" aria-label=${t("flows.graph")}>${h(Graph, {})}</section>
      <section class="flow-panel">
        <div class="flow-tabs" role="tablist" aria-label=${t("flows.tabs")}>
          ${TABS.map((one) => html`<button key=${one} role="tab" aria-selected=${tab.value === one} onClick=${() => show(one)}>${t(`flows.tab.${one}`)}</button>`)}
        </div>
        <div class="flow-pane" role="tabpanel">${h(/** @type {any} */ (Pane), { canWrite })}</div>
      </section>
    </div>
  </div>`;
}

/** @param {string} call */
function showCall(call) {
  show("traffic");
  void openCall(call);
}

/** @param {string} name */
function show(name) {
  if (tab.value === "traffic" && name !== "traffic") forgetTraffic();
  if (name !== "traffic") trail.value = [];
  tab.value = name;
  if (name === "tests") void (errors.value.length === 0 && runTests());
}

/** @param {{ canWrite: boolean }} props */
function Bar({ canWrite }) {
  const flow = opened.value;
  const title = checked.value?.outline.title || flow?.id || t("flows.new");
  const canPublish = flow !== null && flow.id !== "" && !isChanged.value && flow.published !== flow.n;
  return html`<header class="flow-bar">
    <a class="icon-button" href="#" aria-label=${t("flows.back")} title=${t("flows.back")}>${h(Icon, { name: "chevron-right" })}</a>
    <h1>${title}</h1>
    ${flow && flow.n > 0 && html`<span class="flow-badge">${t("flows.revision", { n: flow.n })}</span>`}
    ${flow && flow.published === flow.n && flow.n > 0 && html`<span class="flow-badge flow-badge-good">${t("flows.in_force")}</span>`}
    ${isChanged.value && html`<span class="flow-badge flow-badge-warn" role="status">${t("flows.unsaved")}</span>`}
    <span class="flow-gap"></span>
    ${canWrite &&
    html`<input class="input flow-note" aria-label=${t("flows.note")} placeholder=${t("flows.note")} value=${note.value} onInput=${(/** @type {any} */ event) => (note.value = event.target.value)} />
      <button class="button" disabled=${!isChanged.value || (isCurrent.value && errors.value.length > 0)} onClick=${() => void save()}>${t("flows.save")}</button>
      <button class="button button-primary" disabled=${!canPublish} onClick=${() => void publish(flow?.n ?? 0).then(() => show("revisions"))}>${t("flows.publish")}</button>`}
  </header>`;
}

/** Saves the text over the revision it is based on. @param {number} [basedOn] another one, that the admin has seen by now */
async function save(basedOn) {
  const flow = opened.value;
  if (!flow) return;
  try {
    const made = await api.post("/api/flows", { yaml: text.value, based_on: (basedOn ?? flow.n) || null, message: note.value });
    conflict.value = null;
    note.value = "";
    await saved(made.id, made.n);
    say("good", t("flows.saved", { n: made.n }));
    if (location.hash.slice(1).split("/")[0] !== made.id) location.hash = made.id;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === "outdated" && error.facts.theirs) conflict.value = /** @type {any} */ (error.facts.theirs);
    else if (error.facts.findings) await check();
    else say("bad", explain(error));
  }
}

/** @param {{ found: import("./types.js").Finding, key?: string }} props */
function Problem({ found }) {
  const { message, hint } = told(found);
  return html`<li class=${`flow-${found.severity}`}>
    <button class="flow-row" onClick=${() => (wanted.value = { line: found.line, column: found.column })}>
      <span class="number">${found.line}:${found.column}</span><b>${message}</b>${hint && html`<span class="muted">${hint}</span>`}
    </button>
  </li>`;
}

function Problems() {
  const isOpen = useSignal(true);
  const found = findings.value;
  const wrong = errors.value.length;
  const count = found.length ? t("flows.found", { errors: wrong, warnings: found.length - wrong }) : t("flows.found.none");
  const words = isAlone.value ? `${t("flows.alone")} ${found.length ? count : ""}` : checked.value ? count : t("flows.checking");
  return html`<div class="flow-problems">
    <button class="flow-problems-head" aria-expanded=${isOpen.value} onClick=${() => (isOpen.value = !isOpen.value)}>
      <span class=${`dot ${wrong ? "flow-dot-bad" : found.length || isAlone.value ? "flow-dot-warn" : "flow-dot-good"}`}></span>
      <span role="status">${words}</span>
    </button>
    ${isOpen.value &&
    found.length > 0 &&
    html`<ul>
      ${found.slice(0, 100).map((one, at) => h(Problem, { key: String(at), found: one }))}
    </ul>`}
  </div>`;
}
