// @ts-check
/** Contacts from a CSV file: looked at first, then taken; what was refused comes back as a file to mend. */
import { ApiError, api, csrf } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { hasText, locale, t } from "../shared/i18n.js";
import { orSay } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { signal, useSignal } from "../vendor/signals.js";
import { Card, Table } from "./parts.js";

/** @typedef {import("./types.js").Import} Import */
/** @typedef {import("./types.js").Line} Line */

const MEANINGS = ["", "name", "phone", "email", "customer_no", "language", "vip", "tags"];
const BEAT_MS = 1_000;

/** @type {import("../vendor/signals.js").Signal<Import | null>} */
const found = signal(null);

/** @param {File} file @returns {Promise<Import>} */
async function upload(file) {
  const headers = new Headers({ Accept: "application/json", "Content-Type": "text/csv" });
  if (csrf.value) headers.set("X-CSRF-Token", csrf.value);
  const path = `/api/contact-imports?name=${encodeURIComponent(file.name)}`;
  const response = await fetch(path, { method: "POST", headers, body: file }).catch(() => null);
  if (!response) throw new ApiError(0, "unreachable", "unreachable");
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, answer.error?.code ?? "internal", answer.error?.message ?? "", answer.error);
  return answer;
}

export function ImportPage() {
  const one = found.value;
  useEffect(() => {
    if (one?.state !== "applying") return undefined;
    const beat = setTimeout(() => void orSay(async () => (found.value = await api.get(`/api/contact-imports/${one.id}`))), BEAT_MS);
    return () => clearTimeout(beat);
  }, [one]);
  return html`${h(Choose, {})}${one && h(Shown, { one })}`;
}

function Choose() {
  const isBusy = useSignal(false);
  const take = async (/** @type {Event} */ event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const file = input.files?.[0];
    if (!file) return;
    isBusy.value = true;
    found.value = (await orSay(() => upload(file))) ?? found.value;
    isBusy.value = false;
    input.value = "";
  };
  return h(
    Card,
    {},
    html`<label class="file-choice">
      <span class="button button-primary">${isBusy.value ? t("admin.import.reading") : t("admin.import.choose")}</span>
      <input type="file" accept=".csv,.txt,.tsv,text/csv" disabled=${isBusy.value} onChange=${take} />
    </label>`,
  );
}

/** @param {{ one: Import }} props */
function Shown({ one }) {
  const path = `/api/contact-imports/${one.id}`;
  const again = async (/** @type {Record<string, string>} */ columns) => {
    found.value = (await orSay(() => api.patch(path, { columns }))) ?? one;
  };
  const apply = async () => {
    found.value = (await orSay(() => api.post(`${path}/apply`))) ?? one;
  };
  return html`
    ${h(Progress, { one, path, onApply: apply })}
    ${one.refused.length > 0 && h(Refused, { lines: one.refused, count: one.counts.refused })}
    ${one.state === "preview" && h(Columns, { one, onColumns: again })}
  `;
}

/** @param {{ one: Import, path: string, onApply: () => void }} props */
function Progress({ one, path, onApply }) {
  const { ready, refused, made, changed } = one.counts;
  const count = (/** @type {number} */ n) => n.toLocaleString(locale.value);
  return html`<section class="card" aria-label=${t("admin.import.progress")}>
    <dl class="figures">
      ${one.state === "preview" && html`<div><dt>${t("admin.import.ready")}</dt><dd>${count(ready)}</dd></div>`}
      ${one.state !== "preview" && html`<div><dt>${t("admin.import.made")}</dt><dd>${count(made)}</dd></div><div><dt>${t("admin.import.changed")}</dt><dd>${count(changed)}</dd></div>`}
      <div class=${refused ? "figure-bad" : ""}><dt>${t("admin.import.refused")}</dt><dd>${count(refused)}</dd></div>
    </dl>
    ${one.state !== "preview" && html`<progress max=${Math.max(1, ready + made + changed)} value=${made + changed} aria-label=${t("admin.import.progress")}></progress>`}
    <p role="status">${t(`admin.import.state.${one.state}`)}</p>
    <div class="card-end">
      ${one.state === "preview" && html`<button class="button button-primary" disabled=${ready === 0} onClick=${onApply}>${t("admin.import.apply", { n: count(ready) })}</button>`}
      ${refused > 0 && html`<a class="button" href=${`${path}/report`} download="refused.csv">${t("admin.import.report")}</a>`}
    </div>
  </section>`;
}

/** What each column is, with the first lines below. @param {{ one: Import, onColumns: (columns: Record<string, string>) => void }} props */
function Columns({ one, onColumns }) {
  const choose = (/** @type {string} */ name, /** @type {string} */ meaning) => onColumns({ ...one.columns, [name]: meaning });
  const heads = one.header.map((name) => html`<span class="column">
    <span>${name}</span>
    <select class="input" aria-label=${t("admin.import.column", { name })} onChange=${(/** @type {Event} */ event) => choose(name, /** @type {HTMLSelectElement} */ (event.target).value)}>
      ${choices(name, one.columns[name] ?? "").map((id) => html`<option key=${id} value=${id} selected=${id === (one.columns[name] ?? "")}>${meaningName(id)}</option>`)}
    </select>
  </span>`);
  return h(
    Card,
    { title: t("admin.import.columns"), note: t("admin.import.columns.about") },
    html`<div class="scroll" tabindex="0"><table>
      <thead><tr>${heads.map((head, at) => html`<th key=${at} scope="col">${head}</th>`)}</tr></thead>
      <tbody>${one.lines.map((line) => html`<tr key=${line.line}>${line.cells.map((cell, at) => html`<td key=${at}>${cell}</td>`)}</tr>`)}</tbody>
    </table></div>`,
  );
}

/** @param {string} name @param {string} chosen */
function choices(name, chosen) {
  return [...new Set([...MEANINGS, `field:${name}`, `external:${name}`, chosen])];
}

/** @param {string} id */
function meaningName(id) {
  const [kind, scope] = id.split(":");
  return t(`admin.meaning.${kind || "none"}`, { name: scope ?? "" });
}

/** @param {{ lines: Line[], count: number }} props */
function Refused({ lines, count }) {
  const note = count > lines.length ? t("admin.import.first", { n: lines.length }) : undefined;
  return h(
    Card,
    { title: t("admin.import.refused.title"), note },
    h(Table, {
      none: "",
      heads: [t("admin.import.line"), t("admin.import.cells"), t("admin.import.why")],
      rows: lines.map((one) => [
        one.line.toLocaleString(locale.value),
        html`<span class="muted">${one.cells.filter(Boolean).join(" · ")}</span>`,
        one.findings.map((why, at) => html`<div key=${at}>${why.column && html`<strong>${why.column}: </strong>`}${reason(why)}</div>`),
      ]),
    }),
  );
}

/** In the page's language where the catalogue has the code. @param {import("./types.js").Finding} why */
function reason(why) {
  const key = `admin.finding.${why.code}`;
  return hasText(key) ? t(key) : `${why.text}: ${why.mend}`;
}
