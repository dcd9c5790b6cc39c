// @ts-check
/** Figures at the top, tables below; an empty table says so in a line. */
import { clockTime, fullTime } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { locale, named, t } from "../shared/i18n.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {unknown[][]} Rows */

/** @param {{ state: State, onLift: ((address: string) => void) | null }} props */
export function Overview({ state, onLift }) {
  return html`
    ${h(Figures, { state })}
    <div class="ops-grid">
      ${h(Bans, { state, onLift })}
      ${h(Table, {
        title: t("ops.floods"),
        none: t("ops.floods.none"),
        heads: [t("ops.address"), t("ops.packets"), t("ops.last")],
        rows: state.floods.map((one) => [code(one.address), count(one.refused), moment(one.last)]),
      })}
      ${h(Table, {
        title: t("ops.refused"),
        none: t("ops.refused.none"),
        heads: [t("ops.reason"), t("ops.count")],
        rows: Object.entries(state.refused).map(([reason, number]) => [named("refusal", reason), count(number)]),
      })}
      ${h(Table, {
        title: t("ops.recent"),
        none: t("ops.refused.none"),
        heads: [t("ops.at"), t("ops.address"), t("ops.reason"), t("ops.method")],
        rows: state.recent.slice(0, 12).map((one) => [moment(one.at), code(one.address), named("refusal", one.reason), one.method]),
      })}
      ${h(Dialling, { state })}
      ${h(Table, {
        title: t("ops.trunks"),
        none: t("ops.trunks.none"),
        heads: [t("ops.name"), t("ops.address"), t("ops.registered"), t("ops.reach")],
        rows: state.trunks.map((one) => [one.name, code(one.host ?? one.addresses.join(", ")), yesNo(one.registered), reach(one.ways)]),
      })}
      ${h(Table, {
        title: t("ops.phones"),
        none: t("ops.phones.none"),
        heads: [t("ops.account"), t("ops.address"), t("ops.device"), t("ops.until"), t("ops.reach")],
        rows: state.phones.map((one) => [one.account, code(`${one.source} ${one.transport}`), one.agent, moment(one.expires_at), one.reach && named("reach", one.reach)]),
      })}
      ${h(Table, {
        title: t("ops.media"),
        none: "",
        heads: [t("ops.worker"), t("ops.up"), t("ops.legs"), t("ops.late"), t("ops.late_ticks")],
        rows: state.media.map((one) => [one.worker + 1, yesNo(one.up), count(one.legs), lateness(one), count(one.late_ticks)]),
      })}
    </div>
  `;
}

/** @param {{ state: State }} props */
function Figures({ state }) {
  const refused = Object.values(state.refused).reduce((sum, one) => sum + one, 0);
  return html`<dl class="ops-figures">
    ${h(Figure, { name: t("ops.calls"), value: count(state.calls) })}
    ${h(Figure, { name: t("ops.phones"), value: count(state.phones.length) })}
    ${h(Figure, { name: t("ops.bans"), value: count(state.bans.length), isBad: state.bans.length > 0 })}
    ${h(Figure, { name: t("ops.refused"), value: count(refused) })}
    ${h(Figure, { name: t("ops.lag"), value: `${count(Math.round(state.loop_lag_ms))} ms`, isBad: state.is_overloaded })}
    ${h(Figure, { name: t("ops.strangers"), value: count(state.rtp_strangers) })}
    ${h(Figure, { name: t("ops.media_losses"), value: count(state.media_losses), isBad: state.media_losses > 0 })}
  </dl>`;
}

/** @param {{ name: string, value: string, isBad?: boolean }} props */
function Figure({ name, value, isBad }) {
  return html`<div class=${`ops-figure ${isBad ? "ops-figure-bad" : ""}`}><dt>${name}</dt><dd class="number">${value}</dd></div>`;
}

/** @param {{ state: State, onLift: ((address: string) => void) | null }} props */
function Bans({ state, onLift }) {
  return h(Table, {
    title: t("ops.bans"),
    none: t("ops.bans.none"),
    heads: [t("ops.address"), t("ops.reason"), t("ops.times"), t("ops.until"), ""],
    rows: state.bans.map((one) => [
      code(one.address),
      named("refusal", one.reason),
      count(one.count),
      moment(one.until),
      onLift && html`<button class="link-button" onClick=${() => onLift(one.address)}>${t("ops.lift")}</button>`,
    ]),
  });
}

/** @param {{ state: State }} props */
function Dialling({ state }) {
  const { countries, recent, payers } = state.dialling;
  return html`
    ${h(Table, {
      title: t("ops.denied"),
      note: countries.length ? t("ops.countries", { countries: countries.join(", ") }) : t("ops.countries.none"),
      none: t("ops.denied.none"),
      heads: [t("ops.at"), t("ops.number"), t("ops.payer"), t("ops.reason")],
      rows: recent.slice(0, 12).map((one) => [moment(one.at), code(one.number), one.payer, named("dial", one.reason)]),
    })}
    ${h(Table, {
      title: t("ops.payers"),
      none: t("ops.payers.none"),
      heads: [t("ops.payer"), t("ops.calls"), t("ops.minutes")],
      rows: payers.map((one) => [one.payer, count(one.calls), count(one.minutes)]),
    })}
  `;
}

/** @param {{ title: string, none: string, heads: string[], rows: Rows, note?: string }} props */
function Table({ title, none, heads, rows, note }) {
  return html`<section class="ops-card">
    <h2>${title}</h2>
    ${note && html`<p class="muted">${note}</p>`}
    ${rows.length === 0
      ? html`<p class="muted">${none}</p>`
      : html`<div class="ops-scroll"><table>
          <thead><tr>${heads.map((head, at) => html`<th key=${at} scope="col">${head}</th>`)}</tr></thead>
          <tbody>${rows.map((cells, row) => html`<tr key=${row}>${cells.map((cell, at) => html`<td key=${at}>${cell}</td>`)}</tr>`)}</tbody>
        </table></div>`}
  </section>`;
}

/** @param {string} text */
function code(text) {
  return html`<code translate="no">${text}</code>`;
}

/** @param {number} number */
function count(number) {
  return number.toLocaleString(locale.value);
}

/** @param {string} at */
function moment(at) {
  return html`<time datetime=${at} title=${fullTime(at)}>${clockTime(at)}</time>`;
}

/** @param {boolean | null} fact */
function yesNo(fact) {
  if (fact === null) return "–";
  return html`<span class=${`badge ${fact ? "ops-yes" : "ops-no"}`}>${fact ? t("ops.yes") : t("ops.no")}</span>`;
}

/** How far its packets are off their 20 ms. @param {import("./types.js").Worker} worker */
function lateness({ late_p50_ms, late_p99_ms, late_max_ms }) {
  return [late_p50_ms, late_p99_ms, late_max_ms].map((one) => (one === null ? "–" : count(one))).join(" · ");
}

/** How a trunk's addresses answer. @param {import("./types.js").Way[]} ways */
function reach(ways) {
  return ways.map((one) => html`<div key=${one.address}>${named("reach", one.reach)}${one.rtt_ms === null ? "" : `, ${count(Math.round(one.rtt_ms))} ms`}</div>`);
}
