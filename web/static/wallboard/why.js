// @ts-check
/** Why this agent: what was asked for, who got it, and what kept each of the others from it. */
import { Drawer } from "../admin/drawer.js";
import { api } from "../shared/api.js";
import { clockTime, fullTime, span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { orSay } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { useSignal } from "../vendor/signals.js";
import { asked, board, queueTitle } from "./floor.js";
import { inWords, needText, wayReason } from "./reasons.js";

/** @typedef {import("./types.js").Decision} Decision */
/** @typedef {import("./types.js").Why} Why */

/** `contact`: a call, or the number of a case. @param {{ contact: string, label: string, key?: string }} props */
export function WhyDrawer({ contact, label }) {
  const why = useSignal(/** @type {Why | null} */ (null));
  const told = board.value?.at;
  useEffect(() => {
    const place = /^\d+$/.test(contact) ? "cases" : "waiting";
    void orSay(async () => (why.value = await api.get(`/api/${place}/${contact}/why`)));
  }, [contact, told]);
  const found = why.value;
  return h(
    Drawer,
    { title: t("wall.why.title", { who: label }), onClose: () => (asked.value = null), isWide: true },
    found && html`${found.way.length > 0 && h(WayList, { way: found.way })}
      <h3 class="why-head">${t("wall.why.decisions")}</h3>
      ${found.decisions.length === 0
        ? html`<p class="muted">${t("wall.why.none")}</p>`
        : found.decisions.toReversed().map((one, at) => h(Choice, { key: `${one.at} ${found.decisions.length - at}`, one }))}`,
  );
}

/** @param {{ one: Decision, key?: string }} props */
function Choice({ one }) {
  return html`<article class="choice">
    <header>
      <time datetime=${one.at} title=${fullTime(one.at)}>${clockTime(one.at)}</time>
      <strong>${one.agent_name ? t("wall.why.given", { name: one.agent_name }) : t("wall.why.nobody")}</strong>
    </header>
    <p class="muted">${t("wall.why.after", { queue: queueTitle(one.queue), waited: span(one.waited_s), need: needText(one.need) })}${one.step > 0 && html` ${t("wall.why.relaxed", { step: one.step })}`}</p>
    ${one.lost.length > 0 &&
    html`<table class="lost"><thead class="unseen"><tr><th scope="col">${t("wall.agent")}</th><th scope="col">${t("wall.reason.lost")}</th></tr></thead>
      <tbody>${one.lost.map((lost) => html`<tr key=${lost.agent}><th scope="row">${lost.name ?? t("wall.somebody")}</th><td>${inWords(lost.reason)}</td></tr>`)}</tbody></table>`}
  </article>`;
}

/** @param {{ way: Why["way"] }} props */
function WayList({ way }) {
  return html`<h3 class="why-head">${t("wall.why.way")}</h3>
    <ol class="way">${way.map(
      (one, at) => html`<li key=${at}>
        <time datetime=${one.at} title=${fullTime(one.at)}>${clockTime(one.at)}</time>
        <span><b>${t(`wall.way.${one.kind}`)}</b> ${queueTitle(one.queue)}${one.agent_name && html` · ${one.agent_name}`}${one.wait_s !== null && one.wait_s > 0 && html` · <span class="number">${span(one.wait_s)}</span>`}${one.reason && html` · <span class="muted">${wayReason(one.reason)}</span>`}</span>
      </li>`,
    )}</ol>`;
}
