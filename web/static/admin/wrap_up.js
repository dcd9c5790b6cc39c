// @ts-check
/** What agents may say became of a call or case. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { locale, t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { Editor } from "./form.js";
import { AddButton, Head, List, pill } from "./list.js";
import { queueChoices, remove, useLoaded } from "./loading.js";
import { Confirm } from "./parts.js";

/** @typedef {import("./types.js").WrapUpCode} WrapUpCode */
/** @typedef {{ codes: WrapUpCode[], queues: [string, string][] }} Known */

/** @returns {Promise<Known>} */
async function read() {
  const [codes, queues] = await Promise.all([api.get("/api/wrap-up-codes"), queueChoices()]);
  return { codes: codes.codes, queues };
}

/** @param {[string, string][]} queues @returns {import("./editing.js").Spec[]} */
function specs(queues) {
  return [
    { name: "en", kind: "text", isRequired: true, max: 100 },
    { name: "vi", kind: "text", isRequired: true, max: 100 },
    { name: "id", kind: "text", isRequired: true, isOnlyNew: true, isCode: true, pattern: /^[a-z][a-z0-9_]{0,62}$/ },
    { name: "place", kind: "number", min: 0, max: 10_000, isInteger: true, start: 100 },
    { name: "queues", kind: "checks", choices: queues, isWide: true },
    { name: "is_active", kind: "check", start: true },
  ];
}

/** As the form has it: a field for each language. @param {WrapUpCode} code */
function flat(code) {
  return { ...code, en: code.titles.en ?? "", vi: code.titles.vi ?? "" };
}

export function WrapUpPage() {
  const { found, load } = useLoaded(read);
  const open = useSignal("");
  if (!found) return null;
  const known = found.codes.find((one) => one.id === open.value) ?? null;
  const titleOf = (/** @type {WrapUpCode} */ one) => one.titles[locale.value.slice(0, 2)] ?? one.id;
  const queueTitle = (/** @type {string} */ id) => found.queues.find(([queue]) => queue === id)?.[1] ?? id;
  return html`
    ${h(Head, { part: "wrap_up", actions: h(AddButton, { label: t("adm.wrap_up.add"), onClick: () => (open.value = "*new") }) })}
    ${h(/** @type {typeof List<WrapUpCode>} */ (List), {
      rows: found.codes,
      none: t("adm.wrap_up.none"),
      keyOf: (one) => one.id,
      nameOf: titleOf,
      words: (one) => `${one.id} ${Object.values(one.titles).join(" ")}`,
      isQuiet: (one) => !one.is_active,
      onOpen: (one) => (open.value = one.id),
      columns: [
        [t("adm.wrap_up.code"), (one) => html`<strong>${titleOf(one)}</strong><span class="muted" translate="no">${one.id}</span>`],
        [t("adm.field.wrap_up.queues"), (one) => one.queues.map(queueTitle).join(", ") || t("adm.wrap_up.everywhere")],
        [t("adm.field.wrap_up.place"), (one) => one.place],
        [t("adm.users.state"), (one) => (one.is_active ? pill("good", t("admin.state.on")) : pill("plain", t("admin.state.off")))],
      ],
    })}
    ${open.value && h(CodeForm, { key: open.value, known, found, load, onDone: () => (open.value = "") })}
  `;
}

/** @param {{ known: WrapUpCode | null, found: Known, load: () => Promise<Known | null>, onDone: () => void, key?: string }} props */
function CodeForm({ known, found, load, onDone }) {
  const gone = async () => {
    if (known && (await remove(`/api/wrap-up-codes/${known.id}`, load))) onDone();
  };
  const fresh = async () => {
    const now = (await load())?.codes.find((one) => one.id === known?.id);
    return now ? flat(now) : null;
  };
  return h(Editor, {
    form: "wrap_up",
    title: known ? flat(known)[locale.value.startsWith("en") ? "en" : "vi"] : t("adm.wrap_up.add"),
    specs: specs(found.queues),
    known: known && flat(known),
    fresh,
    save: async (values, version) => {
      const body = { titles: { ...known?.titles, en: values.en, vi: values.vi }, queues: values.queues, place: Number(values.place || 100), is_active: values.is_active };
      if (known) await api.put(`/api/wrap-up-codes/${known.id}`, body, version);
      else await api.post("/api/wrap-up-codes", { id: values.id, ...body });
      await load();
    },
    onDone,
    ends: known && h(Confirm, { label: t("admin.delete"), question: t("adm.wrap_up.sure"), yes: t("admin.delete"), onYes: () => void gone() }),
  });
}
