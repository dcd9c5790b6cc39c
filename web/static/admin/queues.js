// @ts-check
/** Queues: what they need, how long they ring, how many may wait, when they are open. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { locale, t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { Editor } from "./form.js";
import { AddButton, Head, List } from "./list.js";
import { numberOf, remove, useLoaded } from "./loading.js";
import { Levels, levelsText } from "./levels.js";
import { Confirm } from "./parts.js";

/** @typedef {import("./types.js").QueueSettings} QueueSettings */
/** @typedef {{ queues: QueueSettings[], calendars: string[], skills: { id: string, title: string }[] }} Known */

/** @returns {Promise<Known>} */
async function read() {
  const [queues, calendars, grid] = await Promise.all([api.get("/api/queue-settings"), api.get("/api/calendars"), api.get("/api/skills")]);
  return { queues: queues.queues, calendars: calendars.calendars.map((/** @type {{ id: string }} */ one) => one.id), skills: grid.skills };
}

const STRATEGIES = ["longest_idle", "least_occupied", "fewest_contacts", "round_robin", "ring_all", "progressive"];

/** @param {import("./editing.js").Values} values */
function ringsOne(values) {
  return values.strategy !== "ring_all" && values.strategy !== "progressive";
}

/** @param {import("./editing.js").Values} values */
function goesNowhere(values) {
  return !values.overflow_queue;
}

/** @param {import("./editing.js").Values} values */
function givesNothing(values) {
  return values.digital !== "push";
}

/** @param {Known} known @param {string | undefined} own @returns {import("./editing.js").Spec[]} */
function specs({ queues, calendars, skills }, own) {
  return [
    { name: "title", kind: "text", isRequired: true, max: 100 },
    { name: "id", kind: "text", isRequired: true, isOnlyNew: true, isCode: true, pattern: /^[a-z][a-z0-9_]{0,62}$/ },
    { name: "need", kind: "own", isWide: true, start: {}, own: (value, set) => h(Levels, { skills, value: value ?? {}, set }) },
    { name: "calendar", kind: "select", choices: [["", t("adm.queues.always")], ...calendars.map((id) => /** @type {[string, string]} */ ([id, id]))] },
    { name: "ring_timeout_s", kind: "number", min: 5, max: 300, start: 20 },
    { name: "max_waiting", kind: "number", min: 0, max: 100_000, isInteger: true },
    { name: "target_s", kind: "number", min: 1, max: 86_400, start: 20 },
    { name: "strategy", kind: "select", choices: STRATEGIES.map((one) => [one, t(`adm.strategy.${one}`)]), start: "least_occupied" },
    { name: "ring_at_most", kind: "number", min: 1, max: 10, start: 10, isInteger: true, isHidden: ringsOne },
    { name: "overflow_queue", kind: "select", choices: [["", t("adm.queues.nowhere")], ...queues.filter((one) => one.id !== own).map((one) => /** @type {[string, string]} */ ([one.id, one.title]))] },
    { name: "overflow_after_s", kind: "number", min: 1, max: 86_400, isHidden: goesNowhere },
    { name: "overflow_when_full", kind: "check", start: true, isHidden: goesNowhere },
    { name: "short_abandon_s", kind: "number", min: 0, max: 300, start: 5, isFolded: true },
    { name: "digital", kind: "select", choices: ["claim", "push"].map((one) => [one, t(`adm.digital.${one}`)]), start: "claim", isFolded: true },
    { name: "chat_unanswered_s", kind: "number", min: 0, max: 86_400, start: 180, isInteger: true, isFolded: true, isHidden: givesNothing },
    { name: "chat_in_hand_s", kind: "number", min: 0, max: 86_400, start: 600, isInteger: true, isFolded: true },
    { name: "caller_id", kind: "text", isCode: true, pattern: /^\+?[0-9]{3,20}$/, isFolded: true },
  ];
}

export function QueuesPage() {
  const { found, load } = useLoaded(read);
  const open = useSignal("");
  if (!found) return null;
  const known = found.queues.find((one) => one.id === open.value) ?? null;
  return html`
    ${h(Head, { part: "queues", actions: h(AddButton, { label: t("adm.queues.add"), onClick: () => (open.value = "*new") }) })}
    ${h(/** @type {typeof List<QueueSettings>} */ (List), {
      rows: found.queues,
      none: t("adm.queues.none"),
      keyOf: (one) => one.id,
      nameOf: (one) => one.title,
      words: (one) => `${one.id} ${one.title}`,
      onOpen: (one) => (open.value = one.id),
      columns: [
        [t("adm.field.queue.title"), (one) => html`<strong>${one.title}</strong><span class="muted" translate="no">${one.id}</span>`],
        [t("adm.field.queue.need"), (one) => levelsText(one.need)],
        [t("adm.field.queue.calendar"), (one) => one.calendar ?? t("adm.queues.always")],
        [t("adm.queues.rings"), (one) => t("adm.seconds", { n: one.ring_timeout_s.toLocaleString(locale.value) })],
        [t("adm.queues.target"), (one) => t("adm.seconds", { n: one.target_s.toLocaleString(locale.value) })],
        [t("adm.queues.overflow"), (one) => found.queues.find((other) => other.id === one.overflow_queue)?.title ?? "–"],
        [t("adm.queues.cap"), (one) => (one.max_waiting === null ? "–" : one.max_waiting.toLocaleString(locale.value))],
      ],
    })}
    ${open.value && h(QueueForm, { key: open.value, known, found, load, onDone: () => (open.value = "") })}
  `;
}

/** @param {{ known: QueueSettings | null, found: Known, load: () => Promise<Known | null>, onDone: () => void, key?: string }} props */
function QueueForm({ known, found, load, onDone }) {
  const gone = async () => {
    if (known && (await remove(`/api/queue-settings/${known.id}`, load))) onDone();
  };
  return h(Editor, {
    form: "queue",
    title: known ? known.title : t("adm.queues.add"),
    specs: specs(found, known?.id),
    known,
    fresh: async () => (await load())?.queues.find((one) => one.id === known?.id) ?? null,
    save: async (values, version) => {
      const { id, ...rest } = values;
      const body = {
        ...rest,
        need: values.need ?? {},
        calendar: values.calendar || null,
        ring_timeout_s: numberOf(values.ring_timeout_s) ?? 20,
        max_waiting: numberOf(values.max_waiting),
        target_s: numberOf(values.target_s) ?? 20,
        short_abandon_s: numberOf(values.short_abandon_s) ?? 5,
        overflow_queue: values.overflow_queue || null,
        overflow_after_s: values.overflow_queue ? numberOf(values.overflow_after_s) : null,
        chat_unanswered_s: givesNothing(values) ? undefined : (numberOf(values.chat_unanswered_s) ?? 0),
        chat_in_hand_s: numberOf(values.chat_in_hand_s) ?? 0,
        caller_id: values.caller_id || null,
      };
      if (known) await api.put(`/api/queue-settings/${known.id}`, body, version);
      else await api.post("/api/queue-settings", { id, ...body });
      await load();
    },
    onDone,
    ends: known && h(Confirm, { label: t("admin.delete"), question: t("adm.queues.sure"), yes: t("admin.delete"), onYes: () => void gone() }),
  });
}
