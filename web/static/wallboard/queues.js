// @ts-check
/** A tile or a line per queue, and the sums of all above them. */
import { clockTime, percent, span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { FORMULAS, Tip, count, formulaText } from "./figures.js";
import { STATES, board, byState, crew, fitFor, longestWait, meanOccupancy } from "./floor.js";

const MOST_TILES = 6;

/** @typedef {import("./types.js").Agent} Agent */
/** @typedef {import("./types.js").Queue} Queue */

export function Sums() {
  const told = board.value;
  if (!told) return null;
  const { totals, queues } = told;
  const longest = Math.max(-1, ...queues.map((one) => longestWait(one) ?? -1));
  return html`<dl class="sums" aria-label=${t("wall.all")}>
    ${h(Sum, { name: t("wall.waiting"), value: count(waitingIn(queues)) })}
    ${h(Sum, { name: t("wall.longest"), value: longest < 0 ? "–" : span(longest) })}
    ${FORMULAS.map((id) => h(Sum, { key: id, name: h(Tip, { label: t(`wall.level.${id}`), text: formulaText(id, {}) }), value: percent(totals.service_level[id]) }))}
    ${h(Sum, { name: h(Tip, { label: t("wall.abandoned"), text: t("wall.abandoned.hint") }), value: `${count(totals.abandoned)} · ${percent(totals.abandoned_share)}` })}
    ${h(Sum, { name: h(Tip, { label: t("wall.occupancy"), text: t("wall.occupancy.hint") }), value: percent(totals.occupancy) })}
    ${h(Sum, { name: t("wall.callbacks"), value: count(told.callbacks) })}
  </dl>
  <p class="muted since">${t("wall.since", { time: clockTime(told.since) })}</p>`;
}

/** Those who wait, ringing ones among them. @param {Queue[]} queues */
export function waitingIn(queues) {
  return queues.reduce((sum, one) => sum + one.waiting + one.offered, 0);
}

/** @param {{ name: unknown, value: string, key?: string }} props */
function Sum({ name, value }) {
  return html`<div class="sum"><dt>${name}</dt><dd class="number">${value}</dd></div>`;
}

/** A tile each, or lines of a table where tiles would not be seen together. */
export function Queues() {
  const queues = board.value?.queues ?? [];
  if (queues.length === 0) return html`<p class="muted">${t("wall.no_queues")}</p>`;
  if (queues.length > MOST_TILES) return h(Lines, { queues });
  return html`<div class="tiles">${queues.map((queue) => h(Tile, { key: queue.id, queue }))}</div>`;
}

/** @param {Queue} queue @param {number | null} longest */
function isLate(queue, longest) {
  return longest !== null && longest > queue.target_s;
}

/** @param {{ queues: Queue[] }} props */
function Lines({ queues }) {
  const right = (/** @type {unknown} */ name) => html`<th scope="col" class="right">${name}</th>`;
  return html`<div class="panel lines-of-queues"><table>
    <thead><tr>
      <th scope="col">${t("wall.queue")}</th>${right(t("wall.waiting"))}${right(t("wall.longest"))}${right(h(Tip, { label: t("wall.free"), text: t("wall.free.hint") }))}
      ${FORMULAS.map((id) => right(h(Tip, { label: t(`wall.level.${id}`), text: formulaText(id, {}) })))}
      ${right(t("wall.offered"))}${right(h(Tip, { label: t("wall.abandoned"), text: t("wall.abandoned.hint") }))}${right(t("wall.asa"))}${right(h(Tip, { label: t("wall.occupancy"), text: t("wall.occupancy.queue") }))}
      <th scope="col">${t("wall.agents")}</th>
    </tr></thead>
    <tbody>${queues.map((queue) => h(Line, { key: queue.id, queue }))}</tbody>
  </table></div>`;
}

/** @param {{ queue: Queue, key?: string }} props */
function Line({ queue }) {
  const longest = longestWait(queue);
  const { figures } = queue;
  const fit = fitFor(queue);
  const cells = [
    ...FORMULAS.map((id) => percent(figures.service_level[id])),
    count(figures.offered),
    `${count(figures.abandoned)} · ${percent(figures.abandoned_share)}`,
    figures.asa_s === null ? "–" : span(figures.asa_s),
    percent(meanOccupancy(fit)),
  ];
  return html`<tr class=${isLate(queue, longest) ? "line-late" : ""}>
    <th scope="row">${queue.title}</th>
    <td class="right number line-now">${count(queue.waiting + queue.offered)}</td>
    <td class=${`right number line-now ${isLate(queue, longest) ? "over" : ""}`}>${longest === null ? "–" : span(longest)}</td>
    <td class="right number line-now">${count(queue.ready)}</td>
    ${cells.map((cell, at) => html`<td key=${at} class="right number">${cell}</td>`)}
    <td>${h(Crew, { agents: fit, isBrief: true })}</td>
  </tr>`;
}

/** @param {{ queue: Queue, key?: string }} props */
function Tile({ queue }) {
  const fit = fitFor(queue);
  const longest = longestWait(queue);
  const { figures } = queue;
  return html`<section class=${`tile ${isLate(queue, longest) ? "tile-late" : ""}`} aria-label=${queue.title}>
    <header><h3>${queue.title}</h3>${isLate(queue, longest) && html`<span class="late">${t("wall.late", { target: span(queue.target_s) })}</span>`}</header>
    <dl class="tile-now">
      <div><dt>${t("wall.waiting")}</dt><dd class="number">${count(queue.waiting + queue.offered)}</dd></div>
      <div><dt>${t("wall.longest")}</dt><dd class="number">${longest === null ? "–" : span(longest)}</dd></div>
      <div><dt>${h(Tip, { label: t("wall.free"), text: t("wall.free.hint") })}</dt><dd class="number">${count(queue.ready)}</dd></div>
    </dl>
    <dl class="tile-levels" aria-label=${t("wall.level")}>
      ${FORMULAS.map(
        (id) => html`<div key=${id}><dt>${h(Tip, { label: t(`wall.level.${id}`), text: formulaText(id, queue) })}</dt><dd class="number">${percent(figures.service_level[id])}</dd></div>`,
      )}
    </dl>
    <dl class="tile-day">
      <div><dt>${t("wall.offered")}</dt><dd class="number">${count(figures.offered)}</dd></div>
      <div><dt>${h(Tip, { label: t("wall.abandoned"), text: t("wall.abandoned.hint") })}</dt><dd class="number">${count(figures.abandoned)} · ${percent(figures.abandoned_share)}</dd></div>
      <div><dt>${t("wall.asa")}</dt><dd class="number">${figures.asa_s === null ? "–" : span(figures.asa_s)}</dd></div>
      <div><dt>${h(Tip, { label: t("wall.occupancy"), text: t("wall.occupancy.queue") })}</dt><dd class="number">${percent(meanOccupancy(fit))}</dd></div>
    </dl>
    ${h(Crew, { agents: fit })}
  </section>`;
}

/** How many of them are in each state; briefly, the state is a dot and its name. @param {{ agents: Agent[], isBrief?: boolean }} props */
export function Crew({ agents, isBrief = false }) {
  const counts = byState(agents);
  if (agents.length === 0) return html`<p class="crew crew-nobody">${t("wall.nobody_fit")}</p>`;
  return html`<ul class="crew" aria-label=${t("wall.agents")}>
    ${STATES.filter((state) => counts[state] > 0).map(
      (state) => html`<li key=${state} title=${isBrief ? t(`state.${state}`) : undefined}><span class=${`dot dot-${state}`}></span><b class="number">${count(counts[state])}</b> <span class=${isBrief ? "unseen" : ""}>${t(`state.${state}`)}</span></li>`,
    )}
  </ul>`;
}

export function WholeCrew() {
  return h(Crew, { agents: crew.value });
}
