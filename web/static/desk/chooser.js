// @ts-check
/** To whom a call goes: colleagues, queues, flows, or a number; talking first, at once, or as one more in the talk. */
import { phone } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { api } from "../shared/api.js";
import { useEffect, useRef } from "../vendor/hooks.js";
import { signal, useSignal } from "../vendor/signals.js";
import { control, others } from "./controls.js";
import { me, queues, team } from "./store.js";

/** @typedef {import("./controls.js").Target} Target */
/** @typedef {{ target: Target, name: string, note: string, icon: string, dot: string | null }} Choice */

const MOST = 40;
const DIALLED = /^\+?[\d\s().-]{2,24}$/;

export const isChoosing = signal(false);

/** @type {import("../vendor/signals.js").Signal<{ id: string, title: string }[]>} */
const flows = signal([]);

/** @param {string} words @returns {Choice[]} */
function choicesFor(words) {
  const sought = words.trim().toLocaleLowerCase();
  const there = new Set(others().map((one) => one.agent));
  const colleagues = team.value
    .filter((row) => row.agent !== me.value?.id && !there.has(row.agent))
    .sort((a, b) => Number(b.state === "ready") - Number(a.state === "ready"))
    .map((row) => choice("agent", row.agent, row.name ?? row.login ?? "", row.reason === "calling" ? t("away.calling") : t(`state.${row.state}`), "person", row.state));
  const rest = [
    ...queues.value.map((one) => choice("queue", one.id, one.title ?? one.id, t("chooser.queue"), "queue")),
    ...flows.value.map((one) => choice("flow", one.id, one.title, t("chooser.flow"), "flow")),
  ];
  const found = [...colleagues, ...rest].filter((one) => one.name.toLocaleLowerCase().includes(sought)).slice(0, MOST);
  if (!DIALLED.test(sought)) return found;
  const number = sought.replace(/[^\d+]/g, "");
  return [choice("number", number, phone(number), t("chooser.number"), "phone-out"), ...found];
}

/** @param {Target["kind"]} kind @param {string} id @param {string} name @param {string} note @param {string} icon @param {string | null} [dot] @returns {Choice} */
function choice(kind, id, name, note, icon, dot = null) {
  return { target: { kind, id }, name, note, icon, dot };
}

/** Queues and flows talk with nobody: a call can only go there. @param {Choice | undefined} one */
const canTalk = (one) => one !== undefined && one.target.kind !== "queue" && one.target.kind !== "flow";

export function Chooser() {
  const box = /** @type {{ current: HTMLDialogElement | null }} */ (useRef(null));
  const words = useSignal("");
  const at = useSignal(0);
  useEffect(() => {
    const dialog = box.current;
    dialog?.showModal();
    void readFlows();
    return () => dialog?.close();
  }, []);
  const found = choicesFor(words.value);
  const here = found[Math.min(at.value, found.length - 1)];
  /** @param {"consult" | "transfer" | "add"} what */
  const send = async (what) => {
    if (!here || (what !== "transfer" && !canTalk(here))) return;
    isChoosing.value = false;
    await control(what, { to: here.target });
  };
  /** @param {KeyboardEvent} event */
  const steer = (event) => {
    if (/** @type {HTMLElement} */ (event.target).closest("button")) return;
    const to = { ArrowDown: at.value + 1, ArrowUp: at.value - 1 }[event.key];
    if (to !== undefined) at.value = Math.max(0, Math.min(to, found.length - 1));
    else if (event.key === "Enter") void send(event.ctrlKey || !canTalk(here) ? "transfer" : event.shiftKey ? "add" : "consult");
    else return;
    event.preventDefault();
  };
  return html`<dialog ref=${box} class="chooser" aria-label=${t("chooser.title")} onCancel=${close} onKeyDown=${steer}>
    <header>
      <h2>${t("chooser.title")}</h2>
      <button class="icon-button" aria-label=${t("chooser.close")} onClick=${close}>${h(Icon, { name: "close", size: 16 })}</button>
    </header>
    <input
      class="input"
      autofocus
      role="combobox"
      aria-expanded="true"
      aria-controls="chooser-list"
      aria-activedescendant=${here ? `chooser-${found.indexOf(here)}` : undefined}
      aria-label=${t("chooser.words")}
      placeholder=${t("chooser.words")}
      value=${words.value}
      onInput=${/** @param {Event} event */ (event) => {
        words.value = /** @type {HTMLInputElement} */ (event.target).value;
        at.value = 0;
      }}
    />
    <div class="chooser-list" id="chooser-list" role="listbox" tabindex="-1" aria-label=${t("chooser.title")}>
      ${found.map(
        (one, index) => html`<div
          key=${`${one.target.kind} ${one.target.id}`}
          id=${`chooser-${index}`}
          role="option"
          class="chooser-row"
          aria-selected=${one === here}
          onClick=${() => (at.value = index)}
          onDblClick=${() => void send(canTalk(one) ? "consult" : "transfer")}
        >
          ${h(Icon, { name: one.icon, size: 16 })}<b>${one.name}</b>
          ${one.dot && html`<span class=${`dot state-${one.dot}`}></span>`}<span class="muted">${one.note}</span>
        </div>`,
      )}
    </div>
    ${found.length === 0 && html`<p class="muted">${t("chooser.none")}</p>`}
    <div class="chooser-ends">
      <button class="button button-primary" disabled=${!canTalk(here)} title=${t("chooser.consult.hint")} onClick=${() => send("consult")}>${t("chooser.consult")} <kbd>Enter</kbd></button>
      <button class="button" disabled=${!here} title=${t("chooser.transfer.hint")} onClick=${() => send("transfer")}>${t("chooser.transfer")} <kbd>Ctrl Enter</kbd></button>
      <button class="button" disabled=${!canTalk(here)} title=${t("chooser.add.hint")} onClick=${() => send("add")}>${t("chooser.add")} <kbd>Shift Enter</kbd></button>
    </div>
  </dialog>`;
}

function close() {
  isChoosing.value = false;
}

/** Read once: flows are published rarely. */
async function readFlows() {
  if (flows.value.length === 0) flows.value = (await api.get("/api/flow-names").catch(() => ({ flows: [] }))).flows;
}
