// @ts-check
/** What supervisors listen for in a call: cards of criteria, each of which gets points. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { ours, t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { Editor } from "./form.js";
import { AddButton, Head, List, pill } from "./list.js";
import { queueChoices, remove, useLoaded } from "./loading.js";
import { Confirm } from "./parts.js";

/** @typedef {import("./types.js").Scorecard} Scorecard */
/** @typedef {import("./editing.js").Values} Values */
/** @typedef {{ cards: Scorecard[], queues: [string, string][] }} Known */

const MOST_CRITERIA = 20;
const LONGEST = 100;

/** @returns {Promise<Known>} */
async function read() {
  const [cards, queues] = await Promise.all([api.get("/api/scorecards"), queueChoices()]);
  return { cards: cards.scorecards, queues };
}

/** @param {[string, string][]} queues @returns {import("./editing.js").Spec[]} */
function specs(queues) {
  return [
    { name: "en", kind: "text", isRequired: true, max: 100 },
    { name: "vi", kind: "text", isRequired: true, max: 100 },
    { name: "id", kind: "text", isRequired: true, isOnlyNew: true, isCode: true, pattern: /^[a-z][a-z0-9_]{0,62}$/ },
    { name: "most", kind: "number", isRequired: true, min: 1, max: 10, isInteger: true, start: 5 },
    criteria("criteria_en", (values) => whyWrong(linesOf(values.criteria_en))),
    criteria("criteria_vi", (values) => whyWrong(linesOf(values.criteria_vi)) || whyUneven(linesOf(values.criteria_vi), linesOf(values.criteria_en))),
    { name: "place", kind: "number", min: 0, max: 10_000, isInteger: true, start: 100 },
    { name: "queues", kind: "checks", choices: queues, isWide: true },
    { name: "is_active", kind: "check", start: true },
  ];
}

/** @param {string} name @param {(values: Values) => string} wrong @returns {import("./editing.js").Spec} */
function criteria(name, wrong) {
  return { name, kind: "area", isRequired: true, isWide: true, max: MOST_CRITERIA * (LONGEST + 1), wrong };
}

/** @param {string[]} lines */
function whyWrong(lines) {
  if (lines.length > MOST_CRITERIA) return t("adm.scorecards.too_many", { max: MOST_CRITERIA });
  return lines.some((line) => line.length > LONGEST) ? t("adm.scorecards.too_long", { max: LONGEST }) : "";
}

/** @param {string[]} lines @param {string[]} english */
function whyUneven(lines, english) {
  return lines.length === english.length ? "" : t("adm.scorecards.uneven", { here: lines.length, there: english.length });
}

/** @param {string} text */
function linesOf(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}

/** As the form has it: a field for each language. @param {Scorecard} card */
function flat(card) {
  const lines = (/** @type {string} */ language) => card.criteria.map((one) => one[language] ?? "").join("\n");
  return { ...card, en: card.titles.en ?? "", vi: card.titles.vi ?? "", criteria_en: lines("en"), criteria_vi: lines("vi") };
}

/** As the server has it. @param {Values} values */
function asSent({ en, vi, most, queues, place, is_active, ...typed }) {
  const vietnamese = linesOf(typed.criteria_vi);
  const lines = linesOf(typed.criteria_en).map((line, at) => ({ en: line, vi: vietnamese[at] }));
  return { titles: { en, vi }, most: Number(most), criteria: lines, queues, place: Number(place || 100), is_active };
}

export function ScorecardsPage() {
  const { found, load } = useLoaded(read);
  const open = useSignal("");
  if (!found) return null;
  const known = found.cards.find((one) => one.id === open.value) ?? null;
  const queueTitle = (/** @type {string} */ id) => found.queues.find(([queue]) => queue === id)?.[1] ?? id;
  return html`
    ${h(Head, { part: "scorecards", actions: h(AddButton, { label: t("adm.scorecards.add"), onClick: () => (open.value = "*new") }) })}
    ${h(/** @type {typeof List<Scorecard>} */ (List), {
      rows: found.cards,
      none: t("adm.scorecards.none"),
      keyOf: (one) => one.id,
      nameOf: (one) => ours(one.titles),
      words: (one) => [one.id, ...[one.titles, ...one.criteria].flatMap(Object.values)].join(" "),
      isQuiet: (one) => !one.is_active,
      onOpen: (one) => (open.value = one.id),
      columns: [
        [t("adm.scorecards.card"), (one) => html`<strong>${ours(one.titles)}</strong><span class="muted" translate="no">${one.id}</span>`],
        [t("adm.scorecards.criteria"), (one) => one.criteria.length],
        [t("adm.field.scorecards.most"), (one) => one.most],
        [t("adm.field.scorecards.queues"), (one) => one.queues.map(queueTitle).join(", ") || t("adm.wrap_up.everywhere")],
        [t("adm.field.scorecards.place"), (one) => one.place],
        [t("adm.users.state"), (one) => (one.is_active ? pill("good", t("admin.state.on")) : pill("plain", t("admin.state.off")))],
      ],
    })}
    ${open.value && h(CardForm, { key: open.value, known, found, load, onDone: () => (open.value = "") })}
  `;
}

/** @param {{ known: Scorecard | null, found: Known, load: () => Promise<Known | null>, onDone: () => void, key?: string }} props */
function CardForm({ known, found, load, onDone }) {
  const gone = async () => {
    if (known && (await remove(`/api/scorecards/${known.id}`, load))) onDone();
  };
  const fresh = async () => {
    const now = (await load())?.cards.find((one) => one.id === known?.id);
    return now ? flat(now) : null;
  };
  return h(Editor, {
    form: "scorecards",
    title: known ? ours(known.titles) : t("adm.scorecards.add"),
    specs: specs(found.queues),
    known: known && flat(known),
    fresh,
    save: async (values, version) => {
      if (known) await api.put(`/api/scorecards/${known.id}`, asSent(values), version);
      else await api.post("/api/scorecards", { id: values.id, ...asSent(values) });
      await load();
    },
    onDone,
    ends: known && h(Confirm, { label: t("admin.delete"), question: t("adm.scorecards.sure"), yes: t("admin.delete"), onYes: () => void gone() }),
  });
}
