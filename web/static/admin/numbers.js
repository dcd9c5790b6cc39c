// @ts-check
/** Published numbers and the flow that answers each. */
import { api } from "../shared/api.js";
import { phone } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { Editor } from "./form.js";
import { AddButton, Head, List, pill } from "./list.js";
import { numberOf, remove, useLoaded } from "./loading.js";
import { Confirm } from "./parts.js";

/** @typedef {import("./types.js").PublishedNumber} PublishedNumber */
/** @typedef {{ id: string, published: number | null, newest: number | null }} FlowChoice */
/** @typedef {{ numbers: PublishedNumber[], flows: FlowChoice[] }} Known */

/** @param {FlowChoice[]} flows @returns {import("./editing.js").Spec[]} */
function specs(flows) {
  /** @type {[string, string][]} */
  const choices = flows.map((one) => [one.id, one.published === null ? t("adm.numbers.draft", { flow: one.id }) : one.id]);
  return [
    { name: "number", kind: "text", isRequired: true, isOnlyNew: true, isCode: true, pattern: /^\+?[0-9*#]{2,20}$/, placeholder: "+842873001234" },
    { name: "title", kind: "text", isRequired: true, max: 100 },
    { name: "flow", kind: "select", choices: [["", t("adm.choose")], ...choices], isRequired: true },
    { name: "region", kind: "text", isRequired: true, isCode: true, pattern: /^[A-Z]{2}$/, start: "VN" },
    { name: "revision", kind: "number", min: 1, isInteger: true, isFolded: true },
    { name: "record", kind: "check", start: true },
  ];
}

export function NumbersPage() {
  const { found, load } = useLoaded(async () => /** @type {Known} */ (await api.get("/api/numbers")));
  const open = useSignal("");
  if (!found) return null;
  const known = found.numbers.find((one) => one.number === open.value) ?? null;
  return html`
    ${h(Head, { part: "numbers", actions: h(AddButton, { label: t("adm.numbers.add"), onClick: () => (open.value = "*new") }) })}
    ${h(/** @type {typeof List<PublishedNumber>} */ (List), {
      rows: found.numbers,
      none: t("adm.numbers.none"),
      keyOf: (one) => one.number,
      nameOf: (one) => one.number,
      words: (one) => `${one.number} ${one.title} ${one.flow}`,
      onOpen: (one) => (open.value = one.number),
      columns: [
        [t("adm.field.number.number"), (one) => html`<strong class="number" translate="no">${phone(one.number)}</strong><span class="muted">${one.title}</span>`],
        [t("adm.field.number.flow"), (one) => html`<code translate="no">${one.flow}${one.revision === null ? "" : ` @${one.revision}`}</code>`],
        [t("adm.field.number.record"), (one) => (one.record ? t("ops.yes") : t("ops.no"))],
        [t("adm.users.state"), (one) => (one.is_answered ? pill("good", t("adm.numbers.answered")) : pill("bad", t("adm.numbers.silent")))],
      ],
    })}
    ${open.value && h(NumberForm, { key: open.value, known, found, load, onDone: () => (open.value = "") })}
  `;
}

/** @param {{ known: PublishedNumber | null, found: Known, load: () => Promise<Known | null>, onDone: () => void, key?: string }} props */
function NumberForm({ known, found, load, onDone }) {
  const path = known ? `/api/numbers/${encodeURIComponent(known.number)}` : "/api/numbers";
  const gone = async () => {
    if (await remove(path, load)) onDone();
  };
  return h(Editor, {
    form: "number",
    title: known ? phone(known.number) : t("adm.numbers.add"),
    specs: specs(found.flows),
    known,
    fresh: async () => (await load())?.numbers.find((one) => one.number === known?.number) ?? null,
    save: async (values, version) => {
      const { number, ...rest } = values;
      const body = { ...rest, revision: numberOf(values.revision) };
      if (known) await api.put(path, body, version);
      else await api.post(path, { number, ...body });
      await load();
    },
    onDone,
    ends: known && h(Confirm, { label: t("admin.delete"), question: t("adm.numbers.sure"), yes: t("admin.delete"), onYes: () => void gone() }),
  });
}
