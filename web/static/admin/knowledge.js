// @ts-check
/** Articles for customers and agents, and how each fared. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { locale, t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { Editor } from "./form.js";
import { ArticleTexts } from "./knowledge_texts.js";
import { AddButton, Head, List, pill } from "./list.js";
import { remove, useLoaded } from "./loading.js";
import { Confirm, moment } from "./parts.js";

/** @typedef {{ title: string, body: string }} Text */
/** @typedef {{ id: string, slug: string, category: string, is_published: boolean, texts: Record<string, Text>, changed_at: string, counts: Record<string, number>, version: string }} Article */

const COUNTS = ["read", "helped", "person", "sent"];

/** @returns {import("./editing.js").Spec[]} */
function specs() {
  return [
    { name: "slug", kind: "text", isRequired: true, isCode: true, max: 80, pattern: /^[a-z0-9]+(-[a-z0-9]+)*$/ },
    { name: "category", kind: "text", max: 100 },
    { name: "is_published", kind: "check", start: false },
    { name: "texts", kind: "own", isRequired: true, isWide: true, start: {}, own: (value, set) => h(ArticleTexts, { value: value ?? {}, set }) },
  ];
}

export function KnowledgePage() {
  const { found, load } = useLoaded(async () => /** @type {Article[]} */ ((await api.get("/api/knowledge")).articles));
  const open = useSignal("");
  if (!found) return null;
  const known = found.find((one) => one.id === open.value) ?? null;
  return html`
    ${h(Head, { part: "knowledge", actions: h(AddButton, { label: t("adm.knowledge.add"), onClick: () => (open.value = "*new") }) })}
    ${h(/** @type {typeof List<Article>} */ (List), {
      rows: found,
      none: t("adm.knowledge.none"),
      keyOf: (one) => one.id,
      nameOf: titleOf,
      words: (one) => `${one.slug} ${one.category} ${Object.values(one.texts).map((text) => `${text.title} ${text.body}`).join(" ")}`,
      onOpen: (one) => (open.value = one.id),
      columns: [
        [t("adm.knowledge.title"), (one) => html`<strong>${titleOf(one)}</strong><span class="muted" translate="no">${one.slug}</span>`],
        [t("adm.field.article.category"), (one) => one.category || "–"],
        [t("adm.languages"), (one) => Object.keys(one.texts).join(", ").toUpperCase()],
        [t("adm.users.state"), (one) => (one.is_published ? pill("good", t("adm.knowledge.published")) : pill("plain", t("adm.knowledge.draft")))],
        ...COUNTS.map((what) => /** @type {[string, (row: Article) => unknown]} */ ([t(`adm.knowledge.${what}`), (one) => one.counts[what].toLocaleString(locale.value)])),
        [t("adm.knowledge.changed"), (one) => moment(one.changed_at)],
      ],
    })}
    ${open.value && h(ArticleForm, { key: open.value, known, load, onDone: () => (open.value = "") })}
  `;
}

/** @param {{ known: Article | null, load: () => Promise<Article[] | null>, onDone: () => void, key?: string }} props */
function ArticleForm({ known, load, onDone }) {
  const path = known ? `/api/knowledge/${known.id}` : "/api/knowledge";
  const gone = async () => {
    if (await remove(path, load)) onDone();
  };
  return h(Editor, {
    form: "article",
    title: known ? titleOf(known) : t("adm.knowledge.add"),
    isWide: true,
    specs: specs(),
    known,
    fresh: async () => (await load())?.find((one) => one.id === known?.id) ?? null,
    save: async (values, version) => {
      await (known ? api.put(path, values, version) : api.post(path, values));
      await load();
    },
    onDone,
    below: known?.is_published && html`<p class="muted">${Object.keys(known.texts).map((language) => h(ReadAt, { key: language, path: `/help/${language}/${known.slug}` }))}</p>`,
    ends: known && h(Confirm, { label: t("admin.delete"), question: t("adm.knowledge.sure"), yes: t("admin.delete"), onYes: () => void gone() }),
  });
}

/** @param {{ path: string, key?: string }} props */
function ReadAt({ path }) {
  return html`<a class="read-at" href=${path} target="_blank" rel="noopener" translate="no">${path}</a>`;
}

/** @param {Article} article */
function titleOf(article) {
  return (article.texts[locale.value.slice(0, 2)] ?? Object.values(article.texts)[0])?.title ?? article.slug;
}
