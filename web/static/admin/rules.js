// @ts-check
/** Rules: when something happens, and if a condition holds, do this. Tried on what was before they are switched on. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { locale, t } from "../shared/i18n.js";
import { orSay } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";
import { actionsText } from "./actions.js";
import { AddButton, Head, List, pill } from "./list.js";
import { queueChoices, useLoaded } from "./loading.js";
import { RuleForm } from "./rule_form.js";

/** @typedef {import("./types.js").Rule} Rule */
/** @typedef {{ rules: Rule[], queues: [string, string][], webhooks: [string, string][] }} Known */

/** @param {boolean} canChange @returns {Promise<Known>} */
async function read(canChange) {
  const [rules, queues, hooks] = await Promise.all([api.get("/api/rules"), queueChoices(), canChange ? api.get("/api/webhooks") : { webhooks: [] }]);
  return { rules: rules.rules, queues, webhooks: hooks.webhooks.map((/** @type {{ id: string, title: string }} */ one) => [one.id, one.title]) };
}

/** @param {{ canChange: boolean }} props */
export function RulesPage({ canChange }) {
  const { found, load } = useLoaded(() => read(canChange));
  const open = useSignal("");
  if (!found) return null;
  const known = found.rules.find((one) => one.id === open.value) ?? null;
  const turn = (/** @type {Rule} */ rule) => orSay(() => api.put(`/api/rules/${rule.id}/state`, { on: !rule.on })).then(load);
  const add = canChange && h(AddButton, { label: t("adm.rules.add"), onClick: () => (open.value = "*new") });
  return html`
    ${h(Head, { part: "rules", actions: add })}
    ${h(/** @type {typeof List<Rule>} */ (List), {
      rows: found.rules,
      none: t("adm.rules.none"),
      keyOf: (one) => one.id,
      nameOf: (one) => one.title,
      words: (one) => `${one.title} ${one.if} ${t(`adm.when.${one.when}`)}`,
      isQuiet: (one) => !one.on,
      onOpen: (one) => (open.value = one.id),
      columns: [
        [t("adm.field.rule.title"), (one) => html`<strong>${one.title}</strong><span class="muted">${t(`adm.when.${one.when}`)}</span>`],
        [t("adm.field.rule.if"), (one) => (one.if === "true" ? html`<span class="muted">${t("adm.rules.always")}</span>` : html`<code class="glimpse" translate="no">${one.if}</code>`)],
        [t("adm.field.rule.then"), (one) => actionsText(one.then)],
        [t("adm.rules.today"), (one) => one.applied.toLocaleString(locale.value)],
        [t("adm.users.state"), (one) => state(one, canChange, turn)],
      ],
    })}
    ${open.value && h(RuleForm, { key: open.value, known, found, load, isReadOnly: !canChange, onDone: () => (open.value = "") })}
  `;
}

/** @param {Rule} rule @param {boolean} canChange @param {(rule: Rule) => void} turn */
function state(rule, canChange, turn) {
  if (rule.findings.length > 0) return pill("warn", t("adm.rules.unfit"));
  if (!canChange) return rule.on ? pill("good", t("admin.state.on")) : pill("plain", t("admin.state.off"));
  return html`<button class="switch" role="switch" aria-checked=${rule.on} aria-label=${t("adm.rules.turn", { name: rule.title })} onClick=${() => turn(rule)}><span></span></button>`;
}
