// @ts-check
/** One rule, and below it what it would do to the latest messages and what it did. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { Actions, RULE_DOES } from "./actions.js";
import { Editor } from "./form.js";
import { numberOf, remove } from "./loading.js";
import { Confirm } from "./parts.js";
import { Findings, Runs, Trial } from "./rule_trial.js";

/** @typedef {import("./types.js").Rule} Rule */
/** @typedef {import("./rules.js").Known} Known */

const WHENS = ["message_in", "message_out", "case_opened", "case_changed", "call_ended"];

/** @param {Known} found @returns {import("./editing.js").Spec[]} */
function specs({ queues, webhooks }) {
  return [
    { name: "title", kind: "text", isRequired: true },
    { name: "when", kind: "select", choices: WHENS.map((one) => [one, t(`adm.when.${one}`)]) },
    { name: "if", kind: "area", isWide: true, isCode: true, max: 20_000, placeholder: 'contact.vip && message.channel == "zalo"' },
    { name: "then", kind: "own", isWide: true, start: [], own: (value, set) => h(Actions, { value: value ?? [], set, does: RULE_DOES, queues, webhooks }) },
    { name: "place", kind: "number", min: 0, max: 10_000, isInteger: true, start: 100 },
    { name: "on", kind: "check" },
    { name: "last", kind: "check" },
  ];
}

/** As the server takes it. @param {Record<string, any>} values */
export function ruleOf(values) {
  return { title: values.title || "?", when: values.when, if: String(values.if).trim() || "true", then: values.then, on: values.on, last: values.last, place: numberOf(values.place) ?? 100 };
}

/** @param {{ known: Rule | null, found: Known, load: () => Promise<Known | null>, isReadOnly: boolean, onDone: () => void, key?: string }} props */
export function RuleForm({ known, found, load, isReadOnly, onDone }) {
  const draft = useSignal(/** @type {Record<string, any> | null} */ (known && { ...known }));
  const path = known ? `/api/rules/${known.id}` : "/api/rules";
  const gone = async () => {
    if (await remove(path, load)) onDone();
  };
  return h(Editor, {
    form: "rule",
    title: known ? known.title : t("adm.rules.add"),
    specs: specs(found),
    known: known && { ...known, if: known.if === "true" ? "" : known.if },
    isWide: true,
    isReadOnly,
    fresh: async () => (await load())?.rules.find((one) => one.id === known?.id) ?? null,
    onTyped: (/** @type {Record<string, any>} */ values) => (draft.value = values),
    save: async (values, version) => {
      await (known ? api.put(path, ruleOf(values), version) : api.post(path, ruleOf(values)));
      await load();
    },
    onDone,
    ends: known && h(Confirm, { label: t("admin.delete"), question: t("adm.rules.sure"), yes: t("admin.delete"), onYes: () => void gone() }),
    below: html`
      ${known && known.findings.length > 0 && h(Findings, { findings: known.findings })}
      ${h(Trial, { draft: () => (draft.value ? ruleOf(draft.value) : null), id: known?.id ?? null })}
      ${known && h(Runs, { path: `${path}/runs` })}
    `,
  });
}
