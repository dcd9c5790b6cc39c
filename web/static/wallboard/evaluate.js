// @ts-check
/** A call to hear and to evaluate: what it was, its recordings, what was given already, and the reader's own points. */
import { Drawer } from "../admin/drawer.js";
import { Confirm } from "../admin/parts.js";
import { Evaluation } from "../desk/evaluation.js";
import { RecordingPlayer } from "../desk/player.js";
import { api } from "../shared/api.js";
import { dayTime, languageName, phone, span } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { me } from "../shared/session.js";
import { orSay, say } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { useSignal } from "../vendor/signals.js";
import { EvaluationForm, isTouched } from "./evaluation_form.js";
import { queueTitle } from "./floor.js";
import { NoCards, readQuality } from "./quality.js";

/** @typedef {import("./types.js").CallFacts} Facts */
/** @typedef {import("./types.js").Given} Given */
/** @typedef {import("./evaluation_form.js").Drafts} Drafts */

/** @param {{ call: string, onClose: () => void, key?: string }} props */
export function EvaluateDrawer({ call, onClose }) {
  const facts = useSignal(/** @type {Facts | null} */ (null));
  const given = useSignal(/** @type {Given | null} */ (null));
  const drafts = useSignal(/** @type {Drafts} */ ({}));
  const readGiven = async () => void (given.value = await api.get(`/api/calls/${call}/evaluations`));
  useEffect(() => {
    void orSay(async () => {
      facts.value = await api.get(`/api/calls/${call}`);
      await readGiven();
    });
  }, [call]);
  const changed = async () => {
    await orSay(readGiven);
    await readQuality();
  };
  return h(
    Drawer,
    { title: t("quality.evaluate.title"), isDirty: given.value !== null && isTouched(drafts.value, given.value), onClose, isWide: true },
    html`${facts.value && h(About, { facts: facts.value })}
      ${given.value && h(Past, { given: given.value, changed })}
      ${given.value && h(Own, { call, given: given.value, drafts, changed })}`,
  );
}

/** @param {{ facts: Facts }} props */
function About({ facts }) {
  const rows = [
    ["quality.when", dayTime(facts.started_at)],
    ["quality.customer", phone(facts.direction === "outbound" ? facts.to : facts.from)],
    ["fact.queue", facts.queue && queueTitle(facts.queue)],
    ["fact.wait", facts.wait_s === null ? null : span(facts.wait_s)],
    ["fact.talk", facts.talk_s === null ? null : span(facts.talk_s)],
    ["fact.language", languageName(facts.language)],
  ].filter(([, value]) => value);
  return html`<dl class="about-call">${rows.map(([key, value]) => html`<div key=${key}><dt>${t(/** @type {string} */ (key))}</dt><dd>${value}</dd></div>`)}</dl>
    ${facts.contact && html`<a class="quality-link" href=${`/#contact-${facts.contact}`} target="_blank" rel="noopener">${t("quality.thread")}</a>`}
    ${facts.recordings.length === 0 ? html`<p class="muted">${t("quality.no_recording")}</p>` : facts.recordings.map((one) => h(RecordingPlayer, { key: one, recording: one, openAtOnce: true }))}`;
}

/** @param {{ given: Given, changed: () => Promise<void> }} props */
function Past({ given, changed }) {
  if (given.evaluations.length === 0) return null;
  const remove = (/** @type {number} */ id) =>
    orSay(async () => {
      await api.delete(`/api/evaluations/${id}`);
      say("good", t("adm.deleted"));
      await changed();
    });
  const mayDelete = (/** @type {{ by: string }} */ one) => one.by === me.value?.id || me.value?.role === "admin";
  return html`<h3 class="why-head">${t("quality.given")}</h3>
    ${given.evaluations.map((one) =>
      h(Evaluation, {
        key: one.id,
        one,
        whose: one.agent_name,
        end: mayDelete(one) && h(Confirm, { label: t("admin.delete"), question: t("quality.delete.sure"), yes: t("admin.delete"), onYes: () => void remove(one.id) }),
      }),
    )}`;
}

/** @param {{ call: string, given: Given, drafts: import("../vendor/signals.js").Signal<Drafts>, changed: () => Promise<void> }} props */
function Own({ call, given, drafts, changed }) {
  if (given.scorecards.length === 0) return h(NoCards, { text: t("quality.no_card_here") });
  if (given.agents.length === 0) return html`<p class="muted">${t("quality.nobody")}</p>`;
  return h(EvaluationForm, { call, given, drafts, changed });
}
