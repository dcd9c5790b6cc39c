// @ts-check
/** What a rule or a macro does, one line for each thing, in order. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { Select } from "./parts.js";
import { Texts } from "./texts.js";

/** @typedef {import("./types.js").Action} Action */

export const MACRO_DOES = ["tag", "untag", "queue", "priority", "assign", "status", "note"];
export const RULE_DOES = [...MACRO_DOES, "reply", "webhook"];
const STATUSES = ["open", "waiting", "resolved", "closed"];
/** What a thing begins as when it is chosen. @type {Record<string, () => Action>} */
const BEGINNINGS = {
  tag: () => ({ do: "tag", tags: [] }),
  untag: () => ({ do: "untag", tags: [] }),
  queue: () => ({ do: "queue", queue: "" }),
  priority: () => ({ do: "priority", priority: 5 }),
  assign: () => ({ do: "assign", to: "last_agent" }),
  status: () => ({ do: "status", status: "resolved" }),
  note: () => ({ do: "note", texts: {} }),
  reply: () => ({ do: "reply", texts: {}, every_s: 86_400 }),
  webhook: () => ({ do: "webhook", webhook: "" }),
};

/** @param {Action[]} actions */
export function actionsText(actions) {
  if (actions.length === 0) return "–";
  return actions.map((one, at) => html`<span key=${at} class="pill pill-plain">${t(`adm.do.${one.do}`)}${briefly(one)}</span> `);
}

/** @param {Action} action */
function briefly(action) {
  const said = action.tags?.join(", ") || action.queue || action.to || action.status || (action.do === "priority" ? String(action.priority) : "");
  return said ? ` ${said}` : "";
}

/**
 * @param {{ value: Action[], set: (value: Action[]) => void, does: string[], queues: [string, string][], webhooks: [string, string][] }} props
 */
export function Actions({ value, set, does, queues, webhooks }) {
  const change = (/** @type {number} */ at, /** @type {Action} */ action) => set(value.map((one, other) => (other === at ? action : one)));
  const up = (/** @type {number} */ at) => set([...value.slice(0, at - 1), value[at], value[at - 1], ...value.slice(at + 1)]);
  return html`<div class="actions">
    ${value.map(
      (action, at) => html`<fieldset key=${`${at} ${action.do}`} class="action">
        <legend>${t(`adm.do.${action.do}`)}</legend>
        ${h(Detail, { action, at, set: (/** @type {Action} */ one) => change(at, one), queues, webhooks })}
        <span class="action-end">
          <button type="button" class="icon-button" disabled=${at === 0} aria-label=${t("adm.actions.up")} title=${t("adm.actions.up")} onClick=${() => up(at)}><span class="turned">${h(Icon, { name: "chevron", size: 14 })}</span></button>
          <button type="button" class="icon-button" aria-label=${t("adm.actions.drop")} title=${t("adm.actions.drop")} onClick=${() => set(value.filter((_, other) => other !== at))}>${h(Icon, { name: "close", size: 14 })}</button>
        </span>
      </fieldset>`,
    )}
    <label class="level-add" aria-label=${t("adm.actions.add")}>${h(Select, {
      key: value.length,
      name: "action-add",
      value: "",
      choices: [["", t("adm.actions.add")], ...does.map((one) => /** @type {[string, string]} */ ([one, t(`adm.do.${one}`)]))],
      onInput: (/** @type {string} */ one) => one && set([...value, BEGINNINGS[one]()]),
    })}</label>
  </div>`;
}

/** @param {{ action: Action, at: number, set: (action: Action) => void, queues: [string, string][], webhooks: [string, string][] }} props */
function Detail({ action, at, set, queues, webhooks }) {
  const label = t(`adm.do.${action.do}`);
  const choose = (/** @type {[string, string][]} */ choices, /** @type {string} */ value, /** @type {string} */ name) =>
    html`<label class="level-choice" aria-label=${label}>${h(Select, { name: `${name}-${at}`, value, choices: [["", t("adm.choose")], ...choices], onInput: (/** @type {string} */ one) => set({ ...action, [name]: one }) })}</label>`;
  const typed = (/** @type {Event} */ event) => /** @type {HTMLInputElement} */ (event.target).value;
  switch (action.do) {
    case "tag":
    case "untag":
      return html`<input class="input" aria-label=${label} placeholder=${t("adm.actions.tags")} value=${(action.tags ?? []).join(", ")} onChange=${(/** @type {Event} */ event) => set({ ...action, tags: typed(event).split(",").map((one) => one.trim()).filter(Boolean) })} />`;
    case "queue":
      return choose(queues, action.queue ?? "", "queue");
    case "status":
      return choose(STATUSES.map((one) => [one, t(`adm.status.${one}`)]), action.status ?? "", "status");
    case "webhook":
      return choose(webhooks, action.webhook ?? "", "webhook");
    case "priority":
      return html`<input class="input input-short" type="number" min="1" max="9" aria-label=${label} value=${action.priority} onInput=${(/** @type {Event} */ event) => set({ ...action, priority: Number(typed(event)) })} />`;
    case "assign":
      return html`<input class="input" aria-label=${label} placeholder=${t("adm.actions.to")} value=${action.to} onInput=${(/** @type {Event} */ event) => set({ ...action, to: typed(event).trim() })} />`;
    default:
      return h(Texts, { id: `action-${at}`, value: action.texts ?? {}, set: (/** @type {Record<string, string>} */ texts) => set({ ...action, texts }) });
  }
}
