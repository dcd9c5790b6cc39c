// @ts-check
/** How supervisors found a call: what each criterion got, and what was said about it. */
import { api } from "../shared/api.js";
import { dayTime, fullTime, percent } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { ours, t } from "../shared/i18n.js";
import { orSay } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";

/** @typedef {import("../shared/types.js").Evaluation} Given */

/** @param {{ one: Given, whose?: string, end?: unknown, key?: number }} props `whose`: the agent's name, where it is not clear */
export function Evaluation({ one, whose, end }) {
  const by = { who: one.by_name, at: dayTime(one.at) };
  return html`<article class="evaluation" aria-label=${t("quality.evaluation")}>
    <header>
      <strong class="evaluation-percent number">${percent(one.percent / 100)}</strong>
      <b>${whose ? `${whose} · ${ours(one.titles)}` : ours(one.titles)}</b>
      <span class="muted" title=${fullTime(one.at)}>${t("quality.by", by)}</span>
      ${end}
    </header>
    <dl>${one.criteria.map((criterion, at) => html`<div key=${at}><dt>${ours(criterion)}</dt><dd class="number">${pointsText(one.points[at], one.most)}</dd></div>`)}</dl>
    ${one.comment && html`<p class="body">${one.comment}</p>`}
  </article>`;
}

/** @param {number | null} points @param {number} most */
function pointsText(points, most) {
  return points === null ? t("quality.not_applicable") : t("quality.of_most", { points, most });
}

/** What the agent who reads was given for a call, asked for when he wants to see it. @param {{ call: string }} props */
export function OwnEvaluations({ call }) {
  const found = useSignal(/** @type {Given[] | null} */ (null));
  const turn = async () => {
    if (found.value) return void (found.value = null);
    const told = await orSay(() => api.get(`/api/calls/${call}/evaluations`));
    if (told) found.value = told.evaluations;
  };
  return html`<div>
    <button class="link-button" aria-expanded=${found.value !== null} onClick=${turn}>${t("quality.evaluation")}</button>
    ${found.value?.length === 0 && html`<p class="muted" role="status">${t("quality.none_yet")}</p>`}
    ${found.value?.map((one) => h(Evaluation, { key: one.id, one }))}
  </div>`;
}
