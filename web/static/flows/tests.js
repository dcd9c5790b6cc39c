// @ts-check
/** The flow's own tests, run on the text as it is; what they visit and what they miss. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { locale, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { orSay } from "../shared/toasts.js";
import { signal } from "../vendor/signals.js";
import { errors, picture, text, trail, wanted } from "./state.js";

/** @typedef {import("./types.js").TestsRun} TestsRun */

/** @type {import("../vendor/signals.js").Signal<{ yaml: string, run: TestsRun } | null>} */
const last = signal(null);
const isBusy = signal(false);

export async function runTests() {
  const yaml = text.value;
  isBusy.value = true;
  const run = await orSay(() => api.post("/api/flows/-/test", { yaml }));
  isBusy.value = false;
  if (run) last.value = { yaml, run };
}

export function Tests() {
  const shown = last.value;
  const isOld = shown !== null && shown.yaml !== text.value;
  return html`<div class="flow-side">
    <div class="flow-line">
      <button class="button button-primary" disabled=${isBusy.value || errors.value.length > 0} onClick=${() => void runTests()}>${h(Icon, { name: "play", size: 16 })}${t("flows.tests.run")}</button>
      ${errors.value.length > 0 && html`<span class="muted">${t("flows.tests.broken")}</span>`}
    </div>
    ${shown && isOld && html`<p class="muted">${t("flows.tests.old")}</p>`}
    ${!shown && html`<p class="muted">${t("flows.tests.count", { n: picture.value?.tests.length ?? 0 })}</p>`}
    ${shown && h(Results, { run: shown.run })}
  </div>`;
}

/** @param {{ run: TestsRun }} props */
function Results({ run }) {
  const red = run.tests.filter((one) => !one.passed).length;
  const missed = run.coverage.missed_steps;
  return html`<p class=${red ? "flow-wrong" : "flow-right"} role="status">
      ${red ? t("flows.tests.red", { red, n: run.tests.length }) : t("flows.tests.green", { n: run.tests.length })}
      ${" "}${t("flows.tests.coverage", { percent: run.coverage.percent.toLocaleString(locale.value) })}
    </p>
    <ul class="flow-tests">
      ${run.tests.map(
        (one) => html`<li key=${one.name} class=${one.passed ? "flow-passed" : "flow-failed"}>
          <button class="flow-row" onClick=${() => show(one)}>${h(Icon, { name: one.passed ? "check" : "close", size: 16 })}<b>${one.name}</b></button>
          ${one.failures.map((why) => html`<p key=${why} class="flow-wrong">${why}</p>`)}
          ${!one.passed && html`<details><summary>${t("flows.tests.trace")}</summary><pre class="flow-pre">${one.lines.join("\n")}</pre></details>`}
        </li>`,
      )}
    </ul>
    ${missed.length > 0 && html`<h3>${t("flows.tests.missed")}</h3><p class="flow-words">${missed.join(", ")}</p>`}`;
}

/** The test's path over the graph, and its lines. @param {import("./types.js").TestRun} one */
function show(one) {
  trail.value = one.visited;
  const written = picture.value?.tests.find((row) => row.name === one.name);
  if (written) wanted.value = { line: written.line, column: 1 };
}
