// @ts-check
/** What a day would bring: which arrivals, who is at work, and the answer. */
import { ApiError, api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { explain } from "../shared/toasts.js";
import { signal } from "../vendor/signals.js";
import { count } from "./figures.js";
import { board } from "./floor.js";
import { Prediction } from "./prediction.js";

/** @typedef {import("./types.js").Agent} Agent */
/** @typedef {import("./types.js").Prediction} Answer */
/** @template T @typedef {import("../vendor/signals.js").Signal<T>} Signal */

const LONGEST_MS = 600_000;
const USUAL = "100";

/** @type {Signal<Answer | null>} */
const answer = signal(null);
const isBusy = signal(false);
const problem = signal("");
const isReal = signal(false);
const day = signal(new Date(Date.now() - 86_400_000).toLocaleDateString("sv")); // yesterday here, as 2026-11-22
const hours = signal("10");
const work = signal("");
/** Typed contacts by queue. @type {Signal<Record<string, string>>} */
const contacts = signal({});
/** Logins of who stays at home. @type {Signal<Set<string>>} */
const absent = signal(new Set());

/** @param {Event} event */
function typed(event) {
  return /** @type {HTMLInputElement} */ (event.target).value;
}

/** Every agent, and who else has a skill. @returns {Agent[]} */
function possible() {
  return (board.value?.agents ?? []).filter((one) => one.role === "agent" || Object.keys(one.skills).length > 0);
}

/** As many as came in the last day, else a round number. @param {import("./types.js").Queue} queue */
function contactsOf(queue) {
  return contacts.value[queue.id] ?? (queue.figures.entered > 0 ? String(queue.figures.entered) : USUAL);
}

function wish() {
  const there = possible().filter((one) => !absent.value.has(one.login));
  const common = { service_s: work.value ? Number(work.value) : null, agents: absent.value.size ? there.map((one) => one.login) : null };
  if (isReal.value) return { ...common, day: day.value, zone: Intl.DateTimeFormat().resolvedOptions().timeZone };
  const wanted = (board.value?.queues ?? []).map((queue) => [queue.id, Number(contactsOf(queue)) || 0]);
  return { ...common, hours: Number(hours.value), contacts: Object.fromEntries(wanted) };
}

/** @param {Event} event */
async function run(event) {
  event.preventDefault();
  isBusy.value = true;
  problem.value = "";
  try {
    answer.value = await api.postSlow("/api/what-if", wish(), LONGEST_MS);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    problem.value = explain(error);
  } finally {
    isBusy.value = false;
  }
}

export function WhatIf() {
  if (!board.value) return null;
  return html`<div class="plan">
    <form class="panel plan-form" aria-label=${t("wall.plan")} onSubmit=${run}>
      <p class="muted">${t("wall.plan.text")}</p>
      ${h(Arrivals, {})}
      ${h(People, {})}
      <label class="field"><span>${t("wall.plan.work")}</span>
        <input class="input" type="number" name="work" min="5" max="7200" value=${work.value} placeholder=${t("wall.plan.measured")} onInput=${(/** @type {Event} */ event) => (work.value = typed(event))} />
      </label>
      <button class="button button-primary button-large" disabled=${isBusy.value}>${isBusy.value ? t("wall.plan.running") : t("wall.plan.run")}</button>
      ${isBusy.value && html`<p class="muted" role="status">${t("wall.plan.slow")}</p>`}
      <p class="gate-wrong" role="alert">${problem.value}</p>
    </form>
    <div class="plan-answer" aria-live="polite" aria-busy=${isBusy.value}>
      ${answer.value ? h(Prediction, { answer: answer.value }) : html`<p class="nothing-yet muted">${t("wall.plan.none")}</p>`}
    </div>
  </div>`;
}

function Arrivals() {
  const queues = board.value?.queues ?? [];
  return html`<fieldset>
    <legend>${t("wall.plan.day")}</legend>
    <label class="check"><input type="radio" name="arrivals" checked=${!isReal.value} onChange=${() => (isReal.value = false)} />${t("wall.plan.synthetic")}</label>
    <label class="check"><input type="radio" name="arrivals" checked=${isReal.value} onChange=${() => (isReal.value = true)} />${t("wall.plan.real")}</label>
    ${isReal.value
      ? html`<label class="field"><span>${t("wall.plan.date")}</span><input class="input" type="date" name="day" required value=${day.value} onInput=${(/** @type {Event} */ event) => (day.value = typed(event))} /></label>`
      : html`<div class="plan-counts">
          ${queues.map(
            (queue) => html`<label key=${queue.id} class="plan-count"><span>${queue.title}</span>
              <input class="input" type="number" name=${`contacts-${queue.id}`} min="0" max="200000" required value=${contactsOf(queue)} onInput=${(/** @type {Event} */ event) => (contacts.value = { ...contacts.value, [queue.id]: typed(event) })} />
            </label>`,
          )}
          <label class="plan-count"><span>${t("wall.plan.hours")}</span>
            <input class="input" type="number" name="hours" min="1" max="24" step="0.5" required value=${hours.value} onInput=${(/** @type {Event} */ event) => (hours.value = typed(event))} />
          </label>
        </div>
        <p class="muted">${t("wall.plan.zero")}</p>`}
  </fieldset>`;
}

function People() {
  const all = possible();
  const there = all.filter((one) => !absent.value.has(one.login)).length;
  /** @param {string} login */
  const turn = (login) => {
    const next = new Set(absent.value);
    if (!next.delete(login)) next.add(login);
    absent.value = next;
  };
  return html`<fieldset>
    <legend>${t("wall.plan.agents", { n: count(there), all: count(all.length) })}</legend>
    <p class="plan-all">
      <button type="button" class="link-button" onClick=${() => (absent.value = new Set())}>${t("wall.plan.everybody")}</button>
      <button type="button" class="link-button" onClick=${() => (absent.value = new Set(all.map((one) => one.login)))}>${t("wall.plan.nobody")}</button>
    </p>
    <div class="plan-people">${all.map(
      (one) => html`<label key=${one.agent} class="check"><input type="checkbox" name=${`agent-${one.login}`} checked=${!absent.value.has(one.login)} onChange=${() => turn(one.login)} />
        <span>${one.name} <span class="muted" translate="no">${Object.entries(one.skills).sort().map(([skill, level]) => `${skill} ${level}`).join(", ")}</span></span></label>`,
    )}</div>
  </fieldset>`;
}
