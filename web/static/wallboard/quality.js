// @ts-check
/** Calls to hear: how well each agent was found to do, and the calls of the last weeks, evaluated or not yet. */
import { api } from "../shared/api.js";
import { dayTime, fullTime, percent, span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t, tn } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { me } from "../shared/session.js";
import { orSay } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { signal } from "../vendor/signals.js";
import { Choice, option } from "./choice.js";
import { count } from "./figures.js";
import { board, queueTitle } from "./floor.js";

/** @typedef {import("./types.js").Average} Average */
/** @typedef {import("./types.js").Heard} Heard */
/** @typedef {import("./types.js").Quality} Found */
/** @template T @typedef {import("../vendor/signals.js").Signal<T>} Signal */

const DAYS = 30;
const STATES = ["all", "open", "done"];

const wanted = signal({ agent: "", queue: "", state: "all", words: "" });
/** @type {Signal<Found | null>} */
const found = signal(null);
/** How many cards are in use; null until known. @type {Signal<number | null>} */
const cards = signal(null);
/** How many pages are shown. */
let pages = 1;
/** How often it was read: what an earlier reading brings late is not shown over a later one. */
let readings = 0;

/** @param {string | null} before the `next` of the page before @returns {Promise<Found>} */
function readPage(before) {
  const given = Object.entries({ ...wanted.peek(), days: String(DAYS), before: before ?? "" }).filter(([, value]) => value);
  return api.get(`/api/quality?${new URLSearchParams(given)}`);
}

/** As many pages as are shown, so that nobody loses his place. */
export async function readQuality() {
  const mine = ++readings;
  await orSay(async () => {
    let told = await readPage(null);
    for (let page = 1; page < pages && told.next; page++) told = joined(told, await readPage(told.next));
    if (mine === readings) found.value = told;
  });
}

/** @param {Found} first @param {Found} later @returns {Found} */
function joined(first, later) {
  return { ...later, calls: [...first.calls, ...later.calls] };
}

async function readEarlier() {
  pages += 1;
  await readQuality();
}

async function countCards() {
  const told = await orSay(() => api.get("/api/scorecards"));
  if (told) cards.value = told.scorecards.filter((/** @type {{ is_active: boolean }} */ one) => one.is_active).length;
}

/** @param {Partial<typeof wanted.value>} change */
function ask(change) {
  wanted.value = { ...wanted.value, ...change };
  pages = 1;
  void readQuality();
}

export function Quality() {
  useEffect(() => {
    void countCards();
    void readQuality();
  }, []);
  if (!found.value) return null;
  return html`
    ${cards.value === 0 && h(NoCards, { text: t("quality.no_cards") })}
    <div class="quality">
      <section class="panel" aria-label=${t("quality.calls")}>
        ${h(Filters, { agents: found.value.agents })}
        ${h(Calls, { calls: found.value.calls })}
        ${found.value.next && html`<p class="quality-more"><button class="button" onClick=${readEarlier}>${t("quality.earlier")}</button></p>`}
      </section>
      ${h(Averages, { agents: found.value.agents })}
    </div>`;
}

/** @param {{ text: string }} props */
export function NoCards({ text }) {
  const isAdmin = me.value?.role === "admin";
  return html`<p class="bar bar-warn">
    <span>${text}</span>
    ${isAdmin ? html`<a class="quality-link" href="/admin#scorecards">${t("quality.make_card")}</a>` : html`<span>${t("quality.ask_admin")}</span>`}
  </p>`;
}

/** @param {{ agents: Average[] }} props */
function Filters({ agents }) {
  const { agent, queue, state, words } = wanted.value;
  return html`<form class="quality-filters" role="search" aria-label=${t("quality.filter")} onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    ${h(Choice, { label: t("wall.agent"), value: agent, choices: [option("", t("quality.every_agent")), ...agents.map(({ id, name }) => option(id, name))], onChoose: (agent) => ask({ agent }) })}
    ${h(Choice, { label: t("wall.queue"), value: queue, choices: [option("", t("quality.every_queue")), ...(board.value?.queues ?? []).map(({ id, title }) => option(id, title || id))], onChoose: (queue) => ask({ queue }) })}
    ${h(Choice, { label: t("quality.state"), value: state, choices: STATES.map((one) => option(one, t(`quality.state.${one}`))), onChoose: (state) => ask({ state }) })}
    <label class="field"><span>${t("quality.words")}</span>
      <input class="input" type="search" name="words" maxlength="200" value=${words} onChange=${(/** @type {Event} */ event) => ask({ words: /** @type {HTMLInputElement} */ (event.currentTarget).value.trim() })} />
    </label>
  </form>`;
}

/** @param {{ calls: Heard[] }} props */
function Calls({ calls }) {
  if (calls.length === 0) return html`<p class="muted nothing" role="status">${t("quality.no_calls", { days: DAYS })}</p>`;
  return html`<table>
    <thead><tr>
      <th scope="col">${t("quality.when")}</th><th scope="col">${t("quality.customer")}</th><th scope="col">${t("wall.queue")}</th><th scope="col">${t("wall.agent")}</th>
      <th scope="col" class="right">${t("fact.talk")}</th><th scope="col">${t("quality.recordings")}</th><th scope="col" class="right">${t("quality.evaluation")}</th>
    </tr></thead>
    <tbody>${calls.map((one) => h(Row, { key: one.call, one }))}</tbody>
  </table>`;
}

/** @param {{ one: Heard, key?: string }} props */
function Row({ one }) {
  return html`<tr>
    <th scope="row"><a class="quality-link" href=${`#evaluate-${one.call}`} title=${fullTime(one.at)}>${dayTime(one.at)}</a></th>
    <td translate=${one.customer ? "no" : undefined}>${one.customer ?? t("quality.nameless")}</td>
    <td>${one.queue && queueTitle(one.queue)}</td>
    <td>${one.agent_name}</td>
    <td class="right number">${one.talk_s !== null && span(one.talk_s)}</td>
    <td>${one.recordings.length > 0 && html`<span class="quality-tape">${h(Icon, { name: "play", size: 14 })}${tn("quality.recorded", one.recordings.length)}</span>`}</td>
    <td class="right number">${one.percent === null ? html`<span class="muted">${t("quality.state.open")}</span>` : percent(one.percent / 100)}</td>
  </tr>`;
}

/** @param {{ agents: Average[] }} props */
function Averages({ agents }) {
  return html`<section class="panel" aria-label=${t("quality.averages")}>
    <header class="panel-head"><h2>${t("quality.averages")}</h2><span class="muted">${t("quality.days", { days: DAYS })}</span></header>
    ${agents.length === 0
      ? html`<p class="muted nothing">${t("quality.no_calls", { days: DAYS })}</p>`
      : html`<table>
          <thead><tr><th scope="col">${t("wall.agent")}</th><th scope="col" class="right">${t("quality.calls")}</th><th scope="col" class="right">${t("quality.state.done")}</th><th scope="col" class="right">${t("quality.mean")}</th></tr></thead>
          <tbody>${agents.map(
            (one) => html`<tr key=${one.id}><th scope="row">${one.name}</th><td class="right number">${count(one.calls)}</td><td class="right number">${count(one.evaluated)}</td><td class="right number">${percent(one.percent === null ? null : one.percent / 100)}</td></tr>`,
          )}</tbody>
        </table>`}
  </section>`;
}
