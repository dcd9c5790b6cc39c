// @ts-check
/** Ready texts behind a slash. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { Editor } from "./form.js";
import { AddButton, Head, List } from "./list.js";
import { queueChoices, remove, useLoaded } from "./loading.js";
import { Confirm } from "./parts.js";
import { Texts, glimpse } from "./texts.js";

/** @typedef {import("./types.js").Canned} Canned */
/** @typedef {{ texts: Canned[], queues: [string, string][] }} Known */

/** @returns {Promise<Known>} */
async function read() {
  const [texts, queues] = await Promise.all([api.get("/api/canned"), queueChoices()]);
  return { texts: texts.texts, queues };
}

/** @param {[string, string][]} queues @returns {import("./editing.js").Spec[]} */
function specs(queues) {
  return [
    { name: "shortcut", kind: "text", isRequired: true, isCode: true, pattern: /^[a-z0-9][a-z0-9_-]{0,31}$/ },
    { name: "title", kind: "text", isRequired: true },
    { name: "queue", kind: "select", choices: [["", t("adm.everywhere")], ...queues] },
    { name: "texts", kind: "own", isRequired: true, isWide: true, start: {}, own: (value, set) => h(Texts, { id: "canned", value: value ?? {}, set }) },
  ];
}

export function CannedPage() {
  const { found, load } = useLoaded(read);
  const open = useSignal("");
  if (!found) return null;
  const known = found.texts.find((one) => one.id === open.value) ?? null;
  return html`
    ${h(Head, { part: "canned", actions: h(AddButton, { label: t("adm.canned.add"), onClick: () => (open.value = "*new") }) })}
    ${h(/** @type {typeof List<Canned>} */ (List), {
      rows: found.texts,
      none: t("adm.canned.none"),
      keyOf: (one) => one.id,
      nameOf: (one) => one.title,
      words: (one) => `${one.shortcut} ${one.title} ${Object.values(one.texts).join(" ")}`,
      onOpen: (one) => (open.value = one.id),
      columns: [
        [t("adm.field.canned.title"), (one) => html`<strong>${one.title}</strong><span class="muted" translate="no">/${one.shortcut}</span>`],
        [t("adm.field.canned.texts"), (one) => html`<span class="glimpse">${glimpse(one.texts)}</span>`],
        [t("adm.languages"), (one) => Object.keys(one.texts).join(", ").toUpperCase()],
        [t("adm.field.canned.queue"), (one) => found.queues.find(([id]) => id === one.queue)?.[1] ?? one.queue ?? t("adm.everywhere")],
      ],
    })}
    ${open.value && h(CannedForm, { key: open.value, known, found, load, onDone: () => (open.value = "") })}
  `;
}

/** @param {{ known: Canned | null, found: Known, load: () => Promise<Known | null>, onDone: () => void, key?: string }} props */
function CannedForm({ known, found, load, onDone }) {
  const path = known ? `/api/canned/${known.id}` : "/api/canned";
  const gone = async () => {
    if (await remove(path, load)) onDone();
  };
  return h(Editor, {
    form: "canned",
    title: known ? known.title : t("adm.canned.add"),
    specs: specs(found.queues),
    known,
    fresh: async () => (await load())?.texts.find((one) => one.id === known?.id) ?? null,
    save: async (values, version) => {
      const body = { ...values, queue: values.queue || null };
      await (known ? api.put(path, body, version) : api.post(path, body));
      await load();
    },
    onDone,
    ends: known && h(Confirm, { label: t("admin.delete"), question: t("adm.canned.sure"), yes: t("admin.delete"), onYes: () => void gone() }),
  });
}
