// @ts-check
/** The cases of the customer: whose they are, by when something is promised, and what can be done with them. */
import { dayTime, fullTime, shortDate } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { LEADS } from "../shared/places.js";
import { LineForm } from "./line_form.js";
import { cases, me, queueTitle, serverNowMs } from "./store.js";
import { changeCase, openCase } from "./work.js";

/** @typedef {import("../shared/types.js").CaseCard} CaseCard */

const DAY_MS = 86_400_000;

export function Cases() {
  const open = cases.value.filter((one) => !["resolved", "closed"].includes(one.status));
  return html`<section class="panel-part">
    <h3>${t("customer.cases")}</h3>
    ${open.length ? html`<ul class="cases">${open.map((one) => h(Case, { key: one.number, one }))}</ul>` : html`<p class="muted">${t("customer.no_cases")}</p>`}
    ${h(LineForm, { id: "new-case", ask: t("case.open_new"), label: t("case.subject"), action: t("case.open"), onDone: openCase })}
  </section>`;
}

/** @param {{ one: CaseCard }} props */
function Case({ one }) {
  const isMine = one.owner?.id === me.value?.id;
  return html`<li class=${one.overdue ? "case-overdue" : ""}>
    <p><b>#${one.number}</b> ${one.subject ?? t("case.no_subject")}</p>
    <p class="muted" title=${fullTime(one.opened_at)}>
      <span class=${`case-status case-status-${one.status}`}>${t(`case.status.${one.status}`)}</span>
      ${[queueTitle(one.queue), one.owner?.name ?? t("case.nobody"), t("case.opened", { date: shortDate(one.opened_at) })].filter(Boolean).join(" · ")}
    </p>
    ${h(Due, { one })}
    <div class="kin-foot">
      ${!isMine && html`<button class="button button-small" onClick=${() => changeCase(one.number, { owner: me.value?.id })}>${t("case.take")}</button>`}
      <button class="button button-small" onClick=${() => changeCase(one.number, { status: "resolved" })}>${t("case.resolve")}</button>
      ${one.snoozed_until
        ? html`<button class="button button-small" onClick=${() => changeCase(one.number, { snoozed_until: null })}>${t("case.wake")}</button>`
        : html`<button class="button button-small" title=${t("case.snooze.hint")} onClick=${() => changeCase(one.number, { snoozed_until: new Date(serverNowMs.value + DAY_MS).toISOString() })}>${t("case.snooze")}</button>`}
      ${LEADS.includes(me.value?.role ?? "") && html`<a class="button button-small" href=${`/wallboard#case-${one.number}`} target="_blank" rel="noopener" title=${t("case.why.hint")}>${t("wall.why")}</a>`}
    </div>
  </li>`;
}

/** @param {{ one: CaseCard }} props */
function Due({ one }) {
  if (one.snoozed_until) return html`<p class="muted">${t("case.asleep", { at: dayTime(one.snoozed_until) })}</p>`;
  if (one.overdue) return html`<p class="case-late">${t("case.overdue")}</p>`;
  if (!one.next_due_at) return null;
  return html`<p class="muted" title=${fullTime(one.next_due_at)}>${t("case.due", { at: dayTime(one.next_due_at) })}</p>`;
}

