// @ts-check
/** The reader's own points for an agent by a card. What is begun for one stays while another is looked at. */
import { ApiError, api } from "../shared/api.js";
import { percent } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { hasText, ours, t } from "../shared/i18n.js";
import { me } from "../shared/session.js";
import { explain, say } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";
import { Choice, option } from "./choice.js";

/** @typedef {import("./types.js").Card} Card */
/** @typedef {import("./types.js").Given} Given */
/** `points` as chosen: "0" to "10", NONE, or empty while nothing is. @typedef {{ points: string[], comment: string }} Draft */
/** By agent and card. @typedef {Record<string, Draft>} Drafts */
/** @typedef {import("../vendor/signals.js").Signal<Drafts>} DraftsSignal */

const NONE = "none";
const LONGEST = 4_000;

/** @param {string} agent @param {string} card */
function keyOf(agent, card) {
  return `${agent} ${card}`;
}

/** What I gave before, as long as the card asks the same; else nothing yet. @param {Given} given @param {string} agent @param {Card} card @returns {Draft} */
function startOf(given, agent, card) {
  const before = given.evaluations.find((one) => one.by === me.value?.id && one.agent === agent && one.scorecard === card.id);
  if (!before) return { points: card.criteria.map(() => ""), comment: "" };
  const isSame = before.most === card.most && JSON.stringify(before.criteria) === JSON.stringify(card.criteria);
  return { points: isSame ? before.points.map((one) => (one === null ? NONE : String(one))) : card.criteria.map(() => ""), comment: before.comment };
}

/** Whether something is chosen or written that is not kept yet. @param {Drafts} drafts @param {Given} given */
export function isTouched(drafts, given) {
  return given.agents.some(({ id }) =>
    given.scorecards.some((card) => {
      const draft = drafts[keyOf(id, card.id)];
      return draft && JSON.stringify(draft) !== JSON.stringify(startOf(given, id, card));
    }),
  );
}

/** Of the points to be had, 0 to 1; null with none. @param {string[]} points @param {number} most */
function shareOf(points, most) {
  const had = points.filter((one) => one !== "" && one !== NONE).map(Number);
  return had.length ? had.reduce((sum, one) => sum + one, 0) / (most * had.length) : null;
}

/** @param {{ call: string, given: Given, drafts: DraftsSignal, changed: () => Promise<void> }} props */
export function EvaluationForm({ call, given, drafts, changed }) {
  const agent = useSignal(given.agents[0].id);
  const chosen = useSignal(given.scorecards[0].id);
  const isBusy = useSignal(false);
  const problem = useSignal("");
  const missing = useSignal(-1);
  const card = given.scorecards.find((one) => one.id === chosen.value) ?? given.scorecards[0];
  const key = keyOf(agent.value, card.id);
  const begun = drafts.value[key];
  const draft = begun?.points.length === card.criteria.length ? begun : startOf(given, agent.value, card);
  const turnTo = (/** @type {typeof agent} */ which, /** @type {string} */ id) => {
    which.value = id;
    problem.value = "";
    missing.value = -1;
  };
  const change = (/** @type {Partial<Draft>} */ more) => (drafts.value = { ...drafts.value, [key]: { ...draft, ...more } });
  const give = (/** @type {number} */ at, /** @type {string} */ points) => {
    change({ points: draft.points.map((one, place) => (place === at ? points : one)) });
    if (missing.value === at) missing.value = -1;
  };
  const send = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    problem.value = draft.points.every((one) => one === NONE) ? t("quality.nothing_given") : "";
    missing.value = draft.points.indexOf("");
    if (missing.value >= 0) return document.getElementById(`points-${missing.value}`)?.focus();
    if (problem.value) return;
    isBusy.value = true;
    try {
      await api.put(`/api/calls/${call}/evaluations`, { agent: agent.value, scorecard: card.id, points: draft.points.map(asSent), comment: draft.comment.trim() });
      say("good", t("admin.saved"));
      await changed();
      const { [key]: _, ...others } = drafts.value;
      drafts.value = others;
    } catch (error) {
      problem.value = inWords(error);
    } finally {
      isBusy.value = false;
    }
  };
  return html`<form class="evaluate" novalidate aria-labelledby="evaluate-head" onSubmit=${send}>
    <h3 class="why-head" id="evaluate-head">${t("quality.own")}</h3>
    <div class="evaluate-whom">
      ${h(Several, { label: t("wall.agent"), value: agent.value, choices: given.agents.map(({ id, name }) => option(id, name)), onChoose: (id) => turnTo(agent, id) })}
      ${h(Several, { label: t("quality.card"), value: card.id, choices: given.scorecards.map(({ id, titles }) => option(id, ours(titles))), onChoose: (id) => turnTo(chosen, id) })}
    </div>
    ${card.criteria.map((criterion, at) => h(Criterion, { key: `${key} ${at}`, at, title: ours(criterion), most: card.most, value: draft.points[at], isMissing: missing.value === at, give: (points) => give(at, points) }))}
    <label class="field"><span>${t("quality.comment")}</span>
      <textarea class="input" name="comment" rows="3" maxlength=${LONGEST} value=${draft.comment} onInput=${(/** @type {Event} */ event) => change({ comment: /** @type {HTMLTextAreaElement} */ (event.currentTarget).value })}></textarea>
    </label>
    ${problem.value && html`<p class="bar bar-bad" role="alert">${problem.value}</p>`}
    <div class="evaluate-end">
      <button class="button button-primary" disabled=${isBusy.value}>${t("admin.save")}</button>
      <output class="evaluate-sum" aria-label=${t("quality.so_far")}>${percent(shareOf(draft.points, card.most))}</output>
    </div>
  </form>`;
}

/** @param {string} points */
function asSent(points) {
  return points === NONE ? null : Number(points);
}

/** @param {unknown} error */
function inWords(error) {
  if (!(error instanceof ApiError)) throw error;
  const key = `quality.refused.${error.facts.reason}`;
  return hasText(key) ? t(key) : explain(error);
}

/** One of several; of one there is nothing to choose. @param {Parameters<typeof Choice>[0]} props */
function Several(props) {
  if (props.choices.length > 1) return h(Choice, props);
  return html`<p class="field"><span>${props.label}</span><b>${props.choices[0][1]}</b></p>`;
}

/** @param {{ at: number, title: string, most: number, value: string, isMissing: boolean, give: (points: string) => void, key?: string }} props */
function Criterion({ at, title, most, value, isMissing, give }) {
  const wrong = isMissing ? `points-${at}-wrong` : undefined;
  const choice = (/** @type {string} */ id, /** @type {string} */ label) => html`<label key=${id} class="point">
    <input type="radio" id=${id === "0" ? `points-${at}` : undefined} name=${`points-${at}`} value=${id} checked=${value === id} aria-describedby=${wrong} onChange=${() => give(id)} /><span>${label}</span>
  </label>`;
  return html`<fieldset class="criterion">
    <legend>${title}</legend>
    <div class="points">${Array.from({ length: most + 1 }, (_, points) => choice(String(points), String(points)))}${choice(NONE, t("quality.not_applicable"))}</div>
    ${isMissing && html`<small class="wrong" id=${wrong} role="alert">${t("quality.missing")}</small>`}
  </fieldset>`;
}
