// @ts-check
/** One skill: made, renamed, taken from everybody. */
import { api } from "../shared/api.js";
import { h } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Editor } from "./form.js";
import { remove } from "./loading.js";
import { Confirm } from "./parts.js";

/** @param {{ known: { id: string, title: string, people: number } | null, load: () => Promise<void>, onDone: () => void, key?: string }} props */
export function SkillEditor({ known, load, onDone }) {
  const path = known ? `/api/skills/${encodeURIComponent(known.id)}` : "/api/skills";
  const gone = async () => {
    if (await remove(path, load)) onDone();
  };
  return h(Editor, {
    form: "skill",
    title: known ? known.title : t("adm.skills.add"),
    specs: [
      { name: "title", kind: "text", isRequired: true, max: 100 },
      { name: "id", kind: "text", isRequired: true, isOnlyNew: true, isCode: true, pattern: /^[a-zA-Z][a-zA-Z0-9_:-]{0,62}$/ },
    ],
    known,
    save: async (values) => {
      if (known) await api.put(path, { title: values.title });
      else await api.post(path, { id: values.id, title: values.title });
      await load();
    },
    onDone,
    ends: known && h(Confirm, { label: t("admin.delete"), question: t("adm.skills.sure", { n: known.people }), yes: t("admin.delete"), onYes: () => void gone() }),
  });
}
