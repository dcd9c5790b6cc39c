// @ts-check
/** What is asked before something is done to the floor: a state by force, a move, other skills. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { asked, board, queueTitle } from "./floor.js";
import { Question, close, perform } from "./question.js";
import { SkillsDialog } from "./skills.js";
import { enter } from "./supervise.js";
import { nameOf } from "./waiting.js";
import { WhyDrawer } from "./why.js";

/** @typedef {import("./types.js").Asked} Asked */

export function Dialogs() {
  const open = asked.value;
  if (!open) return null;
  if (open.kind === "force") return h(Force, { ...open, key: `${open.agent.agent} ${open.state}` });
  if (open.kind === "move") return h(Move, { ...open, key: open.contact.contact });
  if (open.kind === "take_over") return h(TakeOver, { ...open, key: open.call });
  if (open.kind === "skills") return h(SkillsDialog, { agent: open.agent, key: open.agent.agent });
  return h(WhyDrawer, { contact: open.contact, label: open.label, key: open.contact });
}

/** @param {Extract<Asked, { kind: "force" }> & { key?: string }} props */
function Force({ agent, state }) {
  const reason = useSignal("");
  const send = () =>
    perform(
      () => api.put(`/api/agents/${agent.agent}/forced-state`, { state, reason: reason.value.trim() || null }),
      t(`wall.forced.${state}`, { name: agent.name }),
    );
  return h(
    Question,
    { title: t(`wall.force.${state}.title`, { name: agent.name }), submit: t(`wall.force.${state}`), isDanger: state === "logged_out", onSubmit: send },
    html`<p>${t(`wall.force.${state}.text`)}</p>
      ${agent.state === "offered" && html`<p class="bar bar-warn">${t("wall.force.ringing")}</p>`}
      ${agent.state === "talking" && html`<p class="bar bar-warn">${t("wall.force.talking")}</p>`}
      <label class="field"><span>${t("wall.reason")}</span>
        <input class="input" name="reason" maxlength="200" value=${reason.value} onInput=${(/** @type {Event} */ event) => (reason.value = /** @type {HTMLInputElement} */ (event.target).value)} />
      </label>`,
  );
}

/** @param {Extract<Asked, { kind: "take_over" }> & { key?: string }} props */
function TakeOver({ name, call }) {
  const send = async () => {
    close();
    await enter(call, "take_over");
  };
  return h(
    Question,
    { title: t("wall.supervise.take_over.title", { name }), submit: t("wall.supervise.take_over"), isDanger: true, onSubmit: send },
    html`<p>${t("wall.supervise.take_over.text", { name })}</p>`,
  );
}

/** @param {Extract<Asked, { kind: "move" }> & { key?: string }} props */
function Move({ contact }) {
  const others = (board.value?.queues ?? []).filter((one) => one.id !== contact.queue);
  const queue = useSignal(others[0]?.id ?? "");
  const send = () => perform(() => api.post(`/api/waiting/${contact.contact}/move`, { queue: queue.value }), t("wall.moved", { queue: queueTitle(queue.value) }));
  return h(
    Question,
    { title: t("wall.move.title", { who: nameOf(contact) }), submit: t("wall.move.do"), onSubmit: send },
    html`<p>${t("wall.move.text")}</p>
      <label class="field"><span>${t("wall.queue")}</span>
        <select class="input" name="queue" required onChange=${(/** @type {Event} */ event) => (queue.value = /** @type {HTMLSelectElement} */ (event.target).value)}>
          ${others.map((one) => html`<option key=${one.id} value=${one.id} selected=${one.id === queue.value}>${one.title}</option>`)}
        </select>
      </label>`,
  );
}
