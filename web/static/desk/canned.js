// @ts-check
/** A slash at the beginning of an answer: ready texts, filled in for the customer, and macros, which do things besides. */
import { h, html } from "../shared/html.js";
import { locale, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { useEffect } from "../vendor/hooks.js";
import { useSignal } from "../vendor/signals.js";
import { applyMacro, completions, macrosNamed } from "./work.js";

/** @typedef {import("../shared/types.js").ReadyText} ReadyText */
/** @typedef {{ id: string, name: string, text: string, isMacro: boolean }} Offered */

const QUIET_MS = 150;
const SLASH = /^\/([\p{L}\p{M}\d_-]*)$/u;

/**
 * The arrows choose, Enter takes.
 * @param {{ typed: string, thread: string, take: (text: string) => void }} props `typed`: the whole answer as it stands
 */
export function ReadyTexts({ typed, thread, take }) {
  const found = useSignal({ to: "", offers: /** @type {Offered[]} */ ([]) });
  const at = useSignal(0);
  const asked = SLASH.exec(typed)?.[1];
  useEffect(() => {
    if (asked === undefined) return;
    const soon = setTimeout(async () => {
      const offers = await offered(asked, thread);
      [at.value, found.value] = [0, { to: asked, offers }];
    }, QUIET_MS);
    return () => clearTimeout(soon);
  }, [asked, thread]);
  const { to: answered, offers } = found.value; // what is offered to fewer letters is not chosen from by more
  const isOpen = asked === answered && offers.length > 0;
  /** @param {Offered} one */
  const choose = async (one) => take(one.isMacro ? ((await applyMacro(thread, one.id, one.name)) ?? typed) : one.text);
  useEffect(() => {
    const box = document.getElementById("reply");
    if (!isOpen || !box) return;
    /** @param {KeyboardEvent} event */
    const steer = (event) => {
      const to = { ArrowDown: at.value + 1, ArrowUp: at.value - 1 }[event.key];
      if (to === undefined && (event.key !== "Enter" || event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (to === undefined) void choose(offers[at.value]);
      else at.value = Math.max(0, Math.min(to, offers.length - 1));
    };
    box.addEventListener("keydown", steer);
    return () => box.removeEventListener("keydown", steer);
  });
  if (!isOpen) return null;
  return html`<ul class="ready-texts" aria-label=${t("canned.label")}>
    ${offers.map((one, index) => html`<li key=${one.id}>${h(Choice, { one, isHere: index === at.value, choose })}</li>`)}
  </ul>`;
}

/** @param {{ one: Offered, isHere: boolean, choose: (one: Offered) => void }} props */
function Choice({ one, isHere, choose }) {
  return html`<button type="button" class=${isHere ? "ready-here" : ""} onClick=${() => choose(one)}>
    <b>${one.isMacro && h(Icon, { name: "flow", size: 14 })}${one.name}</b><span>${one.text}</span>
  </button>`;
}

/** @param {string} begun @param {string} thread @returns {Promise<Offered[]>} */
async function offered(begun, thread) {
  const [texts, macros] = await Promise.all([completions(begun, thread), macrosNamed(begun)]);
  return [
    ...texts.map((one) => ({ id: one.id, name: `/${one.shortcut} · ${one.title}`, text: one.text ?? "", isMacro: false })),
    ...macros.map((one) => ({ id: one.id, name: t("canned.macro", { title: one.title }), text: one.texts[locale.value.slice(0, 2)] ?? Object.values(one.texts)[0] ?? "", isMacro: true })),
  ];
}
