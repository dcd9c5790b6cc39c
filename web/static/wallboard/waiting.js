// @ts-check
/** Who waits, by queue and place. */
import { phone, span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { count } from "./figures.js";
import { asked, board, queueTitle, secondsSince, waiting } from "./floor.js";

/** @typedef {import("./types.js").Waiting} One */

export function Waiting() {
  return html`<section class="panel" aria-label=${t("wall.waiting.list")}>
    <header class="panel-head"><h2>${t("wall.waiting.list")}</h2>${waiting.value.length > 0 && html`<b class="number">${count(waiting.value.length)}</b>`}</header>
    ${waiting.value.length === 0
      ? html`<p class="muted nothing">${t("wall.nobody_waits")}</p>`
      : html`<div class="waiting-rows"><table>
          <thead><tr>
            <th scope="col">${t("wall.queue")}</th><th scope="col" class="right">${t("wall.place")}</th><th scope="col">${t("wall.contact")}</th>
            <th scope="col" class="right">${t("wall.waited")}</th><th scope="col" class="right">${t("wall.priority")}</th><th scope="col">${t("wall.state")}</th>
            <th scope="col"><span class="unseen">${t("wall.act")}</span></th>
          </tr></thead>
          <tbody>${waiting.value.map((one) => h(Row, { key: one.contact, one }))}</tbody>
        </table></div>`}
  </section>`;
}

/** @param {{ one: One, key?: string }} props */
function Row({ one }) {
  const waited = secondsSince(one.entered_at) ?? 0;
  const target = board.value?.queues.find((queue) => queue.id === one.queue)?.target_s ?? Infinity;
  const who = nameOf(one);
  return html`<tr>
    <td>${queueTitle(one.queue)}</td>
    <td class="right number">${count(one.position)}</td>
    <th scope="row"><span translate=${one.number ? "no" : undefined}>${who}</span>${one.number && one.kind !== "call" && html` <span class="chip">${t(`wall.kind.${one.kind}`)}</span>`}</th>
    <td class=${`right number ${waited > target ? "over" : ""}`}>${span(waited)}</td>
    <td class="right number">${count(one.priority)}</td>
    <td>${one.agent_name ? t("wall.rings_for", { name: one.agent_name }) : t("wall.waits")}</td>
    <td class="right acts">
      <button class="link-button" onClick=${() => (asked.value = { kind: "why", contact: one.contact, label: who })}>${t("wall.why")}</button>
      <button class="link-button" onClick=${() => (asked.value = { kind: "move", contact: one })}>${t("wall.move")}</button>
    </td>
  </tr>`;
}

/** @param {One} one */
export function nameOf(one) {
  return one.number ? phone(one.number) : t(`wall.kind.${one.kind}`);
}
