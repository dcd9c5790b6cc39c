// @ts-check
/** Articles that may answer the first question, while it is typed; reading one, and saying whether it helped. */
import { useEffect, useState } from "../vendor/hooks.js";
import { Blocks } from "./article.js";
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { absolute } from "./server.js";

/** @typedef {{ id: string, slug: string, language: string, title: string }} Hit */
/** @typedef {{ id: string, title: string, language: string, blocks: import("./article.js").Block[] }} Article */

const QUIET_MS = 500;
const FEWEST = 4; // characters of a question worth looking for

/**
 * What was found for what is typed, and the article being read.
 * @param {import("./panel.js").Room} room @param {string} typed @param {boolean} isFirst nobody has been asked yet
 */
export function useAnswers(room, typed, isFirst) {
  const [found, setFound] = useState(/** @type {Hit[]} */ ([]));
  const [article, setArticle] = useState(/** @type {Article | null} */ (null));
  const [unjudged, setUnjudged] = useState("");
  const question = isFirst ? typed.trim() : "";
  useEffect(() => {
    if (question.length < FEWEST) {
      setFound([]);
      return undefined;
    }
    const soon = setTimeout(() => room.server.articles(question, room.language).then((answer) => setFound(answer.articles), () => undefined), QUIET_MS);
    return () => clearTimeout(soon);
  }, [question]);
  /** @param {"helped" | "person"} verdict */
  const judge = (verdict) => {
    if (unjudged) room.server.judge(unjudged, verdict).catch(() => undefined); // a count, nothing to wait for
    setUnjudged("");
    setArticle(null);
  };
  useEffect(() => {
    if (!isFirst) judge("person");
  }, [isFirst]);
  return {
    found: isFirst ? found : [],
    article,
    judge,
    /** @param {Hit} hit */
    open: (hit) =>
      room.server.article(hit.slug, hit.language).then((read) => {
        setArticle(read);
        setUnjudged(read.id);
      }, () => undefined),
  };
}

/** @param {{ room: import("./panel.js").Room, answers: ReturnType<typeof useAnswers> }} props */
export function Found({ room, answers }) {
  if (answers.article || !answers.found.length) return null;
  return html`<section class="answers" aria-label=${room.t("maybe")}>
    <p>${room.t("maybe")}</p>
    ${answers.found.map((hit) => html`<button key=${hit.id} lang=${hit.language} onClick=${() => answers.open(hit)}><${Icon} name="file" size=${15} /><span>${hit.title}</span></button>`)}
  </section>`;
}

/** @param {{ room: import("./panel.js").Room, answers: ReturnType<typeof useAnswers> }} props */
export function Reading({ room, answers }) {
  const { article } = answers;
  if (!article) return null;
  return html`<article class="reading" lang=${article.language}>
    <h2 tabindex="-1" data-focus>${article.title}</h2>
    <${Blocks} blocks=${article.blocks} home=${absolute("/")} />
    <div class="verdict">
      <button class="primary" onClick=${() => answers.judge("helped")}>${room.t("helped")}</button>
      <button onClick=${() => answers.judge("person")}>${room.t("person")}</button>
    </div>
  </article>`;
}
