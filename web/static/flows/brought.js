// @ts-check
/** A flow of another system, brought along: its text in our notation is opened as a new one, with what did not map. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { orSay } from "../shared/toasts.js";
import { signal } from "../vendor/signals.js";

/** @typedef {{ verdict: "mapped" | "differs" | "left_out", line: number, name: string, step: string, why: string, todo: string }} Remark */
/** @typedef {{ yaml: string, source: string, remarks: Remark[] }} Foreign */

const TOLD = /** @type {const} */ (["left_out", "differs"]);

/** @type {import("../vendor/signals.js").Signal<Foreign | null>} */
export const brought = signal(null);

/** @param {File} file */
async function bring(file) {
  const text = await file.text();
  const found = await orSay(() => api.post("/api/flows/-/import", { name: file.name, text }));
  if (!found) return;
  brought.value = found;
  location.hash = "new";
}

/** A button that asks for the file. */
export function Bring() {
  return html`<label class="button flow-bring">${t("flows.import")}<input class="flow-file" type="file" accept=".json,.vxml,.xml,.conf,.txt" aria-label=${t("flows.import")} onChange=${(/** @type {any} */ event) => void (event.target.files[0] && bring(event.target.files[0]))} /></label>`;
}

/** What became of the flow's steps, those to look at. */
export function Brought() {
  const found = brought.value;
  if (!found) return null;
  const of = (/** @type {Remark["verdict"]} */ verdict) => found.remarks.filter((one) => one.verdict === verdict);
  return html`<section class="flow-conflict flow-brought" aria-label=${t("flows.import.report")}>
    <div class="flow-line">
      <p role="status"><b>${found.source}</b> ${t("flows.import.facts", { mapped: of("mapped").length, differs: of("differs").length, left_out: of("left_out").length })}</p>
      <button class="icon-button" aria-label=${t("flows.import.close")} title=${t("flows.import.close")} onClick=${() => (brought.value = null)}>${h(Icon, { name: "close", size: 16 })}</button>
    </div>
    <ul>
      ${TOLD.flatMap((verdict) => of(verdict).map((one, at) => html`<li key=${`${verdict} ${at}`}><b>${t(`flows.import.${verdict}`)}</b> ${t("flows.import.place", { line: one.line, name: one.name })} ${[one.why, one.todo].filter(Boolean).join("; ")}</li>`))}
    </ul>
  </section>`;
}
