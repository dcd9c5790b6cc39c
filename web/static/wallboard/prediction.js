// @ts-check
/** The predicted day: beside the textbook and the same people trained for everything, class by class, with more and fewer people. */
import { span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { locale, t } from "../shared/i18n.js";
import { cautionText } from "./cautions.js";
import { Tip, count } from "./figures.js";
import { needText } from "./reasons.js";

/** @typedef {import("./types.js").Estimate} Estimate */
/** @typedef {import("./types.js").Prediction} Answer */
/** @typedef {import("./types.js").Textbook} Textbook */

const SHARES = /** @type {const} */ (["service_level", "abandoned", "occupancy"]);
const SPANS = /** @type {const} */ (["asa", "p95", "longest"]);

/** @param {{ answer: Answer }} props */
export function Prediction({ answer }) {
  const { basis } = answer;
  return html`
    ${answer.warnings.length > 0 &&
    html`<section class="cautions" aria-label=${t("wall.cautions")}>
      <h2>${t("wall.cautions")}</h2>
      <ul>${answer.warnings.map((one, at) => html`<li key=${at} class="bar bar-warn"><span>${cautionText(one, answer)}</span></li>`)}</ul>
    </section>`}
    ${answer.all && h(Whole, { answer })}
    ${answer.classes.length > 0 && h(Classes, { answer })}
    ${answer.staffing.length > 0 && h(Staffing, { answer })}
    <p class="muted">${t(`wall.basis.${basis.arrivals}`, { contacts: count(basis.contacts), hours: count(basis.hours, 1), agents: count(basis.agents), days: count(basis.days) })}</p>
  `;
}

/** @param {{ answer: Answer }} props */
function Whole({ answer: { all, cross_trained: pool, erlang_a: book } }) {
  return html`<section class="panel" aria-label=${t("wall.whole")}>
    <header class="panel-head"><h2>${t("wall.whole")}</h2></header>
    <table>
      <thead><tr>
        <td></td><th scope="col" class="right">${t("wall.yours")}</th>
        <th scope="col" class="right">${h(Tip, { label: t("wall.cross"), text: t("wall.cross.hint") })}</th>
        <th scope="col" class="right">${h(Tip, { label: t("wall.erlang"), text: t("wall.erlang.hint") })}</th>
      </tr></thead>
      <tbody>
        ${SHARES.map((id) => html`<tr key=${id}><th scope="row">${t(`wall.predicted.${id}`)}</th>
          <td class="right strong">${all && h(Share, { value: all[id] })}</td><td class="right">${pool && h(Share, { value: pool[id] })}</td><td class="right number">${points(book?.[id])}</td></tr>`)}
        ${SPANS.map((id) => html`<tr key=${id}><th scope="row">${t(`wall.predicted.${id}`)}</th>
          <td class="right strong">${all && h(Waited, { of: all, id })}</td><td class="right">${pool && h(Waited, { of: pool, id })}</td><td class="right">–</td></tr>`)}
      </tbody>
    </table>
  </section>`;
}

/** @param {{ answer: Answer }} props */
function Classes({ answer }) {
  return html`<section class="panel" aria-label=${t("wall.classes")}>
    <header class="panel-head"><h2>${t("wall.classes")}</h2></header>
    <table>
      <thead><tr>
        <th scope="col">${t("wall.queue")}</th><th scope="col" class="right">${t("wall.contacts")}</th>
        <th scope="col" class="right">${h(Tip, { label: t("wall.load"), text: t("wall.load.hint") })}</th><th scope="col" class="right">${t("wall.fit")}</th>
        ${SHARES.map((id) => html`<th key=${id} scope="col" class="right">${t(`wall.predicted.${id}`)}</th>`)}
        <th scope="col" class="right">${t("wall.predicted.asa")}</th><th scope="col" class="right">${h(Tip, { label: t("wall.erlang.level"), text: t("wall.erlang.class") })}</th>
      </tr></thead>
      <tbody>${answer.classes.map(
        (one, at) => html`<tr key=${at}>
          <th scope="row">${one.title} <span class="muted" translate="no">${needText(one.need)}</span></th>
          <td class="right number">${count(one.contacts)}</td><td class="right number">${count(one.load, 1)}</td><td class="right number">${count(one.agents)}</td>
          ${SHARES.map((id) => html`<td key=${id} class="right">${h(Share, { value: one[id], hasBar: id === "service_level" })}</td>`)}
          <td class="right">${h(Waited, { of: one, id: "asa" })}</td><td class="right number">${points(one.erlang_a?.service_level)}</td>
        </tr>`,
      )}</tbody>
    </table>
  </section>`;
}

/** @param {{ answer: Answer }} props */
function Staffing({ answer }) {
  return html`<section class="panel" aria-label=${t("wall.staffing")}>
    <header class="panel-head"><h2>${t("wall.staffing")}</h2></header>
    <table>
      <thead><tr>
        <th scope="col" class="right">${t("wall.agents")}</th>
        ${SHARES.map((id) => html`<th key=${id} scope="col" class="right">${t(`wall.predicted.${id}`)}</th>`)}
        <th scope="col" class="right">${t("wall.predicted.asa")}</th><th scope="col" class="right">${h(Tip, { label: t("wall.erlang.level"), text: t("wall.erlang.hint") })}</th>
      </tr></thead>
      <tbody>${answer.staffing.map(
        (one) => html`<tr key=${one.agents} class=${one.agents === answer.basis.agents ? "is-now" : ""}>
          <th scope="row" class="right number">${count(one.agents)}${one.agents === answer.basis.agents && html` <span class="chip">${t("wall.staffing.now")}</span>`}</th>
          ${SHARES.map((id) => html`<td key=${id} class="right">${h(Share, { value: one[id], hasBar: id === "service_level" })}</td>`)}
          <td class="right">${h(Waited, { of: one, id: "asa" })}</td><td class="right number">${points(one.erlang_a?.service_level)}</td>
        </tr>`,
      )}</tbody>
    </table>
  </section>`;
}

/** @param {number | undefined} value of a hundred */
function points(value) {
  return value === undefined ? "–" : (value / 100).toLocaleString(locale.value, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

/** A mean and half of its 95 % interval. @param {{ value: Estimate, hasBar?: boolean }} props */
function Share({ value, hasBar = false }) {
  return html`<span class="estimate number">${hasBar && h(Bar, { value })}${points(value.mean)} <small>± ${count(value.half, 1)}</small></span>`;
}

/** Where nobody was answered nobody's wait is known. @param {{ of: import("./types.js").Predicted, id: typeof SPANS[number] }} props */
function Waited({ of, id }) {
  const value = of[id];
  return of.abandoned.mean >= 100 ? "–" : html`<span class="estimate number">${span(Math.round(value.mean))} <small>± ${t("wall.seconds", { n: count(value.half, 0) })}</small></span>`;
}

/** @param {{ value: Estimate }} props */
function Bar({ value: { mean, half } }) {
  const from = Math.max(0, mean - half), to = Math.min(100, mean + half);
  return html`<svg class="level-bar" viewBox="0 0 100 10" width="72" height="8" preserveAspectRatio="none" aria-hidden="true">
    <rect class="level-field" width="100" height="10" /><rect class="level-mean" width=${mean} height="10" /><rect class="level-interval" x=${from} y="3.5" width=${Math.max(1, to - from)} height="3" />
  </svg>`;
}
