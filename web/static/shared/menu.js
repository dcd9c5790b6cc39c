// @ts-check
/** A button that opens a list of choices: arrow keys, Home, End, Escape; closes when focus leaves. */
import { useLayoutEffect, useRef } from "../vendor/hooks.js";
import { useSignal } from "../vendor/signals.js";
import { h, html } from "./html.js";
import { Icon } from "./icons.js";

/**
 * @typedef {{ id: string, label: string, icon?: string }} Choice
 * @param {{ label: string, title?: string, icon?: string, choices: Choice[], disabled?: boolean, class?: string, onChoose: (id: string) => void }} props
 */
export function Menu({ label, title, icon, choices, disabled, class: extra, onChoose }) {
  const isOpen = useSignal(false);
  const box = /** @type {{ current: HTMLDivElement | null }} */ (useRef(null));
  const button = /** @type {{ current: HTMLButtonElement | null }} */ (useRef(null));

  useLayoutEffect(() => {
    if (isOpen.value) items(box.current)[0]?.focus();
  }, [isOpen.value]);

  /** @param {string} id */
  const choose = (id) => {
    isOpen.value = false;
    button.current?.focus();
    onChoose(id);
  };
  /** @param {KeyboardEvent} event */
  const steer = (event) => {
    if (event.key === "Escape" && isOpen.value) {
      isOpen.value = false;
      button.current?.focus();
      event.stopPropagation();
    } else if (moveFocus(box.current, event.key)) {
      event.preventDefault();
    }
  };
  /** @param {FocusEvent} event */
  const left = (event) => {
    if (!box.current?.contains(/** @type {Node | null} */ (event.relatedTarget))) isOpen.value = false;
  };

  return html`<div class=${`menu ${extra ?? ""}`} ref=${box} onKeyDown=${steer} onFocusOut=${left}>
    <button
      ref=${button}
      class="button"
      aria-haspopup="menu"
      aria-expanded=${isOpen.value}
      title=${title}
      disabled=${disabled}
      onClick=${() => (isOpen.value = !isOpen.value)}
    >
      ${icon && h(Icon, { name: icon, size: 16 })}<span>${label}</span>${h(Icon, { name: "chevron", size: 14 })}
    </button>
    ${isOpen.value &&
    html`<div class="menu-list" role="menu">
      ${choices.map(
        (choice) => html`<button key=${choice.id} role="menuitem" class="menu-item" onClick=${() => choose(choice.id)}>
          ${choice.icon && h(Icon, { name: choice.icon, size: 16 })}<span>${choice.label}</span>
        </button>`,
      )}
    </div>`}
  </div>`;
}

/** @param {HTMLElement | null} box @returns {HTMLElement[]} */
function items(box) {
  return [...(box?.querySelectorAll('[role="menuitem"]') ?? [])].map((item) => /** @type {HTMLElement} */ (item));
}

/** @param {HTMLElement | null} box @param {string} key */
function moveFocus(box, key) {
  const all = items(box);
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[key];
  if (next === undefined || !all.length) return false;
  all[(next + all.length) % all.length].focus();
  return true;
}
