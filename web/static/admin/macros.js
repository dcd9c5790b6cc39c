// @ts-check
/** Macros: several things an agent does with one click. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { Actions, MACRO_DOES, actionsText } from "./actions.js";
import { Editor } from "./form.js";
import { AddButton, Head, List } from "./list.js";
import { queueChoices, remove, useLoaded } from "./loading.js";
import { Confirm } from "./parts.js";
import { Texts } from "./texts.js";

/** @typedef {import("./types.js").Macro} Macro */
/** @typedef {{ macros: Macro[], queues: [string, string][] }} Known */

/** @returns {Promise<Known>} */
async function read() {
  const [macros, queues] = await Promise.all([api.get("/api/macros"), queueChoices()]);
  return { macros: macros.macros, queues };
}

/** @param {[string, string][]} queues @returns {import("./editing.js").Spec[]} */
function specs(queues) {
  return [
    { name: "title", kind: "text", isRequired: true },
    { name: "queue", kind: "select", choices: [["", t("adm.everywhere")], ...queues] },
    { name: "actions", kind: "own", isWide: true, start: [], own: (value, set) => h(Actions, { value: value ?? [], set, does: MACRO_DOES, queues, webhooks: [] }) },
    { name: "texts", kind: "own", isWide: true, start: {}, own: (value, set) => h(Texts, { id: "macro", value: value ?? {}, set }) },
  ];
}

export function MacrosPage() {
  const { found, load } = useLoaded(read);
  const open = useSignal("");
  if (!found) return null;
  const known = found.macros.find((one) => one.id === open.value) ?? null;
  return html`
    ${h(Head, { part: "macros", actions: h(AddButton, { label: t("adm.macros.add"), onClick: () => (open.value = "*new") }) })}
    ${h(/** @type {typeof List<Macro>} */ (List), {
      rows: found.macros,
      none: t("adm.macros.none"),
      keyOf: (one) => one.id,
      nameOf: (one) => one.title,
      words: (one) => `${one.title} ${Object.values(one.texts).join(" ")}`,
      onOpen: (one) => (open.value = one.id),
      columns: [
        [t("adm.field.macro.title"), (one) => html`<strong>${one.title}</strong>`],
        [t("adm.field.macro.actions"), (one) => actionsText(one.actions)],
        [t("adm.languages"), (one) => Object.keys(one.texts).join(", ").toUpperCase() || "–"],
        [t("adm.field.macro.queue"), (one) => found.queues.find(([id]) => id === one.queue)?.[1] ?? one.queue ?? t("adm.everywhere")],
      ],
    })}
    ${open.value && h(MacroForm, { key: open.value, known, found, load, onDone: () => (open.value = "") })}
  `;
}

/** @param {{ known: Macro | null, found: Known, load: () => Promise<Known | null>, onDone: () => void, key?: string }} props */
function MacroForm({ known, found, load, onDone }) {
  const path = known ? `/api/macros/${known.id}` : "/api/macros";
  const gone = async () => {
    if (await remove(path, load)) onDone();
  };
  return h(Editor, {
    form: "macro",
    title: known ? known.title : t("adm.macros.add"),
    specs: specs(found.queues),
    known,
    fresh: async () => (await load())?.macros.find((one) => one.id === known?.id) ?? null,
    save: async (values, version) => {
      const body = { ...values, queue: values.queue || null };
      await (known ? api.put(path, body, version) : api.post(path, body));
      await load();
    },
    onDone,
    ends: known && h(Confirm, { label: t("admin.delete"), question: t("adm.macros.sure"), yes: t("admin.delete"), onYes: () => void gone() }),
  });
}
