// @ts-check
/** Everybody: the state and since when, whom he has, how busy he was, and what may be done to him. */
import { fullTime, percent, phone, span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { hasText, t } from "../shared/i18n.js";
import { Menu } from "../shared/menu.js";
import { useSignal } from "../vendor/signals.js";
import { count } from "./figures.js";
import { STATES, asked, crew, queueTitle, secondsSince } from "./floor.js";
import { supervise, ways } from "./supervise.js";

/** @typedef {import("./types.js").Agent} Agent */
/** @typedef {import("./types.js").Held} Held */

export function Agents() {
  const sought = useSignal("");
  const shown = crew.value
    .filter((one) => wordsOf(one).includes(sought.value.toLowerCase()))
    .sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || a.name.localeCompare(b.name));
  return html`<section class="panel" aria-label=${t("wall.agents")}>
    <header class="panel-head">
      <h2>${t("wall.agents")}</h2>
      <input class="input" type="search" aria-label=${t("wall.find")} placeholder=${t("wall.find")} value=${sought.value}
        onInput=${(/** @type {Event} */ event) => (sought.value = /** @type {HTMLInputElement} */ (event.target).value)} />
    </header>
    ${shown.length === 0
      ? html`<p class="muted nothing">${t("wall.no_agents")}</p>`
      : html`<table>
          <thead><tr>
            <th scope="col">${t("wall.agent")}</th><th scope="col">${t("wall.state")}</th><th scope="col" class="right">${t("wall.state_since")}</th>
            <th scope="col">${t("wall.current")}</th><th scope="col">${t("wall.skills")}</th>
            <th scope="col" class="right">${t("wall.handled")}</th><th scope="col" class="right">${t("wall.occupancy")}</th><th scope="col"><span class="unseen">${t("wall.act")}</span></th>
          </tr></thead>
          <tbody>${shown.map((one) => h(Row, { key: one.agent, one }))}</tbody>
        </table>`}
  </section>`;
}

/** @param {{ one: Agent, key?: string }} props */
function Row({ one }) {
  return html`<tr>
    <th scope="row">${one.name}</th>
    <td><span class="state-cell"><span class="state-word"><span class=${`dot dot-${one.state}`}></span>${t(`state.${one.state}`)}</span>${one.reason && html`<span class="muted">${reasonText(one.reason)}</span>`}</span></td>
    <td class="right number">${one.since && html`<time datetime=${one.since} title=${fullTime(one.since)}>${span(secondsSince(one.since))}</time>`}</td>
    <td>${one.holding.map((held) => h(Current, { key: held.contact, held }))}</td>
    <td class="skills">${Object.entries(one.skills).sort().map(([skill, level]) => html`<span key=${skill} class="chip" translate="no">${skill} ${level}</span>`)}</td>
    <td class="right number">${count(one.contacts)}</td>
    <td class="right number">${percent(one.occupancy)}</td>
    <td class="right">${h(Menu, { label: t("wall.act"), title: t("wall.act.of", { name: one.name }), class: "menu-right menu-quiet", choices: choices(one), onChoose: (/** @type {string} */ id) => act(one, id) })}</td>
  </tr>`;
}

/** What the search looks through. @param {Agent} one */
function wordsOf(one) {
  const queues = one.holding.map((held) => held.queue && queueTitle(held.queue));
  return [one.name, one.login, ...Object.keys(one.skills), t(`state.${one.state}`), one.reason && reasonText(one.reason), ...queues].join(" ").toLowerCase();
}

/** An agent's own reason is free text; ours are words of the catalogue. @param {string} reason */
function reasonText(reason) {
  return hasText(`away.${reason}`) ? t(`away.${reason}`) : reason;
}

/** @param {{ held: Held, key?: string }} props */
function Current({ held }) {
  const who = held.name ?? (held.number ? phone(held.number) : t(`wall.kind.${held.kind}`));
  const what = [held.queue && queueTitle(held.queue), held.part !== "agent" && t(`wall.part.${held.part}`)].filter(Boolean);
  return html`<span class="current">
    <span translate=${held.name || held.number ? "no" : undefined}>${who}</span><span class="muted">${what.map((one) => `${one} · `)}<span class="number">${span(secondsSince(held.since))}</span></span>
    ${held.queue && html`<button class="link-button" onClick=${() => (asked.value = { kind: "why", contact: held.contact, label: who })}>${t("wall.why")}</button>`}
  </span>`;
}

/** @param {Agent} one */
function choices(one) {
  const wishes = [
    { id: "ready", label: t("wall.force.ready") },
    { id: "away", label: t("wall.force.away") },
    { id: "logged_out", label: t("wall.force.logged_out") },
  ];
  return [...ways(one), ...wishes.filter(({ id }) => id !== one.state), { id: "skills", label: t("wall.force.skills") }];
}

/** @param {Agent} agent @param {string} id */
function act(agent, id) {
  if (supervise(agent, id)) return;
  if (id === "skills") asked.value = { kind: "skills", agent };
  else asked.value = { kind: "force", agent, state: /** @type {"ready" | "away" | "logged_out"} */ (id) };
}
