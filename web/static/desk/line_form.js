// @ts-check
/** A link that becomes a field with a button, where one line is all that is asked. */
import { html } from "../shared/html.js";
import { useEffect, useRef } from "../vendor/hooks.js";
import { useSignal } from "../vendor/signals.js";

/**
 * `onDone` says whether it was taken: then the field is a link again, else what was written stays.
 * @param {{ ask: string, label: string, action: string, onDone: (text: string) => Promise<boolean>, id?: string, value?: string }} props
 */
export function LineForm({ ask, label, action, onDone, id, value = "" }) {
  const isOpen = useSignal(false);
  const text = useSignal(value);
  const field = /** @type {{ current: HTMLInputElement | null }} */ (useRef(null));
  useEffect(() => field.current?.focus(), [isOpen.value]); // else what is typed would be the page's keys
  const open = () => {
    text.value = value;
    isOpen.value = true;
  };
  const submit = async () => {
    const given = text.value.trim();
    if (given && (await onDone(given))) isOpen.value = false;
  };
  if (!isOpen.value) return html`<button id=${id} class="link-button" onClick=${open}>${ask}</button>`;
  return html`<form
    class="line-form"
    onSubmit=${/** @param {Event} event */ (event) => {
      event.preventDefault();
      void submit();
    }}
    onKeyDown=${/** @param {KeyboardEvent} event */ (event) => event.key === "Escape" && (isOpen.value = false)}
  >
    <input ref=${field} class="input" maxlength="200" aria-label=${label} placeholder=${label} value=${text.value} onInput=${/** @param {Event} event */ (event) => (text.value = /** @type {HTMLInputElement} */ (event.target).value)} />
    <button class="button button-small button-primary" disabled=${!text.value.trim()}>${action}</button>
  </form>`;
}
