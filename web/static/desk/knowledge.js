// @ts-check
/** What fits the customer's last words: ready texts and articles, quiet beside the box; one key puts one into the answer. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { useEffect } from "../vendor/hooks.js";
import { computed, signal, useSignal } from "../vendor/signals.js";
import { lastSpoken } from "./captions.js";
import * as store from "./store.js";

/** @typedef {import("../shared/types.js").Article} Article */
/** @typedef {import("../shared/types.js").ReadyText} ReadyText */
/** @typedef {{ thread: string, canned: ReadyText[], articles: Article[] }} Fitting */
/** @typedef {{ key: string, icon: string, title: string, whole: string, put: () => void }} Choice */

const QUIET_MS = 250;
const MOST = 5;
const FIRST_ARTICLES = 2; // of MOST, where there are as many
const LOOKUP = /^\?\s*(.*)$/;

/** Words on their way into the answer of a thread. @type {import("../vendor/signals.js").Signal<{ thread: string, text: string } | null>} */
export const inserted = signal(null);

/** What the customer said or wrote last, while nobody has answered it in writing. */
const lastWords = computed(() => {
  if (lastSpoken.value) return lastSpoken.value;
  const last = store.entries.value.findLast((entry) => ["message", "email"].includes(entry.kind));
  return last?.direction === "in" ? (last.text ?? last.preview ?? "") : "";
});

/** @param {string} text */
function insert(text) {
  store.composing.value = "reply";
  inserted.value = { thread: store.openThread.peek() ?? "", text };
}

/** The article's title and address, for an answer. @param {Article} article */
export function linkOf(article) {
  void api.post(`/api/knowledge/${article.id}/sent`).catch(() => {}); // a count, nothing to wait for
  return `${article.title}\n${new URL(article.url, location.origin).href}`;
}

export function Fitting() {
  const found = useSignal(/** @type {Fitting | null} */ (null));
  const words = lastWords.value;
  const thread = store.openThread.value;
  useEffect(() => {
    if (!thread || !words) return undefined;
    const soon = setTimeout(() => void fetchFor(words, thread).then((fitting) => (found.value = fitting)), QUIET_MS);
    return () => clearTimeout(soon);
  }, [words, thread]);
  const choices = words && found.value?.thread === thread ? choicesOf(found.value) : [];
  useEffect(() => keys(choices), [choices]);
  if (!choices.length || !store.ways.value.length) return null;
  return html`<section class="fitting" aria-label=${t("fitting.label")}>
    <span>${t("fitting.label")}</span>
    ${choices.map(
      (one, at) => html`<button key=${one.key} type="button" class="fitting-one" title=${one.whole} onClick=${one.put}>
        ${h(Icon, { name: one.icon, size: 14 })}<b>${one.title}</b><kbd>Alt ${at + 1}</kbd>
      </button>`,
    )}
  </section>`;
}

/** @param {string} words @param {string} thread @returns {Promise<Fitting | null>} */
async function fetchFor(words, thread) {
  const found = await api.post("/api/knowledge/suggestions", { text: words.slice(-4000), thread }).catch(() => null); // help, not work
  return found && { thread, ...found };
}

/** @param {Fitting} found @returns {Choice[]} */
function choicesOf(found) {
  const articles = found.articles.slice(0, Math.max(FIRST_ARTICLES, MOST - found.canned.length));
  const canned = found.canned.slice(0, MOST - articles.length);
  return [
    ...canned.map((one) => ({ key: one.id, icon: "text", title: one.title, whole: one.text ?? "", put: () => insert(one.text ?? "") })),
    ...articles.map((one) => ({ key: one.id, icon: "note", title: one.title, whole: one.snippet.map(([piece]) => piece).join(""), put: () => insert(linkOf(one)) })),
  ];
}

/** Alt and a digit, wherever the cursor is. @param {Choice[]} choices */
function keys(choices) {
  if (!choices.length) return undefined;
  /** @param {KeyboardEvent} event */
  const press = (event) => {
    const chosen = event.altKey && !event.ctrlKey && !event.metaKey ? choices[Number(/^Digit([1-9])$/.exec(event.code)?.[1]) - 1] : undefined;
    if (!chosen) return;
    event.preventDefault();
    chosen.put();
  };
  addEventListener("keydown", press);
  return () => removeEventListener("keydown", press);
}

/** Articles behind a question mark at the beginning of an answer. @param {{ typed: string, take: (text: string) => void }} props */
export function Articles({ typed, take }) {
  const found = useSignal(/** @type {Article[]} */ ([]));
  const asked = LOOKUP.exec(typed)?.[1].trim();
  useEffect(() => {
    if (!asked) {
      found.value = [];
      return undefined;
    }
    const soon = setTimeout(() => void api.get(`/api/knowledge/search?q=${encodeURIComponent(asked.slice(0, 200))}`).then((answer) => (found.value = answer.articles), () => {}), QUIET_MS);
    return () => clearTimeout(soon);
  }, [asked]);
  if (asked === undefined || !found.value.length) return null;
  return html`<ul class="ready-texts" aria-label=${t("fitting.articles")}>
    ${found.value.map(
      (one) => html`<li key=${`${one.id} ${one.language}`}><button type="button" class="inbox-row" onClick=${() => take(linkOf(one))}>
        <b>${one.title} · ${one.language.toUpperCase()}</b><span>${one.snippet.map(([piece]) => piece).join("")}</span>
      </button></li>`,
    )}
  </ul>`;
}
